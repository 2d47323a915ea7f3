/** Files that say which packages are meant to be installed, and which are. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { absent, sha256Hex } from '../core/evidence.ts';
import { GitFailed } from '../core/git-failed.ts';
import { hasErrorCode } from '../core/outcome.ts';
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

/**
 * Opens the question for the work tree `root`. A checkout below it resolves the packages that are installed there (fact
 * 15), and a lockfile that is ignored or untracked decides over them although no tree holds it. A tracked one is left
 * out: it is part of the tree, and what the user's own branch has of it does not reach the gate.
 */
export function openUnpinnedPackages(root: string, runGit: RunGit): UnpinnedPackages {
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
  return async (tree) => {
    const pinned = await trackedIn(tree);
    const names = [...lockfileNames.filter((name) => !pinned.has(name)), ...installedNames];
    return sha256Hex(JSON.stringify(names.map((name) => [name, fileHash(path.join(root, name))])));
  };
}
