/** The output of git where a failing git is no answer. */
import { GitFailed } from '../core/git-failed.ts';
import type { GitOptions, RunGit } from './git.ts';

/** What git printed. Throws GitFailed when it fails. */
export async function output(run: RunGit, args: readonly string[], options?: GitOptions): Promise<string> {
  const end = await run(args, options);
  if (end.exitCode === 0) return end.stdout;
  throw failed(args, end);
}

/** How git failed, to be thrown. */
export function failed(args: readonly string[], end: Awaited<ReturnType<RunGit>>): GitFailed {
  const { exitCode, signal } = end;
  return new GitFailed(args, { exitCode, signal, text: `${end.stdout}${end.stderr}` }, end.spawnError ?? null);
}

/** Output, or null when git answers "no" with exactly this exit code and says nothing on stderr worth raising. */
export async function outputUnless(run: RunGit, noCode: number, args: readonly string[]): Promise<string | null> {
  const end = await run(args);
  if (end.exitCode === 0) return end.stdout;
  if (end.exitCode === noCode) return null;
  throw failed(args, end);
}
