/** What a script's target may be, other than a file that is missing. */
import path from 'node:path';
import { isCompiled, isInBuildFolder, mixedFoldersOf } from '../core/script-built.ts';
import type { CheckContext } from './check.ts';
import type { MissingTarget } from './script-findings.ts';
import { treeIndex } from './tree-index.ts';

/** Of a folder such as `lib` or `build`, in which people write as well, what git holds there tells which it is. */
function isWhereBuildsWrite(file: string, { tree }: CheckContext): boolean {
  return isInBuildFolder(file) || mixedFoldersOf(file).some((folder) => !treeIndex(tree).hasPrograms(folder));
}

/** What else than a missing file may be meant where there is no trace in git or on disk; undefined: nothing else. */
export function elseMeant({ file, target }: MissingTarget, context: CheckContext): string | undefined {
  // A folder that Node looks for a main file in is no word any more.
  const isWord = target.found === undefined && !/[./]/.test(target.path) && file.endsWith(target.path);
  if (isWord) return 'which may be no file but a word';
  if (target.direct && path.posix.extname(file) === '') return 'a program that may be built';
  // Where builds write, anything may be that is written by one; what git once held there was found before.
  const isOutput = (isCompiled(file) || path.posix.extname(file) === '') && isWhereBuildsWrite(file, context);
  if (isOutput) return 'which may be built';
  // After a `cd` into a folder that the tree does not have, something unseen made the folder.
  const folder = path.posix.dirname(file);
  const isUnseen = target.moved && folder !== '.' && !treeIndex(context.tree).hasFolder(folder);
  return isUnseen ? 'in a folder that something unseen makes' : undefined;
}
