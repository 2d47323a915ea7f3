/** What can be wrong with a JSON document that a person edits or that we wrote, and how it is said. */
import leven from 'leven';

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units as editors count. */
  readonly column: number;
}

export type DocumentCode =
  | 'document-not-json'
  | 'document-unknown-key'
  | 'document-wrong-type'
  | 'document-missing-key'
  | 'document-value-not-allowed'
  | 'document-duplicate-key'
  | 'document-missing'
  | 'document-unreadable'
  | 'schema-unusable'
  | 'policy-cannot-work';

/** One thing that is wrong. Line and column are left out where there is no text (a value, a missing file). */
export interface DocumentProblem extends Partial<Position> {
  readonly code: DocumentCode;
  readonly path: string;
  /** JSON pointer (RFC 6901) of the offending value; empty for the whole document. */
  readonly pointer: string;
  /** One sentence: what is wrong and why it matters. */
  readonly problem: string;
  /** What stands there, shortened; empty where nothing does. */
  readonly found: string;
  /** What may stand there; empty when the problem says it. */
  readonly allowed: string;
  readonly didYouMean?: string;
  /** The one edit or command that mends it. */
  readonly remedy: string;
}

/** A document that could be used, or all that is wrong with it. */
export type ParsedDocument<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] };

/** Codes of which found and allowed say everything. */
const selfEvident: readonly DocumentCode[] = [
  'document-unknown-key',
  'document-wrong-type',
  'document-value-not-allowed',
  'document-missing-key',
];

/** `policy/loop.json:12:5 /agent/output: found "txt", allowed: "text", … - did you mean "text"?` on one line. */
export function describeProblem(problem: DocumentProblem): string {
  const place = problem.line === undefined ? problem.path : `${problem.path}:${problem.line}:${problem.column ?? 1}`;
  const where = problem.pointer === '' ? place : `${place} ${problem.pointer}`;
  const found = problem.found === '' ? [] : [`found ${problem.found}`];
  const facts = [...found, ...(problem.allowed === '' ? [] : [`allowed: ${problem.allowed}`])].join(', ');
  const guess = problem.didYouMean === undefined ? '' : ` - did you mean "${problem.didYouMean}"?`;
  if (selfEvident.includes(problem.code)) return `${where}: ${facts}${guess}`;
  return `${where}: ${problem.problem}${facts === '' ? '' : ` (${facts})`}${guess}`;
}

/** The known word nearest to what was written, if it is near enough to be a slip of the finger. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const nearEnough = Math.min(word.length - 1, Math.max(2, Math.floor(word.length / 3)));
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    // leven stops counting at maxDistance, so that what it then answers is never near enough.
    const distance = leven(word.toLowerCase(), candidate.toLowerCase(), { maxDistance: nearEnough + 1 });
    if (best === undefined || distance < best.distance) best = { word: candidate, distance };
  }
  return best === undefined || best.distance > nearEnough ? undefined : best.word;
}

const shownMax = 60;

/** A JSON value as it is shown to a person: on one line, shortened to 60 characters. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= shownMax ? text : `${text.slice(0, shownMax - 1)}…`;
}

/** The pointer with one more segment, escaped as RFC 6901 wants. */
export function pointerTo(pointer: string, ...segments: readonly (string | number)[]): string {
  const escaped = segments.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`);
  return pointer + escaped.join('');
}

/** The segments of a JSON pointer, unescaped. */
export function pointerSegments(pointer: string): readonly string[] {
  if (pointer === '') return [];
  const segments = pointer.slice(1).split('/');
  return segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The problem with its line and column filled in. */
export function placed(problem: DocumentProblem, position: Position | undefined): DocumentProblem {
  return position === undefined ? problem : { ...problem, line: position.line, column: position.column };
}
