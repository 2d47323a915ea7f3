/** What the index of a commit holds, as git lists it: the one listing that a doctor of the index needs. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { exitCodes, Refusal } from '../core/outcome.ts';
import type { GitOptions, RunGit } from './git.ts';
import type { Repository } from './repository.ts';

/** git writes an intent-to-add entry as the empty blob, which is also what an empty file is. */
export const emptyBlobs = [
  'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
  '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813',
];

/** Whether git names this content so. Loads Node's cryptography only now: most commits change nothing that is asked about. */
export function isBlob(content: Buffer, sha: string): boolean {
  const { createHash } = process.getBuiltinModule('node:crypto');
  const hash = createHash(sha.length === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${content.length}\0`).update(content).digest('hex') === sha;
}

function realPath(place: string): string {
  return existsSync(place) ? realpathSync(place) : place;
}

/** The nearest folder from here upwards that holds a `.git`; null outside of every work tree. */
function workTreeOf(directory: string): string | null {
  if (existsSync(path.join(directory, '.git'))) return directory;
  const parent = path.dirname(directory);
  return parent === directory ? null : workTreeOf(parent);
}

/**
 * The index that a hook commits from (`git commit <path>` uses another than .git/index), absolute; undefined where the
 * variable is about another repository than the one that is graded, as with -C elsewhere. Wherever this process was
 * started, an index in the git directory of this very worktree is its own; a relative name, and an index that somebody
 * keeps outside of every git directory, count only when it was started in this work tree.
 */
export function indexFileOf(
  env: NodeJS.ProcessEnv,
  { root, gitDirectory }: Pick<Repository, 'root' | 'gitDirectory'>,
): string | undefined {
  const named = env.GIT_INDEX_FILE;
  if (named === undefined || named === '') return undefined;
  const file = path.resolve(root, named);
  const folder = realPath(path.dirname(file));
  if (path.isAbsolute(named) && folder === realPath(gitDirectory)) return file;
  const isElsewhere = path.isAbsolute(named) && existsSync(path.join(folder, 'HEAD'));
  const here = workTreeOf(process.cwd());
  return isElsewhere || here === null || realPath(here) !== realPath(root) ? undefined : file;
}

/** Tells one state of an index file from another: git never changes one, it puts another in its place. */
export function indexState(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return `${stat?.ino} ${stat?.ctimeNs} ${stat?.size}`;
}

/** The option that names the index to git. */
export function optionsFor(indexFile: string | undefined): GitOptions {
  return indexFile === undefined ? {} : { env: { GIT_INDEX_FILE: indexFile } };
}

/** The entries with tag, mode, sha, stage and path, apart by NUL. Throws a Refusal (75) when git cannot read it. */
export async function listIndex(git: RunGit, indexFile: string | undefined): Promise<string> {
  const asked = await git(['ls-files', '-v', '-s', '-z'], optionsFor(indexFile));
  if (asked.exitCode === 0) return asked.stdout;
  const problem = `git could not read the index: ${asked.stderr.trim()}`;
  throw new Refusal({ code: 'tree-unreadable', exitCode: exitCodes.tryLater, problem, remedy: 'git status' });
}
