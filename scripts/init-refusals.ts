/** Repositories in which init does nothing, each with the way out. */
import { accessSync, constants, existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { CheckContext } from './checks/check.ts';
import { unfinishedOperations } from './checks/repository.ts';
import type { FileEdit, InitFacts } from './core/init-facts.ts';
import { typedPath } from './core/init-typed.ts';
import { exitCodes, hasErrorCode, Refusal } from './core/outcome.ts';

/** A refusal of those who open a repository, in the words of init; anything else as it is. */
export function inWordsOfInit(error: unknown, directory: string): unknown {
  if (!(error instanceof Refusal)) return error;
  const { code, problem } = error.detail;
  const base = { code, exitCode: exitCodes.configFatal } as const;
  if (code === 'repository-bare') {
    const why = `${problem} init needs files that it can write beside yours.`;
    const remedy = 'make a work tree, and run init there: git worktree add ../work';
    return new Refusal({ ...base, problem: why, remedy });
  }
  const isNone = code === 'not-a-repository' && problem.includes('not a git repository');
  if (!isNone || !existsSync(path.join(directory, 'package.json'))) return error;
  return new Refusal({ ...base, problem, remedy: 'git init, then npx loopbreaker init' });
}

/** Refuses (78) in the middle of a merge, a rebase or the like: the commit of the adoption would end it, or become part of it. */
export async function requireFinished(context: CheckContext): Promise<void> {
  const machine = await context.machine?.();
  const found = machine === undefined ? [] : unfinishedOperations(context, machine);
  const [operation] = found.filter(({ severity }) => severity === 'error');
  if (operation === undefined) return;
  const problem = `${operation.problem} The commit that follows init would become part of it, so nothing was changed.`;
  const remedy = `${operation.remedy} (${operation.commands.join(' && ')}), then run init again`;
  throw new Refusal({ code: 'init-unfinished', exitCode: exitCodes.configFatal, problem, remedy });
}

/**
 * Refuses (78) to take the policies away while worktrees of runs are there: nobody would find them any more, and the work that
 * clearing them away moves aside lies in the folder that a person is then told how to remove.
 */
export function requireNoWorktrees(folders: readonly string[]): void {
  if (folders.length === 0) return;
  const problem = `Worktrees of runs are left in ${folders.join(', ')}, and only the policies say that they are loopbreaker's, so nothing was changed.`;
  const remedy = 'npx loopbreaker worktrees --clean (it says what it leaves, and why), then run init --remove again';
  throw new Refusal({ code: 'init-worktrees-left', exitCode: exitCodes.configFatal, problem, remedy });
}

/** Whether a file can be written. Nobody stops root; a file without any write bit says all the same what its owner wants. */
function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return (statSync(file).mode & 0o222) !== 0;
  } catch (error) {
    if (hasErrorCode(error, 'EACCES', 'EROFS', 'EPERM')) return false;
    throw error;
  }
}

/** Whether anything stands at a path, a link that leads nowhere too. */
function isThere(file: string): boolean {
  try {
    lstatSync(file);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

function nearestThere(file: string): string {
  return isThere(file) ? file : nearestThere(path.dirname(file));
}

const isFolder = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Refuses (78) before anything is edited when a file is not the text that it was read as, or a link that leads nowhere stands where
 * a file is to be written: what is written in its place would not give a person's bytes back.
 */
export function requireTexts(root: string, facts: InitFacts, edits: readonly FileEdit[]): void {
  for (const { path: name, before } of edits) {
    const [file, typed] = [path.join(root, name), typedPath(facts, name)];
    const detail = { code: 'init-unreadable', exitCode: exitCodes.configFatal } as const;
    if (before === null && isThere(file)) {
      const problem = `${name} is a link that leads nowhere, and what it stands for cannot be read, so nothing was changed.`;
      throw new Refusal({
        ...detail,
        problem,
        remedy: `make what it leads to, or else rm ${typed}, then run init again`,
      });
    }
    if (before === null || readFileSync(file).equals(Buffer.from(before))) continue;
    const problem = `${name} is no text in UTF-8, and an edit would destroy letters of it, so nothing was changed.`;
    const copy = typedPath(facts, `${name}.utf8`);
    const convert = `iconv -f ISO-8859-1 -t UTF-8 ${typed} > ${copy} && cat ${copy} > ${typed} && rm ${copy}`;
    throw new Refusal({
      ...detail,
      problem,
      remedy: `write it in UTF-8, then run init again; from Latin-1: ${convert}`,
    });
  }
}

/** Refuses (78) before anything is written when one of the files, or a folder of theirs, cannot be. */
export function requireWritable(root: string, facts: InitFacts, edits: readonly FileEdit[]): void {
  const files = edits.map(({ path: name }) => path.join(root, name));
  const parents = [...new Set(files.map((file) => nearestThere(path.dirname(file))))];
  const refusal = (places: readonly string[], why: string, remedyOf: (names: readonly string[]) => string): Refusal => {
    const shown = places.map((place) => path.relative(root, place) || '.');
    const problem = `${shown.join(', ')} ${why}, so nothing was changed.`;
    const remedy = `${remedyOf(shown)}, then run init again`;
    return new Refusal({ code: 'init-unwritable', exitCode: exitCodes.configFatal, problem, remedy });
  };
  const inTheWay = parents.filter((place) => !isFolder(place));
  if (inTheWay.length > 0) {
    const moved = (name: string): string => `mv ${typedPath(facts, name)} ${typedPath(facts, `${name}.moved`)}`;
    throw refusal(inTheWay, 'stands where init needs a folder', (names) => names.map(moved).join(' && '));
  }
  const locked = [...files.filter((file) => existsSync(file)), ...parents].filter((place) => !isWritable(place));
  if (locked.length === 0) return;
  const typed = (name: string): string => typedPath(facts, name);
  throw refusal(locked, 'cannot be written', (names) => `chmod u+w ${names.map(typed).join(' ')}`);
}
