/** Finds and removes the lock files that a killed run of ours has left in the shared git directory. */
import { lstatSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type LitterFacts, litterProof } from '../core/litter.ts';
import { hasErrorCode } from '../core/outcome.ts';
import { gitAtWork, lockNames, lockNamesBelow } from './lock-files.ts';
import { processIds } from './process-tree.ts';

export interface RemovedLock {
  /** Absolute. */
  readonly path: string;
  readonly why: string;
}

interface SearchPlace {
  readonly commonDirectory: string;
  /** Every folder in which a git of this repository may be at work. */
  readonly workTrees: readonly string[];
}

function linksIn(directory: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return []; // It has gone, or is somebody else's.
    throw error;
  }
  return names.flatMap((name) => {
    try {
      return [readlinkSync(path.join(directory, name))];
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return [];
      throw error;
    }
  });
}

/** Files that processes have open, as far as this system shows them. */
function openFiles(): ReadonlySet<string> {
  return new Set(processIds().flatMap((pid) => linksIn(`/proc/${pid}/fd`)));
}

/**
 * Removes the locks that are provably ours and of nobody alive, and returns them; the others stay. The promote lock is
 * held. Where there is no lock file this reads three folders and asks nothing else.
 */
export function removeLitter(
  { commonDirectory, workTrees }: SearchPlace,
  deadPhase: LitterFacts['deadPhase'],
  nowMs: number,
): readonly RemovedLock[] {
  const found = [...lockNames(commonDirectory), ...lockNamesBelow(path.join(commonDirectory, 'refs', 'loopbreaker'))];
  if (found.length === 0) return [];
  const atWork = gitAtWork([commonDirectory, ...workTrees]);
  const open = openFiles();
  return found.flatMap((file) => {
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    const name = path.relative(commonDirectory, file).replaceAll(path.sep, '/');
    const why = litterProof({
      name,
      madeMs: stat.mtimeMs,
      nowMs,
      gitAtWork: atWork,
      isOpen: open.has(file),
      deadPhase,
    });
    if (why === null) return [];
    rmSync(file, { force: true });
    return [{ path: file, why }];
  });
}
