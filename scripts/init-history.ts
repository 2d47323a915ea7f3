/** What the history says about the adoption, so that removing takes out what was put in and nothing else. */
import type { AdoptionHistory } from './core/init-remove.ts';
import { manifestPath } from './core/manifest.ts';
import type { RunGit } from './effects/git.ts';

async function textsAt(git: RunGit, commit: string, files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found: (readonly [string, string])[] = [];
  for (const file of files) {
    const asked = await git(['cat-file', 'blob', `${commit}:${file}`]);
    if (asked.exitCode === 0) found.push([file, asked.stdout]);
  }
  return new Map(found);
}

/**
 * The files in the commit that brought the manifest, and in the one before it. Before such a commit HEAD is what was there
 * earlier; without any commit nothing was. A first commit, and the one where a shallow clone ends, bring a person's files with
 * ours: then nothing is known.
 */
export async function adoptionHistory(git: RunGit, files: readonly string[]): Promise<AdoptionHistory> {
  const log = ['log', '--diff-filter=A', '--format=%H', '--', `:(top,literal)${manifestPath}`];
  const asked = await git(log);
  const adopted = asked.exitCode === 0 ? asked.stdout.trim().split('\n')[0] : '';
  if (adopted === undefined || adopted === '')
    return { planted: new Map(), earlier: await textsAt(git, 'HEAD', files) };
  const before = await git(['rev-parse', '--verify', '--quiet', `${adopted}^`]);
  if (before.exitCode !== 0) return { planted: new Map(), earlier: new Map() };
  return { planted: await textsAt(git, adopted, files), earlier: await textsAt(git, `${adopted}^`, files) };
}
