/**
 * Locks: by the kernel (`flock` on an open descriptor, released whenever its owner dies), never unlinked. Where the
 * flock program is missing, an owner record that is broken on proof of death only. Correctness never rests on a lock.
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import type { ProcessIdentity } from '../core/controller.ts';
import { sha256Hex } from '../core/evidence.ts';
import { hasErrorCode } from '../core/outcome.ts';
import { readSmallFile, unwritable } from './atomic-file.ts';
import type { World } from './world.ts';

export interface LockOwner extends ProcessIdentity {
  readonly runId: string | null;
}

export interface HeldLock {
  /** The descriptor that carries the lock; hand it only to the git child that changes the remote (fact 43). */
  readonly fd: number;
  readonly release: () => void;
}

type LockWorld = Pick<World, 'self' | 'liveness' | 'sleep' | 'clock'>;

/** Tries for at most `waitMs`. null: somebody else holds it. Throws a Refusal (78) when the file cannot be opened. */
export type TakeLock = (file: string, waitMs: number, runId: string | null) => Promise<HeldLock | null>;

function openLockFile(file: string): number {
  let fd: number;
  try {
    // O_NONBLOCK: a FIFO in the file's place must not stop us for ever.
    fd = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw unwritable(file, error);
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw unwritable(file, new Error('it is not a regular file'));
}

type FlockAnswer = 'taken' | 'busy' | 'no-flock';

function flock(fd: number, waitMs: number): Promise<FlockAnswer> {
  const how = waitMs === 0 ? ['-n', '3'] : ['-w', String(waitMs / 1000), '3'];
  return new Promise((resolve, reject) => {
    const child = spawn('flock', how, { stdio: ['ignore', 'ignore', 'pipe', fd], detached: true });
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint += chunk.toString('utf8');
    });
    child.on('error', (error) => (hasErrorCode(error, 'ENOENT') ? resolve('no-flock') : reject(error)));
    // Busy is exit 1 and silence; a flock that complains (busybox has no -w) is none that we can use.
    child.on('close', (code) => resolve(code === 0 ? 'taken' : complaint === '' ? 'busy' : 'no-flock'));
  });
}

/** Leaves a note of who holds the lock, for `status`; the lock itself does not depend on it. */
function noteOwner(fd: number, owner: LockOwner): void {
  try {
    ftruncateSync(fd, 0);
    writeSync(fd, `${JSON.stringify(owner)}\n`, 0);
  } catch (error) {
    if (!hasErrorCode(error, 'ENOSPC', 'EDQUOT')) throw error;
  }
}

function isOwner(value: unknown): value is LockOwner {
  if (typeof value !== 'object' || value === null) return false;
  if (!('pid' in value && 'host' in value && 'bootId' in value && 'startTime' in value)) return false;
  const { pid, host, bootId, startTime } = value;
  return (
    Number.isInteger(pid) &&
    typeof host === 'string' &&
    typeof bootId === 'string' &&
    (startTime === null || typeof startTime === 'string')
  );
}

interface OwnerRecord {
  readonly text: string;
  readonly owner: LockOwner;
}

function readRecord(file: string): OwnerRecord | null {
  const reading = readSmallFile(file);
  if (reading.kind !== 'text') return null;
  try {
    const owner: unknown = JSON.parse(reading.text);
    return isOwner(owner) ? { text: reading.text, owner } : null;
  } catch {
    return null; // A half-written note: somebody is just taking the lock.
  }
}

/** Who noted itself last in a lock file; null when nobody did or the note cannot be read. */
export function readLockOwner(file: string): LockOwner | null {
  return readRecord(file)?.owner ?? null;
}

/** One try for the owner record beside the lock file. `link` makes it appear whole or not at all; no two are alike. */
function linkRecord(record: string, owner: LockOwner): boolean {
  const nonce = `${process.pid}.${process.hrtime.bigint()}`;
  const temp = `${record}.${nonce}`;
  try {
    const fd = openSync(temp, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      writeSync(fd, `${JSON.stringify({ ...owner, nonce })}\n`);
      fsyncSync(fd); // A record that a power cut left empty would name nobody, and nobody could prove it dead.
    } finally {
      closeSync(fd);
    }
    linkSync(temp, record);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return false;
    throw unwritable(record, error);
  } finally {
    rmSync(temp, { force: true });
  }
}

/**
 * Takes a dead owner's record away. Only who holds the guard of this very record may do it: without one, a slow breaker
 * would take away the record of the next, living owner. A guard is a record too, and one of a dead breaker is broken.
 */
function breakIfDead(record: string, self: LockOwner, world: LockWorld): void {
  const found = readRecord(record);
  if (found === null) return;
  const liveness = world.liveness(found.owner);
  if (liveness !== 'dead' && liveness !== 'other-boot') return;
  const guard = `${record}.breaking-${sha256Hex(found.text).slice(0, 16)}`;
  if (!linkRecord(guard, self)) {
    breakIfDead(guard, self, world);
    return;
  }
  try {
    if (readRecord(record)?.text === found.text) rmSync(record, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

const recordPollMs = 20;

async function takeRecord(record: string, owner: LockOwner, waitMs: number, world: LockWorld): Promise<boolean> {
  const startedMs = world.clock().monotonicMs;
  for (;;) {
    breakIfDead(record, owner, world);
    if (linkRecord(record, owner)) return true;
    if (world.clock().monotonicMs - startedMs >= waitMs) return false;
    await world.sleep(recordPollMs);
  }
}

/** Locks by owner record: for platforms without flock, such as macOS. */
export function ownerRecordLocks(world: LockWorld): TakeLock {
  return async (file, waitMs, runId) => {
    const record = `${file}.owner`;
    const owner: LockOwner = { ...world.self, runId };
    const fd = openLockFile(file);
    try {
      if (await takeRecord(record, owner, waitMs, world)) {
        noteOwner(fd, owner);
        const release = () => {
          rmSync(record, { force: true });
          closeSync(fd);
        };
        return { fd, release };
      }
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
    return null;
  };
}

/** Locks by the kernel where `flock` exists, else by owner record. */
export function kernelLocks(world: LockWorld): TakeLock {
  const fallback = ownerRecordLocks(world);
  return async (file, waitMs, runId) => {
    const fd = openLockFile(file);
    const answer = await flock(fd, waitMs);
    if (answer === 'taken') {
      noteOwner(fd, { ...world.self, runId });
      return { fd, release: () => closeSync(fd) };
    }
    closeSync(fd);
    return answer === 'busy' ? null : fallback(file, waitMs, runId);
  };
}
