/** The words of a shell line, for the plain form of script-targets: no shell, and no claim about what it cannot read. */

/** A word without its quotes, and whether it means itself: no variable, no substitution, no glob. */
export interface Word {
  readonly text: string;
  readonly literal: boolean;
}

function wordOf(raw: string): Word {
  const withoutSingle = raw.replace(/'[^']*'/g, '');
  const withoutQuotes = withoutSingle.replace(/"(?:[^"\\]|\\.)*"/g, '');
  const literal = !/[$`]/.test(withoutSingle) && !/[*?[\]~<>]/.test(withoutQuotes);
  const text = raw.replace(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs,
    (_, single, double, escaped) => single ?? double ?? escaped,
  );
  return { text, literal };
}

/** The simple commands of a line, each a list of words: split at `&&`, `||`, `;`, `|`, `&`, brackets and line ends. */
export function commandsOf(line: string): readonly (readonly Word[])[] {
  const commands: Word[][] = [[]];
  const pattern = /(&&|\|\||[;|&(){}\n])|((?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s;|&(){}'"\\])+)/gs;
  for (const [, separator, word] of line.matchAll(pattern)) {
    if (separator !== undefined) commands.push([]);
    else if (word !== undefined) commands.at(-1)?.push(wordOf(word));
  }
  return commands.filter((words) => words.length > 0);
}
