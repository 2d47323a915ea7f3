/** Whether worktrees may lie beside the checkout, where Node does not find the checkout's packages. */
import { accessSync, constants, existsSync, lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import { hasErrorCode } from '../core/outcome.ts';
import { type CheckoutPlace, packageRoots, upwards } from '../core/worktree-place.ts';
import { isMarkedOurs } from './worktree-removal.ts';

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

/** The folder, relative to the root of the checkout: `../app-loopbreaker`; or why there can be none, or nothing is won by it. */
export type Beside = { readonly folder: string } | { readonly why: string };

/** Whether worktrees may lie beside the checkout: nothing is won where packages, or another git work tree, lie further up. */
export function folderBeside(checkout: CheckoutPlace): Beside {
  const { root } = checkout;
  const [, ...above] = upwards(root);
  const [parent] = above;
  if (parent === undefined) return { why: 'there is nothing beside it' };
  if (!isOursAlone(parent)) return { why: `${parent} is not yours alone to write in` };
  if (statSync(parent).dev !== statSync(root).dev) return { why: `${parent} is on another disk` };
  const taken = above.flatMap((folder) => ['.git', 'node_modules'].map((name) => path.join(folder, name)));
  const found = taken.find((place) => existsSync(place));
  if (found !== undefined) return { why: `${found} would be found from beside it too` };
  // All worktrees of a repository have one policy: it is called after the main one.
  const name = `${path.basename(packageRoots(checkout).at(-1) ?? root)}-loopbreaker`;
  const place = path.join(parent, name);
  const isFree = lstatSync(place, { throwIfNoEntry: false }) === undefined || isMarkedOurs(place);
  return isFree ? { folder: `../${name}` } : { why: `${place} is there already` };
}
