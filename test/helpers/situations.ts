/** Situations of a repository, each with what the doctor must say of it in all three trees. */
import { cpSync } from 'node:fs';
import { makeProject } from './project.ts';
import { type Repository, repositoryAt, temporaryDirectory } from './repository.ts';

export interface Owner {
  after(dispose: () => void): void;
}

/** `check: code path` of every error and warning, in order; or `refused: code` where there is no such tree. */
export interface Expected {
  readonly worktree: readonly string[];
  readonly index: readonly string[];
  readonly head: readonly string[];
}

export interface Situation {
  /** A sentence that goes on after "when". */
  readonly name: string;
  /** Committed on top of the healthy project. */
  readonly files?: Readonly<Record<string, string>>;
  /** What happens then; returns the repository to look at, when it is another than the project. */
  readonly make?: (project: Repository, owner: Owner) => Repository | undefined;
  readonly expected: Expected;
  /** The checks that are asked; those that cost no child but git when left out. */
  readonly only?: readonly string[];
}

export const quickChecks = ['manifest', 'policies', 'tracked', 'closure', 'script-targets', 'untracked', 'hooks'];

/** The same in all three trees. */
export function everywhere(...lines: readonly string[]): Expected {
  return { worktree: lines, index: lines, head: lines };
}

/** On disk only: the index and the last commit are fine. */
export function onDisk(...lines: readonly string[]): Expected {
  return { worktree: lines, index: [], head: [] };
}

/** On disk and in the index: the last commit is fine. */
export function beforeCommit(...lines: readonly string[]): Expected {
  return { worktree: lines, index: lines, head: [] };
}

/** In the last commit only: it is mended, but not committed yet. */
export function inCommit(...lines: readonly string[]): Expected {
  return { worktree: [], index: [], head: lines };
}

let base: string | undefined;

/** A healthy project of its own: a copy, which costs less than to make it again. */
export function projectFor(owner: Owner, files: Readonly<Record<string, string>> = {}): Repository {
  base ??= makeProject({ after: (dispose) => process.on('exit', dispose) }).directory;
  const directory = temporaryDirectory(owner);
  cpSync(base, directory, { recursive: true });
  const project = repositoryAt(directory);
  project.git('update-index', '-q', '--refresh'); // The copies are other files to git, of other times.
  if (Object.keys(files).length > 0) {
    project.write(files);
    project.commit('the situation');
  }
  return project;
}
