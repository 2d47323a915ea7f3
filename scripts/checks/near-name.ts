/** The name that was probably meant by a path that does not exist. */
import path from 'node:path';
import { nearestWord } from '../core/documents.ts';
import type { CheckContext } from './check.ts';
import { treeIndex } from './tree-index.ts';

/** In the same folder: a file by its name without the ending, a folder by its own. Undefined when none is near enough. */
export function nearName({ tree }: Pick<CheckContext, 'tree'>, missing: string): string | undefined {
  const folder = path.posix.dirname(missing);
  const extension = path.posix.extname(missing);
  const known = new Map<string, string>();
  for (const name of treeIndex(tree).namesIn(folder)) {
    const isFile = tree.has(path.posix.join(folder, name));
    if (isFile === (extension !== '')) known.set(isFile ? path.posix.parse(name).name : name, name);
  }
  const guess = nearestWord(path.posix.basename(missing, extension), [...known.keys()]);
  const name = guess === undefined ? undefined : known.get(guess);
  return name === undefined ? undefined : path.posix.join(folder, name);
}
