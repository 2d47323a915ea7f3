/** In what an index differs from a commit, as git compares them. */
import type { RunGit } from './git.ts';
import { openOffline } from './git-offline.ts';
import { optionsFor } from './index-listing.ts';
import { executeAtOnce, type ProcessResult } from './process.ts';
import { placeTelling, type Repository, tellsPlace } from './repository.ts';

/**
 * In what the commit of this index would differ from an older one: git passes over the folders that are the same, so it
 * costs next to nothing beside a listing. Announced files (git add -N) are not of a commit.
 */
async function compare(git: RunGit, commit: string, indexFile: string | undefined, env = {}): Promise<ProcessResult> {
  const form = ['--cached', '--raw', '--no-abbrev', '-z', '--no-renames'];
  const what = ['--ita-invisible-in-index', '--ignore-submodules=none'];
  const options = { env: { ...optionsFor(indexFile).env, ...env } };
  return await git(['diff-index', ...form, ...what, commit, '--'], options);
}

/** The difference as git tells it; null when it cannot, as when the older commit was pruned. */
export async function stagedSince(git: RunGit, commit: string, indexFile: string | undefined): Promise<string | null> {
  const asked = await compare(git, commit, indexFile);
  return asked.exitCode === 0 ? asked.stdout : null;
}

/**
 * The same at once, by a git that is started in the root of `likely`, before which no setting is asked; null too when it works
 * in another repository than that.
 */
export async function stagedAtOnce(
  likely: Repository,
  env: NodeJS.ProcessEnv,
  commit: string,
  indexFile: string | undefined,
): Promise<string | null> {
  const git = openOffline(likely.root, env, executeAtOnce);
  const asked = await compare(git, commit, indexFile, placeTelling);
  return asked.exitCode === 0 && tellsPlace(asked.stderr, likely) ? asked.stdout : null;
}

/** A commit, and in what an index differs from it, as git tells it. */
export interface Standing {
  readonly commit: string;
  readonly staged: string;
}

/** The index beside the last commit; null before the first one. */
export async function headStanding(git: RunGit, indexFile: string | undefined): Promise<Standing | null> {
  const asked = await git(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  const commit = asked.stdout.trim();
  const staged = asked.exitCode === 0 ? await stagedSince(git, commit, indexFile) : null;
  return staged === null ? null : { commit, staged };
}
