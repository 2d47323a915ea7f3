/** Whether the folder of worktrees can be made at all: asked before an agent is paid for what could not be promoted. */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { hasErrorCode, Refusal } from '../core/outcome.ts';
import { shellWord } from '../core/shell-word.ts';
import { unwritable } from './atomic-file.ts';
import { nearestFolder } from './room.ts';
import { danglingLink } from './worktree-place.ts';

interface Obstacle {
  readonly problem: string;
  readonly remedy: string;
}

/** A link may lead to a disk that is not there at the moment, so what becomes of it is a person's to decide. */
function obstacleTo(directory: string): Obstacle | null {
  const dangling = danglingLink(directory);
  if (dangling !== null) {
    const { link, target } = dangling;
    return {
      problem: `${link} is a symbolic link to ${target}, which is not there`,
      remedy: `mkdir -p ${shellWord(target)} (or mount its disk; rm ${shellWord(link)} if the link is of no use any more)`,
    };
  }
  const ground = nearestFolder(directory);
  if (!statSync(ground).isDirectory()) {
    return {
      problem: `${ground} is a file`,
      remedy: `move away the file that stands where a folder belongs: ${ground}`,
    };
  }
  try {
    accessSync(ground, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    if (!hasErrorCode(error, 'EACCES', 'EROFS', 'EPERM')) throw error;
    const isThere = ground === directory;
    const making = `sudo install -d -o "$(id -un)" ${shellWord(directory)} makes the folder`;
    return { problem: `${ground} is not writable for you`, remedy: isThere ? `make ${ground} writable` : making };
  }
}

/** A policy goes with every clone: beside another one there may be no place that may be written. */
export function withWayBack(remedy: string): string {
  const edit = '"worktreeDirectory": "loop/tmp-wt" in policy/promote.json';
  return `${remedy}, or write ${edit} and push that to the target yourself (it is protected: no agent's branch may)`;
}

/** Why no worktree can be made in this folder (78), as far as that shows before it is tried; null when nothing does. */
export function groundRefusal(directory: string, isOutside: boolean): Refusal | null {
  const obstacle = obstacleTo(directory);
  if (obstacle === null) return null;
  const { problem, remedy } = obstacle;
  return new Refusal({
    ...unwritable(directory, problem).detail,
    problem: `${problem}: no worktree of a promotion can be made in ${path.normalize(directory)}.`,
    remedy: isOutside ? withWayBack(remedy) : remedy,
  });
}
