/** The folder of worktrees as it really lies on disk. */
import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { hasErrorCode } from '../core/outcome.ts';
import type { CheckoutPlace } from '../core/worktree-place.ts';
import { placeSense } from '../core/worktree-place.ts';
import { policiesRefusal, policyPaths } from './policies.ts';

/** The real path, also of what is not there yet: git lists worktrees by their real paths. */
export function realPlace(place: string): string {
  try {
    return realpathSync(place);
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    return path.join(realPlace(path.dirname(place)), path.basename(place));
  }
}

/** The real path of a folder on PATH; as it is written where that cannot be known: nobody reaches a program through it. */
export function realFolder(folder: string): string {
  try {
    return realPlace(folder);
  } catch (error) {
    if (!hasErrorCode(error, 'EACCES', 'ELOOP', 'ENAMETOOLONG')) throw error;
    return folder;
  }
}

export interface DanglingLink {
  /** Absolute, as is what it leads to. */
  readonly link: string;
  readonly target: string;
}

/** As many links as Linux itself follows. */
const linksMax = 40;

/** The symbolic link to nothing that stands where a folder is to be, or above it; null where there is none. */
export function danglingLink(place: string, followed = 0): DanglingLink | null {
  if (existsSync(place) || followed === linksMax) return null;
  if (lstatSync(place, { throwIfNoEntry: false }) === undefined) return danglingLink(path.dirname(place), followed);
  const target = path.resolve(path.dirname(place), readlinkSync(place));
  return danglingLink(target, followed + 1) ?? { link: place, target };
}

/** The names in a folder; none where there is no folder: another clone may take away the one that it shares at any time. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** Throws the refusal (78) of a folder that holds the checkout, whatever it is called and through whichever link. */
export function requireOwnPlace(checkout: CheckoutPlace, worktreeDirectory: string): void {
  const [root, commonDirectory] = [realPlace(checkout.root), realPlace(checkout.commonDirectory)];
  const nonsense = placeSense(worktreeDirectory, realPlace(path.join(root, worktreeDirectory)), {
    root,
    commonDirectory,
  });
  if (nonsense === undefined) return;
  const problem = { code: 'policy-cannot-work', path: policyPaths.promote, ...nonsense } as const;
  throw policiesRefusal({ ok: false, missing: [], problems: [problem] }, `in ${root}`);
}
