/**
 * The text that failure rules read: what a wrapper quoted is opened up, so that a tool's own verdict stands at the start
 * of a line again. A promote script that prints a JSON report, or dies of `execFileSync` and shows its fields, says the
 * same thing as the tool that it called.
 */
import { judgedText } from './signature.ts';

/** What the end of a wrapped step says of itself; each is absent when it is not stated. */
export interface StatedEnd {
  readonly phase?: string;
  readonly exitCode?: number;
}

export interface FailureText {
  /** Lines joined by newlines; no terminal escapes, prefixes of wrappers taken off. */
  readonly text: string;
  readonly stated: StatedEnd;
}

/** One piece of a string as Node's inspector prints it: `stderr: 'line\n' +` or `'line\n',`. */
const inspectedPiece = /^\s*(?:\w{1,30}: )?(['"`])((?:\\.|(?!\1)[^\\])*)\1(?: \+|,)?$/;

/** What a runner or a log puts before the line of another program; `remote:` stays, it tells who speaks. */
const wrapperPrefixes: readonly RegExp[] = [
  /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)? (?=\S)/,
  /^\[\d\d:\d\d:\d\d(?:\.\d{1,6})?\] (?=\S)/,
  /^\[(?!\w{0,30}(?:Error|rejected))[\w.:@/ -]{1,40}\] (?=\S)/,
  /^(?:│|\|) (?=\S)/,
  /^# (?=\w{0,30}Error\b|node:|\s+throw )/,
  /^(?:Uncaught )?(?:\w{1,30}|(?:\w{1,20} )?Error): (?=(?:fatal|error|remote|ERROR|npm (?:ERR!|error)|ssh): )/,
];

/**
 * What a line quotes is no cause: subjects of commits, titles of tests, commands that are echoed. The line stays, what
 * it quotes goes. Warnings and attempts that will be tried again did not stop the run and go altogether.
 */
const quotations: readonly (readonly [RegExp, string])[] = [
  [/^(?:\* )?[0-9a-f]{7,40} \S.*$/, ''],
  [/^((?:error: could not (?:apply|revert)|Could not (?:apply|revert)) [0-9a-f]{7,40}\.\.\.).*$/, '$1'],
  [/^(HEAD is now at|Previous HEAD position was) .*$/, '$1'],
  [/^(Applying|Dropping|Skipping|Patch failed at \d{1,6}|Dropped refs\/stash@).*$/, '$1'],
  [/^\[[^\]\n]{1,120} [0-9a-f]{7,40}\] .*$/, ''],
  [/^(\s*not ok \d{1,7}) .*$/, '$1'],
  [/^\s*(?:ok \d{1,7}|# Subtest:|[✓✔√]) .*$/, ''],
  [/^(\s*[✖✗×✘✕❯→]) (?!\d|\[ERROR\]|found |eslint|prettier|tsc|lint-staged).*$/, '$1'],
  [/^(\s*●) (?!Test suite failed to run|Unrecognized CLI|Validation Error).*$/, '$1'],
  [/^(\s*FAIL {1,2})(?=[^\s=]{0,300}[/.|])\S.*$/, '$1<file>'],
  [/^(npm (?:error|ERR!) command) .*$/, '$1'],
  [/^(?:npm (?:warn|WARN)|warning:|\(node:\d{1,10}\)|\[?WARN(?:ING)?\]?[ :]).*$/, ''],
  [/^(?:.{0,200}[^\w])?(?:[Rr]etrying(?: in|\b.{0,40}\d)|Reconnecting\.\.\.|will retry|retry \d{1,3}\/\d).*$/, ''],
];

function withoutQuotation(line: string): string {
  let rest = line;
  for (const [pattern, replacement] of quotations) rest = rest.replace(pattern, replacement);
  return rest;
}

/** Node shows the line of source that threw, with a caret below it: a quotation too. */
function withoutSource(lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => (/^[#\s]*\^+\s*$/.test(lines[index + 1] ?? '') ? '' : line));
}

function unescaped(quoted: string): string {
  return quoted
    .replace(/\\n/g, '\n')
    .replace(/\\t/g, '\t')
    .replace(/\\(['"`\\])/g, '$1');
}

function withoutPrefix(line: string): string {
  let rest = line;
  for (const prefix of wrapperPrefixes) rest = rest.replace(prefix, '');
  return rest.trimEnd();
}

const toldKeys =
  /^(?:tail|text|output|stdout|stderr|message|error|errors|reason|why|detail|details|result|data|msg|body)$/;

/** Every string that tells something, of an object that was printed as JSON; to a depth of six. */
function toldStrings(value: unknown, depth = 0): readonly string[] {
  if (typeof value !== 'object' || value === null || depth > 6) return [];
  return Object.entries(value).flatMap(([key, held]) => {
    if (typeof held === 'string') return toldKeys.test(key) ? [held] : [];
    return toldKeys.test(key) || Array.isArray(value) ? toldStrings(held, depth + 1) : [];
  });
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    // Not JSON after all: it is read as text.
    return null;
  }
}

function statedIn(report: object): StatedEnd {
  const fields = new Map<string, unknown>(Object.entries(report));
  const phase = fields.get('phase');
  const exitCode = fields.get('exitCode') ?? fields.get('status');
  return {
    ...(typeof phase === 'string' ? { phase } : {}),
    ...(typeof exitCode === 'number' && exitCode <= 255 ? { exitCode } : {}),
  };
}

/** The report that ends the text, from its `{` on a line to the last `}`; null when there is none. */
function finalReport(lines: readonly string[]): { readonly begin: number; readonly report: object } | null {
  const last = lines.findLastIndex((line) => line.trim() !== '');
  if (last < 0 || !/[}\]]$/.test(lines[last]?.trimEnd() ?? '')) return null;
  const begin = lines.findLastIndex((line, index) => index <= last && /^[{[]/.test(line));
  if (begin < 0) return null;
  const report = parsed(lines.slice(begin, last + 1).join('\n'));
  return report === null ? null : { begin, report };
}

function openedLine(line: string): readonly string[] {
  const piece = inspectedPiece.exec(line)?.[2];
  if (piece !== undefined) return unescaped(piece).replace(/\n$/, '').split('\n');
  if (!/^\{".{1,4090}\}$/.test(line)) return [line];
  const event = parsed(line);
  const told = event === null ? [] : toldStrings(event);
  return told.length === 0 ? [line] : told.join('\n').split('\n');
}

/** The text of a failure as rules read it, and what the report of a wrapper states about the step that failed. */
export function failureText(text: string): FailureText {
  const lines = judgedText(text).split('\n');
  const end = finalReport(lines);
  const told = end === null ? [] : toldStrings(end.report).join('\n').split('\n');
  const opened = [...lines.slice(0, end?.begin ?? lines.length), ...told].flatMap(openedLine);
  return {
    text: withoutSource(opened)
      .map((line) => withoutQuotation(withoutPrefix(line)))
      .join('\n'),
    stated: end === null ? {} : statedIn(end.report),
  };
}
