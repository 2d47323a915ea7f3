/** Files that say which packages are meant to be installed, and which are. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { absent, sha256Hex } from '../core/evidence.ts';
import { GitFailed } from '../core/git-failed.ts';
import { hasErrorCode } from '../core/outcome.ts';
import { upwards } from '../core/worktree-place.ts';
import type { RunGit } from './git.ts';

/** Lockfiles of the package managers, at the root of a repository. */
export const lockfileNames: readonly string[] = [
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
];

/** What the package managers note of what they have installed. */
export const installedNames: readonly string[] = [
  'node_modules/.package-lock.json',
  'node_modules/.modules.yaml',
  'node_modules/.yarn-integrity',
  'node_modules/.yarn-state.yml',
];

/** Content hash, "absent", or the reason why the file cannot be read: each differs from the others. */
export function fileHash(file: string): string {
  try {
    return statSync(file).isFile() ? sha256Hex(readFileSync(file)) : 'not a file';
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return absent;
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
}

/** A hash of the packages that a gate may use although its tree does not pin them. Throws GitFailed when git cannot list the tree. */
export type UnpinnedPackages = (tree: string) => Promise<string>;

/** Names of the packages in a folder's node_modules, or why they cannot be listed; what tools keep there is none. */
function packageNames(folder: string): readonly string[] {
  try {
    const names = readdirSync(path.join(folder, 'node_modules')).sort();
    return names.filter((name) => !name.startsWith('.'));
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return [];
    if (error instanceof Error && 'code' in error) return [String(error.code)];
    throw error;
  }
}

/** What is installed in a folder, as far as it is noted or has a name; null where nothing is. */
function installedIn(folder: string): string | null {
  const noted = installedNames.map((name) => fileHash(path.join(folder, name)));
  const names = packageNames(folder);
  return names.length === 0 && noted.every((hash) => hash === absent) ? null : JSON.stringify([noted, names]);
}

export interface PackagePlaces {
  /** The work tree whose lockfiles decide over what is installed in it; null where the gate finds nothing of that. */
  readonly root: string | null;
  /** The folder in which the candidate's checkout is made, a real path: Node looks there and in all folders above (fact 15). */
  readonly below: string;
}

/**
 * Opens the question for checkouts in a folder. They resolve the packages that are installed further up, and a lockfile
 * that is ignored or untracked decides over them although no tree holds it. A tracked one is left out: it is part of the
 * tree, and what the user's own branch has of it does not reach the gate.
 */
export function openUnpinnedPackages({ root, below }: PackagePlaces, runGit: RunGit): UnpinnedPackages {
  const tracked = new Map<string, ReadonlySet<string>>();
  async function trackedIn(tree: string): Promise<ReadonlySet<string>> {
    const known = tracked.get(tree);
    if (known !== undefined) return known;
    const args = ['ls-tree', '-z', '--name-only', '--full-tree', tree, '--', ...lockfileNames];
    const end = await runGit(args);
    const { exitCode, signal, spawnError = null } = end;
    if (exitCode !== 0) throw new GitFailed(args, { exitCode, signal, text: end.stderr }, spawnError);
    const names = new Set(end.stdout.split('\0'));
    tracked.set(tree, names);
    return names;
  }
  async function lockfilesOver(tree: string) {
    if (root === null) return null;
    const pinned = await trackedIn(tree);
    const names = lockfileNames.filter((name) => !pinned.has(name));
    return names.map((name) => [name, fileHash(path.join(root, name))] as const);
  }
  return async (tree) => {
    const installed = upwards(below).flatMap((folder) => installedIn(folder) ?? []);
    return sha256Hex(JSON.stringify([await lockfilesOver(tree), installed]));
  };
}
