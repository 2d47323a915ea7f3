/** The words of a shell line: what each means without running anything, and where that cannot be said. */
import { type Word as ParsedWord, parse, type WordPart } from 'unbash';

/** Where a relative path of a word begins: at the current directory, or at the root of the repository. */
export type WordOrigin = 'place' | 'root';

export interface Word {
  /** Without its quotes; of a word that is not literal the text as it is written. */
  readonly text: string;
  /**
   * `glob`: the shell turns it into names of files; `dynamic`: it is known only when the line runs; `windows`: a path
   * that was written for cmd.exe, its text with slashes.
   */
  readonly kind: 'literal' | 'glob' | 'dynamic' | 'windows';
  readonly origin: WordOrigin;
}

/** `C:\x` and `scripts\x.js` are written for cmd.exe; a POSIX shell drops the backslash. */
const windowsPath = /\\[\w.@]/;

/** One that lies in the repository and has no parts that only cmd.exe knows. */
const plainWindowsPath = /^(["']?)([\w.@/-]+(\\{1,2}[\w.@/-]+)+)\1$/;

function isHere(part: WordPart | undefined): boolean {
  return part !== undefined && /^\$(PWD|\{PWD\}|\(pwd\))$/.test(part.text);
}

function isTopLevel(part: WordPart | undefined): boolean {
  return part !== undefined && /^(\$\(|`)git rev-parse --show-toplevel(\)|`)$/.test(part.text);
}

/** The parts with those in double quotes among them; null when a quoted one is not kept apart, as in `$"…"`. */
function flatParts(parts: readonly WordPart[]): readonly WordPart[] {
  return parts.flatMap((part): readonly WordPart[] => (part.type === 'DoubleQuoted' ? part.parts : [part]));
}

function textOf(part: WordPart): string {
  return 'value' in part ? part.value : part.text;
}

function kindOf(parts: readonly WordPart[]): Word['kind'] {
  const types = new Set(parts.map((part) => part.type));
  for (const type of ['Literal', 'SingleQuoted', 'AnsiCQuoted'] as const) types.delete(type);
  if (types.size === 0) return 'literal';
  for (const type of ['Glob', 'ExtendedGlob', 'BraceExpansion'] as const) types.delete(type);
  return types.size === 0 ? 'glob' : 'dynamic';
}

/** What a parsed word means. `$PWD/x` and `$(git rev-parse --show-toplevel)/x` are literal: it is known where they are. */
export function wordOf(word: ParsedWord): Word {
  const [, , windows] = plainWindowsPath.exec(word.text) ?? [];
  if (windows !== undefined) return { text: windows.replace(/\\+/g, '/'), kind: 'windows', origin: 'place' };
  const isForeign = windowsPath.test(word.text) || word.text.startsWith('~') || /%\w+%/.test(word.text);
  if (word.parts === undefined) {
    return { text: word.value, kind: isForeign ? 'dynamic' : 'literal', origin: 'place' };
  }
  const [first, ...rest] = flatParts(word.parts);
  if (isHere(first) || isTopLevel(first)) {
    const text = `.${rest.map(textOf).join('')}`;
    return { text, kind: kindOf(rest), origin: isHere(first) ? 'place' : 'root' };
  }
  const parts = flatParts(word.parts);
  const kind = isForeign ? 'dynamic' : kindOf(parts);
  return { text: kind === 'dynamic' ? word.text : parts.map(textOf).join(''), kind, origin: 'place' };
}

/** The words of a text that is no line of its own, such as the value of NODE_OPTIONS. */
export function wordsOf(text: string): readonly Word[] {
  const [statement] = parse(text).commands;
  const command = statement?.command;
  if (command?.type !== 'Command' || command.name === undefined) return [];
  return [command.name, ...command.args.filter((argument) => argument.type === 'Word')].map(wordOf);
}
