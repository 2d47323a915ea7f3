/**
 * The text that failure rules read: what a wrapper quoted is opened up, so that a tool's own verdict stands at the start
 * of a line again. A promote script that prints a JSON report, or dies of `execFileSync` and shows its fields, says the
 * same thing as the tool that it called.
 */
import { ownWords } from './failure-quotations.ts';
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

function unescaped(quoted: string): string {
  return quoted
    .replace(/\\n/g, '\n')
    .replace(/\\t/g, '\t')
    .replace(/\\(['"`\\])/g, '$1');
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

/** A captured output that was printed as bytes, in numbers (`Buffer(9) [Uint8Array] [ 65, 117, …`), is text all the same. */
function withBytesRead(lines: readonly string[]): readonly string[] {
  const isBytes = (line: string | undefined) => /^\s*\d{1,3}(?:, {1,4}\d{1,3})*,?$/.test(line ?? '');
  return lines.flatMap((line, index) => {
    if (!isBytes(line)) return [line];
    if (isBytes(lines[index - 1])) return [];
    const end = lines.findIndex((other, at) => at > index && !isBytes(other));
    const numbers = lines.slice(index, end < 0 ? lines.length : end).flatMap((one) => one.match(/\d{1,3}/g) ?? []);
    const text = Buffer.from(numbers.map(Number)).toString('utf8');
    return numbers.length > 8 ? text.split('\n') : [line];
  });
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
    text: ownWords(withBytesRead(opened)).join('\n'),
    stated: end === null ? {} : statedIn(end.report),
  };
}
