/** Repositories in which init does nothing, each with the way out. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { CheckContext } from './checks/check.ts';
import { unfinishedOperations } from './checks/repository.ts';
import type { FileEdit } from './core/init-facts.ts';
import { exitCodes, hasErrorCode, Refusal } from './core/outcome.ts';
import { shellWord } from './core/shell-word.ts';

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
export async function requireRest(context: CheckContext): Promise<void> {
  const machine = await context.machine?.();
  const found = machine === undefined ? [] : unfinishedOperations(context, machine);
  const [operation] = found.filter(({ severity }) => severity === 'error');
  if (operation === undefined) return;
  const problem = `${operation.problem} The commit that follows init would become part of it, so nothing was changed.`;
  const remedy = `${operation.remedy} (${operation.commands.join(' && ')}), then run init again`;
  throw new Refusal({ code: 'init-unfinished', exitCode: exitCodes.configFatal, problem, remedy });
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

function nearestThere(file: string): string {
  return existsSync(file) ? file : nearestThere(path.dirname(file));
}

/** Refuses (78) before anything is written when one of the files, or a folder of theirs, cannot be. */
export function requireWritable(root: string, edits: readonly FileEdit[]): void {
  const places = edits.flatMap(({ path: name }) => {
    const file = path.join(root, name);
    return [...(existsSync(file) ? [file] : []), nearestThere(path.dirname(file))];
  });
  const locked = [...new Set(places)].filter((place) => !isWritable(place));
  if (locked.length === 0) return;
  const shown = locked.map((place) => path.relative(root, place) || '.');
  const problem = `${shown.join(', ')} cannot be written, so nothing was changed.`;
  const remedy = `chmod u+w ${shown.map(shellWord).join(' ')}, then run init again`;
  throw new Refusal({ code: 'init-unwritable', exitCode: exitCodes.configFatal, problem, remedy });
}
