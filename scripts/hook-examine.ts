/** The pre-commit hook where the index is not known to be fit: the repository is asked for, and the doctor on the index. */
import path from 'node:path';
import type { Call } from './command.ts';
import { type ExitCode, exitCodes } from './core/outcome.ts';
import { openGit } from './effects/git.ts';
import { openGreen } from './effects/green.ts';
import { headStanding, stagedSince } from './effects/index-difference.ts';
import { indexFileOf, indexState, listIndex } from './effects/index-listing.ts';
import { readPlain } from './effects/plain-index.ts';
import { findRepository } from './effects/repository.ts';
import type { Asked } from './hook.ts';

/** What git says where a look at the disk did not tell. Throws a Refusal (78) outside of a repository. */
export async function askGit({ directory, env }: Call, circumstances: string): Promise<Asked> {
  const repository = await findRepository(openGit(directory, env), directory);
  const green = openGreen(repository);
  const indexFile = indexFileOf(env, repository);
  const commit = green.commit();
  const git = openGit(repository.root, env);
  const plain = commit === null ? null : readPlain(repository, indexFile, commit.length);
  const staged = commit === null ? null : await stagedSince(git, commit, indexFile);
  if (staged === null) return { repository, indexFile, green, known: null };
  return { repository, indexFile, green, known: await green.recall({ staged, plain }, circumstances) };
}

/** The doctor on the index; what it finds fit is remembered. Returns its exit code, after its words. */
export async function examineIndex(call: Call, asked: Asked, circumstances: string): Promise<ExitCode> {
  const { directory, env } = call;
  const { repository, indexFile, green } = asked;
  const git = openGit(repository.root, env);
  const state = () => indexState(indexFile ?? path.join(repository.gitDirectory, 'index'));
  const before = state();
  const [listing, standing, { openRepeatable }, { announce }] = await Promise.all([
    listIndex(git, indexFile),
    headStanding(git, indexFile),
    import('./diagnose.ts'),
    import('./hook-report.ts'),
  ]);
  const plain = standing === null ? null : readPlain(repository, indexFile, standing.commit.length);
  const isOneIndex = before === state();
  const { result, trace } = await openRepeatable({ directory, tree: 'index', env, repository, listing });
  const exitCode = await announce(call, 'this commit', result);
  // What was compared while somebody staged more may not be what was examined.
  if (exitCode === exitCodes.ok && trace !== null && standing !== null && isOneIndex) {
    green.remember({ standing, plain, listing, population: result.population, trace }, circumstances);
  }
  return exitCode;
}
