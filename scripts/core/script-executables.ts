/** What the commands of a line make executable: it needs no execute bit in git. */
import { pathOf } from './script-reading.ts';
import type { ShellCommand } from './shell-commands.ts';
import type { Word, WordOrigin } from './shell-words.ts';

/** A file, or every file of a pattern, that gets its execute bit from a line. */
export interface Executable {
  /** Normal, relative to the origin; `.` is everything there. */
  readonly path: string;
  readonly origin: WordOrigin;
}

/** `+x`, `u=rwx`, `755`: the owner may execute. */
function allows(mode: string): boolean {
  return /^0?[1357][0-7]{2}$/.test(mode) || /^[ugoa]*[+=][rwst]*[xX]/.test(mode);
}

/** What `chmod` is given, also behind `find -exec` and xargs, where the files are those of a whole folder. */
export function executablesOf({ words, place }: ShellCommand): readonly Executable[] {
  const at = words.findIndex((word) => /^(.*\/)?chmod$/.test(word.text));
  const front = words[0]?.text ?? '';
  if (at < 0 || /^(echo|printf|git)$/.test(front)) return [];
  const args = words.slice(at + 1).filter((word) => !/^-(-|[Rvcf]+$)/.test(word.text));
  const [mode, ...files] = args;
  if (mode === undefined || !allows(mode.text)) return [];
  const everything: Word = { text: '.', kind: 'literal', origin: 'place' };
  const searched = words[1] !== undefined && !words[1].text.startsWith('-') ? words[1] : everything;
  const named = front === 'find' ? [searched] : front === 'xargs' ? [everything] : files;
  return named.flatMap((word) => {
    const file = pathOf(word.kind === 'dynamic' ? everything : word, place);
    if (file === null) return [];
    return [{ path: file.replace(/(.)\/$/, '$1'), origin: word.origin === 'root' ? 'root' : place.origin }];
  });
}

/** Whether a path is the one, lies below it, or is among those that it is a pattern for. */
export function isAmong(file: string, pattern: string): boolean {
  if (pattern === '.' || file === pattern || file.startsWith(`${pattern}/`)) return true;
  if (!/[*?[{]/.test(pattern)) return false;
  // A character class or a list in braces is taken for anything: nobody is to be accused because of one.
  const source = pattern.replace(/\*\*\/?|\[[^\]]*\]|\{[^}]*\}|[*?]|[^\w/]/g, (sign) => {
    if (sign.startsWith('**')) return '.*';
    if (sign === '?') return '[^/]';
    return sign === '*' || /^[[{]./.test(sign) ? '[^/]*' : `\\${sign}`;
  });
  return new RegExp(`^${source}$`).test(file);
}
