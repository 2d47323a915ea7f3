/** What the history says about the adoption, so that removing takes out what was put in and nothing else. */
import { manifestPath } from './core/manifest.ts';
import type { RunGit } from './effects/git.ts';
import { output } from './effects/git-output.ts';

async function textsAt(git: RunGit, commit: string, files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found: (readonly [string, string])[] = [];
  for (const file of files) {
    const asked = await git(['cat-file', 'blob', `${commit}:${file}`]);
    if (asked.exitCode === 0) found.push([file, asked.stdout]);
  }
  return new Map(found);
}

/**
 * The files as they were before the commit that brought the manifest. Before such a commit HEAD is what was there earlier; without
 * any commit nothing was. Of a first commit, and of the one where a shallow clone ends, nothing is known.
 */
export async function textsBeforeAdoption(git: RunGit, files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const log = ['log', '--diff-filter=A', '--format=%H', '--', `:(top,literal)${manifestPath}`];
  const asked = await git(log);
  const adopted = asked.exitCode === 0 ? asked.stdout.trim().split('\n')[0] : '';
  return await textsAt(git, adopted === undefined || adopted === '' ? 'HEAD' : `${adopted}^`, files);
}

/** Whether the last commit holds the manifest, so that the adoption counts. */
export async function isAdopted(git: RunGit): Promise<boolean> {
  return (await git(['cat-file', '-e', `HEAD:${manifestPath}`])).exitCode === 0;
}

/**
 * Those of the paths that are not in git as they are on disk. What git ignores is not among them, nor a file that is gone and
 * staged so: git add refuses a path that is nowhere. Rejects when git cannot say.
 */
export async function uncommitted(git: RunGit, paths: readonly string[]): Promise<readonly string[]> {
  const literal = paths.map((path) => `:(top,literal)${path}`);
  const options = ['--porcelain', '-z', '--no-renames', '--untracked-files=all'];
  const said = await output(git, ['status', ...options, '--', ...literal]);
  return said.split('\0').flatMap((line) => (line === '' || line.startsWith('D ') ? [] : [line.slice(3)]));
}
