/** gitignore(5) on texts: for a commit whose .gitignore files are not on disk, where git cannot be asked. */
import path from 'node:path';

export interface IgnoreFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** Whether a pattern matches a path: `*` stops at a slash, `**` does not. */
export type MatchPattern = (pattern: string, file: string) => boolean;

interface IgnoreLine {
  readonly source: string;
  readonly line: number;
  readonly pattern: string;
  readonly directory: string;
}

function linesOf({ path: source, text }: IgnoreFile): readonly IgnoreLine[] {
  const directory = path.posix.dirname(source);
  return text.split(/\r?\n/).flatMap((raw, index) => {
    const pattern = raw.replace(/(?<!\\)\s+$/, '');
    return pattern === '' || pattern.startsWith('#') ? [] : [{ source, line: index + 1, pattern, directory }];
  });
}

function isMatch({ pattern, directory }: IgnoreLine, file: string, isFolder: boolean, matches: MatchPattern): boolean {
  const inside = directory === '.' ? file : path.posix.relative(directory, file);
  if (inside.startsWith('..')) return false;
  const positive = pattern.replace(/^!/, '').replace(/^\\([!#])/, '$1');
  if (positive.endsWith('/') && !isFolder) return false;
  const bare = positive.replace(/\/$/, '');
  // A slash before the end ties a pattern to its own folder; without one it is for names at any depth.
  if (bare.includes('/')) return matches(bare.replace(/^\//, ''), inside);
  return matches(bare, path.posix.basename(inside));
}

/**
 * The rule that hides a file, as git would find it: the last match of the deepest .gitignore decides, and what lies in
 * a hidden folder cannot be taken back. Undefined when none does.
 */
export function hidingLine(file: string, files: readonly IgnoreFile[], matches: MatchPattern): IgnoreLine | undefined {
  const deepestFirst = [...files].sort((a, b) => b.path.split('/').length - a.path.split('/').length);
  const lines = deepestFirst.flatMap((one) => [...linesOf(one)].reverse());
  const names = file.split('/');
  for (let length = 1; length <= names.length; length += 1) {
    const front = names.slice(0, length).join('/');
    const found = lines.find((line) => isMatch(line, front, length < names.length, matches));
    if (found !== undefined && !found.pattern.startsWith('!')) return found;
  }
  return undefined;
}
