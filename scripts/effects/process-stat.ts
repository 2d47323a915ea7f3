/** What the kernel says of one process, from /proc (proc(5), stat). */
import { readFileSync } from 'node:fs';
import { hasErrorCode } from '../core/outcome.ts';

export interface ProcessStat {
  /** One letter; Z is a zombie. */
  readonly state: string;
  readonly parent: number;
  /** Pid of the session's leader. */
  readonly session: number;
  /** Whether it belongs to a terminal, and so to a person. */
  readonly onTerminal: boolean;
  /** Clock ticks from the boot to its start, as digits. */
  readonly startTime: string;
}

/** Null where the platform cannot tell, the process has gone, or it is not ours to see. */
export function processStat(pid: number | string): ProcessStat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return null;
    throw error;
  }
  // The command name in parentheses may hold anything; the fields after it are plain, from the third on.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (index: number) => Number(fields[index - 3]);
  return {
    state: fields[0] ?? '',
    parent: number(4),
    session: number(6),
    onTerminal: number(7) !== 0,
    startTime: fields[22 - 3] ?? '',
  };
}
