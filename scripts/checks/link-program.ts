/** The program that links entry points without running them (fact 34), and how its answer is read. */

/** What the linking of one entry point ended with; `linked` when no line of it was reached. */
export interface LinkAnswer {
  readonly url: string;
  readonly linked: boolean;
  readonly name: string;
  readonly code: string;
  readonly message: string;
  /** First line of the stack, which names the file of a syntax error. */
  readonly place: string;
}

/**
 * ES modules link their whole static graph before anything is evaluated. So a module whose first import throws and whose
 * second is the entry point stops before the entry point runs, and yet fails earlier, with another error, when anything
 * that it imports is missing. Its answers are lines of JSON behind `mark`, whatever else is printed.
 */
export function linkProgram(urls: readonly string[], mark: string): string {
  return `
const sentinel = 'data:text/javascript,' + encodeURIComponent('throw { loopbreakerSentinel: ${JSON.stringify(mark)} }');
for (const url of ${JSON.stringify(urls)}) {
  const source = 'import ' + JSON.stringify(sentinel) + '; import ' + JSON.stringify(url) + ';';
  let answer = { url, linked: false, name: '', code: '', message: 'it ended without an answer', place: '' };
  try {
    await import('data:text/javascript,' + encodeURIComponent(source));
  } catch (error) {
    const linked = error?.loopbreakerSentinel === ${JSON.stringify(mark)};
    const text = (value) => (value === undefined || value === null ? '' : String(value));
    const place = text(error?.stack).split('\\n')[0];
    answer = { url, linked, name: text(error?.name), code: text(error?.code), message: text(error?.message), place };
  }
  process.stdout.write('\\n' + ${JSON.stringify(mark)} + JSON.stringify(answer) + '\\n');
}
process.exit(0);
`;
}

function isAnswer(value: unknown): value is LinkAnswer {
  if (typeof value !== 'object' || value === null) return false;
  const texts = ['url', 'name', 'code', 'message', 'place'].every((key) => typeof Reflect.get(value, key) === 'string');
  return texts && typeof Reflect.get(value, 'linked') === 'boolean';
}

/** The answers in what the program printed, by URL. */
export function linkAnswers(stdout: string, mark: string): ReadonlyMap<string, LinkAnswer> {
  const answers = new Map<string, LinkAnswer>();
  for (const line of stdout.split('\n')) {
    if (!line.startsWith(mark)) continue;
    const value: unknown = JSON.parse(line.slice(mark.length));
    if (isAnswer(value)) answers.set(value.url, value);
  }
  return answers;
}
