/** Whether worktrees may lie beside the checkout, where Node does not find the checkout's packages. */
import { accessSync, constants, existsSync, lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import { hasErrorCode } from '../core/outcome.ts';
import { type CheckoutPlace, packageRoots } from '../core/worktree-place.ts';
import { isMarkedOurs } from './worktree-removal.ts';

function foldersAbove(folder: string): readonly string[] {
  const above = path.dirname(folder);
  return above === folder ? [] : [above, ...foldersAbove(above)];
}

/** In a folder in which anybody may write, such as /tmp, anybody could put another one in the place of ours. */
function isOursAlone(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (hasErrorCode(error, 'EACCES', 'EROFS', 'EPERM')) return false;
    throw error;
  }
  return (statSync(folder).mode & 0o002) === 0;
}

/**
 * The folder beside the checkout, relative to its root: `../app-loopbreaker`. Null where it cannot be made, is somebody's
 * already, would be on another disk, or where nothing is won: packages, or another git work tree, lie further up.
 */
export function folderBeside(checkout: CheckoutPlace): string | null {
  const { root } = checkout;
  const above = foldersAbove(root);
  const [parent] = above;
  if (parent === undefined || !isOursAlone(parent) || statSync(parent).dev !== statSync(root).dev) return null;
  const isTaken = (name: string): boolean => above.some((folder) => existsSync(path.join(folder, name)));
  if (isTaken('.git') || isTaken('node_modules')) return null;
  // All worktrees of a repository have one policy: it is called after the main one.
  const name = `${path.basename(packageRoots(checkout).at(-1) ?? root)}-loopbreaker`;
  const place = path.join(parent, name);
  const isFree = lstatSync(place, { throwIfNoEntry: false }) === undefined || isMarkedOurs(place);
  return isFree ? `../${name}` : null;
}
