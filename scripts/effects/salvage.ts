/** Moves work that a dead run's tree holds out of it before the tree goes: changed, untracked and ignored files. */
import { randomUUID } from 'node:crypto';
import { copyFileSync, lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { hasErrorCode } from '../core/outcome.ts';
import { generatedPatterns, type SalvageLimits } from '../core/worktree.ts';
import type { RunGit } from './git.ts';
import { failed } from './git-output.ts';

export interface SalvageRequest {
  readonly git: RunGit;
  readonly commonDirectory: string;
  readonly tree: string;
  /** What is in this commit and unchanged is not moved. */
  readonly commit: string;
  /** Patterns of the manifest for files that are generated. */
  readonly generated: readonly string[];
  /** Whether changed tracked files count: in a tree that git had not finished they are only cut off. */
  readonly withChanged: boolean;
  /** Absolute; made when there is something to move. */
  readonly into: string;
  readonly limits: SalvageLimits;
}

export interface Salvaged {
  readonly files: number;
  readonly bytes: number;
  /** How many are still in the tree because a limit was reached. */
  readonly left: number;
}

/**
 * Asked with an index of our own, made from the commit: the tree's own one is missing after a kill, and without it git
 * would take every file for work, or in a nested tree answer for the repository around it.
 */
async function namesOfWork(request: SalvageRequest): Promise<readonly string[]> {
  const { git, commonDirectory, tree, commit, generated, withChanged } = request;
  const index = path.join(commonDirectory, 'loopbreaker', `salvage-${randomUUID()}.tmp`);
  const env = { GIT_INDEX_FILE: index, GIT_DIR: commonDirectory, GIT_WORK_TREE: tree };
  const ask = async (args: readonly string[], codes: readonly number[] = [0]): Promise<readonly string[]> => {
    const end = await git(args, { cwd: tree, env });
    if (end.exitCode !== null && codes.includes(end.exitCode))
      return end.stdout.split('\0').filter((name) => name !== '');
    throw failed(args, end);
  };
  const excludes = [...generatedPatterns, ...generated.filter((pattern) => !pattern.startsWith('!'))];
  try {
    await ask(['read-tree', commit]);
    await ask(['update-index', '-q', '--refresh'], [0, 1]);
    const changed = withChanged ? await ask(['diff-files', '-z', '--name-only', '--diff-filter=MT']) : [];
    const others = await ask(['ls-files', '--others', '-z', ...excludes.map((pattern) => `--exclude=${pattern}`)]);
    return [...changed, ...others];
  } finally {
    for (const file of [index, `${index}.lock`]) rmSync(file, { force: true });
  }
}

/** Moves one file, link or embedded repository; the state directory may be on another file system. Returns its bytes. */
export function moveAside(from: string, to: string): number {
  const stat = lstatSync(from);
  mkdirSync(path.dirname(to), { recursive: true, mode: 0o700 });
  try {
    renameSync(from, to);
  } catch (error) {
    if (!hasErrorCode(error, 'EXDEV') || stat.isDirectory()) throw error;
    if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else copyFileSync(from, to);
    rmSync(from);
  }
  return stat.size;
}

/** Moves what holds work, at most one pass of `limits`; the first file is always moved, so that passes come to an end. */
export async function salvage(request: SalvageRequest): Promise<Salvaged> {
  const { tree, into, limits } = request;
  const names = await namesOfWork(request);
  const startedMs = performance.now();
  let bytes = 0;
  let files = 0;
  for (const name of names) {
    const isOver = files >= limits.files || bytes >= limits.bytes || performance.now() - startedMs >= limits.ms;
    if (files > 0 && isOver) break;
    bytes += moveAside(path.join(tree, name), path.join(into, name));
    files += 1;
  }
  return { files, bytes, left: names.length - files };
}
