/** Where the worktrees of runs may lie: in a folder of their own, in the checkout or beside it. Pure. */
import path from 'node:path';
import { shown } from './documents.ts';
import type { Nonsense } from './rule-sense.ts';

/** A checkout and its repository, absolute. */
export interface CheckoutPlace {
  readonly root: string;
  readonly commonDirectory: string;
}

/** Whether a place lies in a folder; a folder does not lie in itself. Both absolute. */
export function isBelow(place: string, folder: string): boolean {
  return place.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
}

/** A folder, absolute, and all above it: where Node looks for packages, from below to above. */
export function upwards(folder: string): readonly string[] {
  const above = path.dirname(folder);
  return above === folder ? [folder] : [folder, ...upwards(above)];
}

/** The work trees in which packages are installed that Node finds from below: this one, and the main one it is linked to. */
export function packageRoots({ root, commonDirectory }: CheckoutPlace): readonly string[] {
  const main = path.basename(commonDirectory) === '.git' ? [path.dirname(commonDirectory)] : [];
  return [...new Set([root, ...main])];
}

/** Where a folder that is not as written may be seen: a name that leads back to the checkout, or a link. */
function holdsCheckout(directory: string, { root, commonDirectory }: CheckoutPlace): boolean {
  return [root, commonDirectory].some((place) => place === directory || isBelow(place, directory));
}

/** As it is written: the checkout itself, a folder around it, a folder of git's, or one that is elsewhere on each machine. */
function isNoFolderOfItsOwn(worktreeDirectory: string): boolean {
  const directory = path.posix.normalize(worktreeDirectory).replace(/\/$/, '');
  const isAround = directory.trim() === '' || /^(\.|\.\.(\/\.\.)*)$/.test(directory);
  return isAround || path.posix.isAbsolute(directory) || directory.split('/').some((name) => /^\.git$/i.test(name));
}

/**
 * Why no worktrees may be made in the folder that a policy names; undefined when they may. Where the checkout is known,
 * `directory` is the folder as an absolute path in it.
 */
export function placeSense(
  worktreeDirectory: string,
  directory: string | null = null,
  checkout: CheckoutPlace | null = null,
): Nonsense | undefined {
  const isAround = directory !== null && checkout !== null && holdsCheckout(directory, checkout);
  // Of a bare repository the root is the git directory itself.
  const isBare = checkout?.root === checkout?.commonDirectory;
  const isInGit = directory !== null && checkout !== null && !isBare && isBelow(directory, checkout.commonDirectory);
  if (!isAround && !isInGit && !isNoFolderOfItsOwn(worktreeDirectory)) return undefined;
  return {
    pointer: '/worktreeDirectory',
    problem:
      'worktreeDirectory must be a folder of its own, in the repository or beside it: what lies in it is cleaned up.',
    found: shown(worktreeDirectory),
    allowed: 'a relative path such as "../app-loopbreaker" or "loop/tmp-wt"',
    remedy: 'write a relative path such as "../app-loopbreaker", or "loop/tmp-wt" with that in .gitignore',
  };
}
