/** The world that is not files or git: clocks, randomness, sleep, and who is alive. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { ClockReading } from '../core/clock.ts';
import type { ProcessIdentity } from '../core/controller.ts';
import { hasErrorCode } from '../core/outcome.ts';
import { processStat } from './process-stat.ts';

/** `other-boot`: its machine has been restarted since, so it is gone; `unknown`: another host, nothing can be proved. */
export type Liveness = 'alive' | 'dead' | 'other-boot' | 'unknown';

export interface World {
  readonly clock: () => ClockReading;
  /** A random number in [0, 1). */
  readonly random: () => number;
  /** A fresh id for a run: `run-` and 12 hexadecimal digits. */
  readonly newRunId: () => string;
  readonly self: ProcessIdentity;
  readonly liveness: (owner: ProcessIdentity) => Liveness;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Text of a file, or null when it is not there (a platform without /proc, a process that has gone). */
function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return null;
    throw error;
  }
}

function commandOutput(program: string, args: readonly string[]): string | null {
  try {
    return execFileSync(program, [...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null; // The tool is missing or the process has gone: the caller says what that means.
  }
}

function readBootId(): string {
  const linux = readIfThere('/proc/sys/kernel/random/boot_id')?.trim();
  return linux ?? commandOutput('sysctl', ['-n', 'kern.bootsessionuuid']) ?? 'unknown-boot';
}

/** Start time and end of a process, or null where neither /proc nor ps can tell, or the process has gone. */
function readStart(pid: number): { readonly startTime: string; readonly zombie: boolean } | null {
  const stat = processStat(pid);
  if (stat !== null) return { startTime: stat.startTime, zombie: stat.state === 'Z' };
  const started = commandOutput('ps', ['-o', 'lstart=', '-p', String(pid)]);
  return started === null || started === '' ? null : { startTime: started, zombie: false };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasErrorCode(error, 'ESRCH');
  }
}

function livenessOf(owner: ProcessIdentity, self: ProcessIdentity): Liveness {
  if (owner.host !== self.host) return 'unknown';
  if (owner.bootId !== self.bootId) return 'other-boot';
  if (!exists(owner.pid)) return 'dead';
  const stat = readStart(owner.pid);
  if (stat === null || owner.startTime === null) return 'unknown';
  return stat.zombie || stat.startTime !== owner.startTime ? 'dead' : 'alive';
}

/** The real world, seen from this process. */
export function openWorld(): World {
  const bootId = readBootId();
  const startTime = readStart(process.pid)?.startTime ?? null;
  const self: ProcessIdentity = { host: hostname(), bootId, pid: process.pid, startTime };
  return {
    // os.uptime() counts suspension on Linux and macOS, which process.hrtime() does not.
    clock: () => ({ wallMs: Date.now(), monotonicMs: uptime() * 1000, bootId }),
    random: Math.random,
    newRunId: () => `run-${randomUUID().replaceAll('-', '').slice(0, 12)}`,
    self,
    liveness: (owner) => livenessOf(owner, self),
    sleep: async (ms, signal) => {
      try {
        await sleepFor(ms, undefined, signal === undefined ? {} : { signal });
      } catch (error) {
        if (!(error instanceof Error && error.name === 'AbortError')) throw error;
      }
    },
  };
}
