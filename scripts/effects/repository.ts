/** Which repository a directory belongs to, and where its shared state lives. */
import path from 'node:path';
import { exitCodes, Refusal } from '../core/outcome.ts';
import type { RunGit } from './git.ts';

export interface Repository {
  /** Root of the work tree; in a bare repository the repository itself. */
  readonly root: string;
  /** The git directory that all worktrees share. */
  readonly commonDirectory: string;
  /** The git directory of this worktree. */
  readonly gitDirectory: string;
  readonly bare: boolean;
  /** Home of the controller, the journal and the locks: never committed, survives `git clean`. */
  readonly stateDirectory: string;
}

/** Finds the repository. Throws a Refusal (78) when the directory is in none, or git will not say. */
export async function findRepository(git: RunGit, directory: string): Promise<Repository> {
  const asked = await git(['rev-parse', '--is-bare-repository', '--absolute-git-dir', '--git-common-dir']);
  const [bareWord, gitDirectory, common] = asked.stdout.split('\n');
  if (asked.exitCode !== 0 || gitDirectory === undefined || common === undefined) {
    throw new Refusal({
      code: 'not-a-repository',
      exitCode: exitCodes.configFatal,
      problem: `${directory} is not inside a git repository that git is willing to use: ${asked.stderr.trim()}`,
      remedy: 'change into the repository, or name it with -C DIR',
    });
  }
  const commonDirectory = path.resolve(directory, common);
  const bare = bareWord === 'true';
  const top = bare ? gitDirectory : (await git(['rev-parse', '--show-toplevel'])).stdout.replace(/\n$/, '');
  const stateDirectory = path.join(commonDirectory, 'loopbreaker');
  return { root: top === '' ? gitDirectory : top, commonDirectory, gitDirectory, bare, stateDirectory };
}
