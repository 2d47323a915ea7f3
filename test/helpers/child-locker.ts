/**
 * A child that takes a lock when it is told to. It says `ready`; it hears `take <kind> <file> <waitMs>`, `drop`,
 * `hand-on` (give the descriptor to a grandchild and let go) or `race <kind> <file> <flag> <waitMs>`, and answers each.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { hasErrorCode } from '../../scripts/core/outcome.ts';
import { type HeldLock, kernelLocks, ownerRecordLocks, type TakeLock } from '../../scripts/effects/lock.ts';
import { openWorld } from '../../scripts/effects/world.ts';

const world = openWorld();
const kinds: Readonly<Record<string, TakeLock>> = { kernel: kernelLocks(world), record: ownerRecordLocks(world) };
let held: HeldLock | null = null;

function locksOf(kind: string): TakeLock {
  const locks = kinds[kind];
  if (locks === undefined) throw new Error(`no such kind of lock: ${kind}`);
  return locks;
}

async function take([kind = '', file = '', waitMs = '0']: readonly string[]): Promise<string> {
  held = await locksOf(kind)(file, Number(waitMs), 'run-child');
  return held === null ? 'busy' : 'taken';
}

function drop(): string {
  held?.release();
  held = null;
  return 'dropped';
}

/** A grandchild that holds the descriptor until it is killed, as a git push that outlives its parent does. */
function handOn(): string {
  const grandchild = spawn('sleep', ['600'], { stdio: ['ignore', 'ignore', 'ignore', held?.fd], detached: true });
  grandchild.unref();
  return String(grandchild.pid);
}

/** Takes the lock, proves with an exclusive flag file that nobody else is inside, lets go. */
async function race([kind = '', file = '', flag = '', waitMs = '0']: readonly string[]): Promise<string> {
  const lock = await locksOf(kind)(file, Number(waitMs), 'run-child');
  if (lock === null) return 'busy';
  try {
    closeSync(openSync(flag, 'wx'));
    await new Promise((resolve) => setImmediate(resolve));
    rmSync(flag);
    return 'alone';
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST', 'ENOENT')) return 'two-owners';
    throw error;
  } finally {
    lock.release();
  }
}

function answer(verb: string, words: readonly string[]): Promise<string> | string {
  switch (verb) {
    case 'take':
      return take(words);
    case 'drop':
      return drop();
    case 'hand-on':
      return handOn();
    case 'race':
      return race(words);
    default:
      return `what is ${verb}?`;
  }
}

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [verb = '', ...words] = line.split(' ');
  try {
    process.stdout.write(`${await answer(verb, words)}\n`);
  } catch (error) {
    process.stdout.write(`threw ${String(error)}\n`);
  }
}
