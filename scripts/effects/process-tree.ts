/**
 * Ends a child with everything it has started. A group is not enough: a process that calls setsid leaves it, so the
 * marker in the environment is looked for, then the session, then who works in the child's own directory (fact 24).
 * Where there is no /proc, the group is all that is reached.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { hasErrorCode } from '../core/outcome.ts';
import { processStat } from './process-stat.ts';

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

/** What tells the descendants of a child that have shed its marker (`env -i`). Null: not known, so nobody is told by it. */
export interface Traces {
  /** Pid of the child, which leads a session of its own. */
  readonly session: number | null;
  /** Its start, or an earlier time, in ticks since the boot. */
  readonly startTime: string | null;
  /** Real path of a directory that was made for this child. */
  readonly directory: string | null;
}

function workingDirectoryOf(pid: number | string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return ''; // It has gone, or belongs to somebody else, who has no business in our folders.
  }
}

function worksIn(pid: number | string, directory: string): boolean {
  return `${workingDirectoryOf(pid)}${path.sep}`.startsWith(directory + path.sep);
}

/** In doubt a process is left alone: one that is older than the child, or on a terminal, may be a person's. */
function isStray(pid: number, { session, startTime, directory }: Traces): boolean {
  const stat = processStat(pid);
  if (stat === null || stat.state === 'Z') return false;
  if (session !== null && stat.session === session) return true;
  if (directory === null || startTime === null || !(Number(stat.startTime) >= Number(startTime))) return false;
  return !stat.onTerminal && worksIn(pid, directory);
}

function strays(traces: Traces): readonly number[] {
  const pids = processIds().map(Number);
  return pids.filter((pid) => pid !== process.pid && isStray(pid, traces));
}

/** How often we look again for processes that were being started while we looked. */
const roundsMax = 20;

const noTraces: Traces = { session: null, startTime: null, directory: null };

/** Kills what carries the marker or is told by the traces, until nothing is left. Returns how many were killed. */
export function reapTree(marker: string, traces: Traces = noTraces): number {
  // A killed process may still be there in the next round; it is one process.
  const killed = new Set<number>();
  for (let round = 0; round < roundsMax; round += 1) {
    const found = [...markedProcesses(marker), ...strays(traces)];
    if (found.length === 0) break;
    for (const pid of found) {
      signalQuietly(pid, 'SIGKILL');
      killed.add(pid);
    }
  }
  return killed.size;
}

/** Pids of other processes that work in a folder or below it; none are seen where there is no /proc. */
export function processesIn(directory: string): readonly number[] {
  return processIds()
    .filter((pid) => Number(pid) !== process.pid)
    .filter((pid) => worksIn(pid, directory))
    .map(Number);
}
