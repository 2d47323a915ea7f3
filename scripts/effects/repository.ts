/** Which repository a directory belongs to, and where its shared state lives. */
import { existsSync, lstatSync } from 'node:fs';
import path from 'node:path';
import { exitCodes, Refusal } from '../core/outcome.ts';
import { readSmallFile } from './atomic-file.ts';
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
  // A bare repository, and a git directory itself, fail at the last question, after they have answered the others.
  const questions = ['--is-bare-repository', '--absolute-git-dir', '--git-common-dir', '--show-toplevel'];
  const asked = await git(['rev-parse', ...questions]);
  const [bareWord, gitDirectory, common, ...topLines] = asked.stdout.split('\n');
  const bare = bareWord === 'true';
  if (gitDirectory === undefined || common === undefined || common === '') {
    throw new Refusal({
      code: 'not-a-repository',
      exitCode: exitCodes.configFatal,
      problem: `${directory} is not inside a git repository that git is willing to use: ${asked.stderr.trim()}`,
      remedy: 'change into the repository, or name it with -C DIR',
    });
  }
  const commonDirectory = path.resolve(directory, common);
  if (!existsSync(path.join(commonDirectory, 'HEAD'))) {
    throw new Refusal({
      code: 'not-a-repository',
      exitCode: exitCodes.configFatal,
      problem: `The git directory of ${directory} cannot be told; a newline in its path is the usual reason.`,
      remedy: 'move the repository to a path without a newline',
    });
  }
  // The name of a folder may hold a newline.
  const top = bare ? '' : topLines.join('\n').replace(/\n$/, '');
  const stateDirectory = path.join(commonDirectory, 'loopbreaker');
  return { root: top === '' ? gitDirectory : top, commonDirectory, gitDirectory, bare, stateDirectory };
}

/**
 * Whether a git directory that says it is bare had a work tree: `git init` in a hook of a linked worktree can mark the real
 * repository so (fact 2). Its index tells; a bare clone that was put into a folder .git on purpose has none.
 */
export function hadWorkTree(gitDirectory: string): boolean {
  return path.basename(gitDirectory) === '.git' && existsSync(path.join(gitDirectory, 'index'));
}

/** The path in a file of git's that holds one line; null where there is no such file. */
function pathIn(file: string, before = ''): string | null {
  const reading = readSmallFile(file);
  if (reading.kind !== 'text' || !reading.text.startsWith(before)) return null;
  return reading.text.slice(before.length).replace(/\n$/, '');
}

/**
 * The repository that git most likely finds in this directory, by what lies there and without asking git; null where no
 * `.git` does. A guess, until git has said the same: see `tellsPlace`.
 */
export function likelyRepository(directory: string): Repository | null {
  const place = path.join(directory, '.git');
  const stat = lstatSync(place, { throwIfNoEntry: false });
  const named = stat?.isFile() === true ? pathIn(place, 'gitdir: ') : null;
  if (stat?.isDirectory() !== true && named === null) return null;
  const gitDirectory = path.resolve(directory, named ?? '.git');
  // Of a linked worktree.
  const common = named === null ? null : pathIn(path.join(gitDirectory, 'commondir'));
  const commonDirectory = path.resolve(gitDirectory, common ?? '.');
  if (!existsSync(path.join(gitDirectory, 'HEAD'))) return null;
  const stateDirectory = path.join(commonDirectory, 'loopbreaker');
  return { root: directory, commonDirectory, gitDirectory, bare: false, stateDirectory };
}

/**
 * The files by which git decides that its repository is this one. It obeys `core.bare` and `core.worktree` only where they stand
 * in the repository's own configuration, and follows no include for them.
 */
export function placeFiles({ commonDirectory, gitDirectory }: Repository): readonly string[] {
  const ofWorktree = ['config.worktree', 'commondir'].map((name) => path.join(gitDirectory, name));
  return [path.join(commonDirectory, 'config'), path.join(commonDirectory, 'config.worktree'), ...ofWorktree];
}

/** Has any git command say beside its answer, on stderr, in which repository it works. */
export const placeTelling = { GIT_TRACE_SETUP: '2' } as const;

/**
 * Whether git says so of this very repository. What it says is meant for people, so it counts only where every word is as
 * expected; anything else means that git has to be asked for its own sake.
 */
export function tellsPlace(stderr: string, { root, gitDirectory, commonDirectory }: Repository): boolean {
  const told = (what: string): string => new RegExp(`^.* setup: ${what}: (.+)$`, 'm').exec(stderr)?.[1] ?? '';
  const isHere = told('cwd') === root && told('worktree') === root;
  const [own, common] = [told('git_dir'), told('git_common_dir')].map((each) => path.resolve(root, each));
  return isHere && own === gitDirectory && common === commonDirectory;
}
