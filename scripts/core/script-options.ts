/** The options in front of what a program runs, told apart from it. */
import type { Runner } from './script-programs.ts';
import type { Word } from './shell-words.ts';

/** An option as it is written, with its value if it takes one. */
export interface Option {
  readonly name: string;
  readonly value: Word | undefined;
  /** How many words it takes. */
  readonly length: number;
}

/** The option at a position; with `=` the value is in the same word. */
export function optionAt(words: readonly Word[], at: number, takesValue: (name: string) => boolean): Option {
  const word = words[at];
  const [name = '', ...inline] = (word?.text ?? '').split('=');
  if (inline.length > 0) return { name, value: word && { ...word, text: inline.join('=') }, length: 1 };
  return takesValue(name) ? { name, value: words[at + 1], length: 2 } : { name, value: undefined, length: 1 };
}

/** Whether the value of an option is a shell line, as after `sh -c`. */
export const isLineOption = (runner: Runner, name: string): boolean =>
  runner.lines.length > 0 && /^-[a-z]*c$/.test(name) && name !== '--c';

/** The options before the program file, and the words from it on. */
export interface Front {
  readonly options: readonly Option[];
  readonly rest: readonly Word[];
}

/** The words that are neither options of a runner nor values of such. */
export function withoutOptions(runner: Runner, words: readonly Word[]): readonly Word[] {
  const plain: Word[] = [];
  for (let at = 0; at < words.length; ) {
    const word = words[at];
    const isOption = word?.text.startsWith('-') === true;
    if (!isOption && word !== undefined) plain.push(word);
    at += isOption ? optionAt(words, at, (name) => runner.values.includes(name)).length : 1;
  }
  return plain;
}

/** Takes the options of a runner from the front, up to its file or to an option that stands for one. */
export function frontOf(runner: Runner, words: readonly Word[]): Front {
  const valued = [...runner.values, ...runner.loads, ...runner.settings];
  // V8 takes `_` for `-` in its options.
  const takesValue = (name: string): boolean => valued.includes(name) || valued.includes(name.replaceAll('_', '-'));
  const options: Option[] = [];
  let at = runner.subcommands.includes(words[0]?.text ?? '') ? 1 : 0;
  while (words[at]?.text.startsWith('-') === true) {
    const option = optionAt(words, at, takesValue);
    const ends = option.name === '--' || runner.inline.includes(option.name) || isLineOption(runner, option.name);
    options.push(ends && option.value === undefined ? { ...option, value: words[at + 1] } : option);
    // A number that stands alone is the value of an option that is not known here.
    const isValued = option.length === 1 && option.value === undefined && /^\d+$/.test(words[at + 1]?.text ?? '');
    at += option.length + (isValued ? 1 : 0);
    if (ends) break;
  }
  return { options, rest: words.slice(at) };
}
