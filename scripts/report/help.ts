/** Help texts and lists in two columns, within the columns of a terminal. */

/** Where the second column of a line begins, or else where its first word stands; where the rest is put. */
function hangingIndent(line: string): number {
  const first = line.length - line.trimStart().length;
  const second = /^ *\S.*? {2,}(?=\S)/.exec(line)?.[0].length;
  return second ?? first;
}

/** The width that is left for the second column, below which the rest goes under the first word. */
const columnMin = 20;

function folded(line: string, columns: number): readonly string[] {
  if (line.length <= columns) return [line];
  const hanging = hangingIndent(line);
  const indent = columns - hanging >= columnMin ? hanging : 4;
  const end = line.lastIndexOf(' ', columns);
  // A word, or a command of one, that is longer than the line stays whole.
  const cut = end > indent ? end : line.indexOf(' ', columns);
  if (cut < 0) return [line];
  return [line.slice(0, cut).trimEnd(), ...folded(' '.repeat(indent) + line.slice(cut + 1).trimStart(), columns)];
}

/**
 * The text with a newline at its end; lines that are wider than the terminal go on under their second column. Examples
 * stay as they are: they are there to be copied.
 */
export function helpText(text: string, columns: number | undefined): string {
  const lines = text.trim().split('\n');
  if (columns === undefined) return `${lines.join('\n')}\n`;
  const examples = lines.findIndex((line) => /^Examples?:/.test(line));
  const prose = examples < 0 ? lines : lines.slice(0, examples);
  const shown = prose.flatMap((line) => folded(line, Math.max(columns, columnMin * 2)));
  return `${[...shown, ...lines.slice(prose.length)].join('\n')}\n`;
}
