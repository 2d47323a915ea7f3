/** What the index of a commit holds, as git lists it: the one listing that a doctor of the index needs. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { exitCodes, Refusal } from '../core/outcome.ts';
import type { RunGit } from './git.ts';

/** git writes an intent-to-add entry as the empty blob, which is also what an empty file is. */
export const emptyBlobs = [
  'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
  '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813',
];

/** Whether git names this content so. */
export function isBlob(content: Buffer, sha: string): boolean {
  const hash = createHash(sha.length === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${content.length}\0`).update(content).digest('hex') === sha;
}

/**
 * The index that a hook commits from (`git commit <path>` uses another than .git/index), absolute. Only when this
 * process was started inside this very work tree: with -C elsewhere the variable is about another repository.
 */
export function indexFileOf(env: NodeJS.ProcessEnv, root: string): string | undefined {
  const named = env.GIT_INDEX_FILE;
  const inside = !path.relative(root, process.cwd()).startsWith('..');
  return named === undefined || named === '' || !inside ? undefined : path.resolve(root, named);
}

/** The entries with tag, mode, sha, stage and path, apart by NUL. Throws a Refusal (75) when git cannot read it. */
export async function listIndex(git: RunGit, indexFile: string | undefined): Promise<string> {
  const options = indexFile === undefined ? {} : { env: { GIT_INDEX_FILE: indexFile } };
  const asked = await git(['ls-files', '-v', '-s', '-z'], options);
  if (asked.exitCode === 0) return asked.stdout;
  const problem = `git could not read the index: ${asked.stderr.trim()}`;
  throw new Refusal({ code: 'tree-unreadable', exitCode: exitCodes.tryLater, problem, remedy: 'git status' });
}
