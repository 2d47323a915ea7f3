/**
 * Ends a child with everything it has started. A group is not enough: a process that calls setsid leaves it, so the
 * marker in the environment is looked for too (fact 24). Where there is no /proc, the group is all that is reached.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { hasErrorCode } from '../core/outcome.ts';

/** The variable that marks every process of one child; its value is `<run id>/<number>`. */
export const childMarker = 'LOOPBREAKER_CHILD';

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!hasErrorCode(error, 'ESRCH', 'EPERM')) throw error;
  }
}

/** Signals a whole process group; a group that has gone is no failure. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  signalQuietly(-leader, signal);
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return ''; // It has gone, or belongs to somebody else: not ours to end either way.
  }
}

/** Pids of all processes, as text; none where there is no /proc. */
export function processIds(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return []; // No /proc on this platform.
  }
}

/** Pids of living processes whose environment carries the marker value, or a value that begins with it and "/". */
export function markedProcesses(marker: string): readonly number[] {
  const exact = `${childMarker}=${marker}`;
  return processIds()
    .filter((pid) => Number(pid) !== process.pid)
    .filter((pid) =>
      environmentOf(pid)
        .split('\0')
        .some((entry) => entry === exact || entry.startsWith(`${exact}/`)),
    )
    .map(Number);
}

/** How often we look again for processes that were being started while we looked. */
const roundsMax = 20;

/** Kills what carries the marker until nothing does. Returns how many processes were killed. */
export function reapMarked(marker: string): number {
  let killed = 0;
  for (let round = 0; round < roundsMax; round += 1) {
    const found = markedProcesses(marker);
    if (found.length === 0) return killed;
    for (const pid of found) signalQuietly(pid, 'SIGKILL');
    killed += found.length;
  }
  return killed;
}

function workingDirectoryOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return ''; // It has gone, or belongs to somebody else, who has no business in our folders.
  }
}

/** Pids of other processes that work in a folder or below it; none are seen where there is no /proc. */
export function processesIn(directory: string): readonly number[] {
  return processIds()
    .filter((pid) => Number(pid) !== process.pid)
    .filter((pid) => `${workingDirectoryOf(pid)}${path.sep}`.startsWith(directory + path.sep))
    .map(Number);
}
