import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { sha256Hex } from '../scripts/core/evidence.ts';
import { type HeldLock, type LockOwner, ownerRecordLocks, readLockOwner } from '../scripts/effects/lock.ts';
import { openWorld } from '../scripts/effects/world.ts';
import { type Child, startChild } from './helpers/children.ts';
import { temporaryDirectory } from './helpers/repository.ts';

const world = openWorld();
const takeLock = ownerRecordLocks(world);

/** The identity of a process that has certainly ended. */
function deadOwner(): LockOwner {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  return { ...world.self, pid, startTime: '1', runId: 'run-dead' };
}

function lockHeldBy(t: TestContext, owner: object): string {
  const file = path.join(temporaryDirectory(t), 'a.lock');
  writeFileSync(`${file}.owner`, `${JSON.stringify(owner)}\n`);
  return file;
}

const records = (file: string) => readdirSync(path.dirname(file)).filter((name) => name !== 'a.lock');

test('the record of a dead owner is broken', async (t) => {
  const file = lockHeldBy(t, deadOwner());
  const lock = await takeLock(file, 30_000, 'run-a');
  assert.ok(lock !== null);
  lock.release();
  assert.deepEqual(records(file), [], 'nothing is left beside the lock file');
});

test('the record of another boot is broken: its machine has been restarted since', async (t) => {
  const file = lockHeldBy(t, { ...world.self, bootId: 'an-earlier-boot', runId: null });
  assert.notEqual(await takeLock(file, 30_000, null), null);
});

const standing: readonly (readonly [string, object])[] = [
  ['a living owner', { ...world.self, runId: null }],
  ['an owner on another host', { ...deadOwner(), host: 'another-host' }],
  ['an owner on another host and boot', { ...deadOwner(), host: 'another-host', bootId: 'another-boot' }],
  [
    'an owner whose start time nobody knows, with a pid that is in use',
    { ...world.self, startTime: null, runId: null },
  ],
  ['nobody that can be read', { pid: 1 }],
];

for (const [whose, owner] of standing) {
  test(`the record of ${whose} is not broken`, async (t) => {
    const file = lockHeldBy(t, owner);
    const before = readFileSync(`${file}.owner`, 'utf8');
    assert.equal(await takeLock(file, 60, null), null);
    assert.equal(readFileSync(`${file}.owner`, 'utf8'), before);
    assert.deepEqual(records(file), ['a.lock.owner'], 'nothing else is left either');
  });
}

/** Where a process that takes away the record with this text notes itself, so that no other one does. */
function guardOf(file: string): string {
  const text = readFileSync(`${file}.owner`, 'utf8');
  return `${file}.owner.breaking-${sha256Hex(text).slice(0, 16)}`;
}

test('one who died while breaking a dead record is broken in turn', async (t) => {
  const file = lockHeldBy(t, deadOwner());
  writeFileSync(guardOf(file), JSON.stringify({ ...deadOwner(), runId: 'run-breaker' }));
  const lock = await takeLock(file, 30_000, 'run-a');
  assert.ok(lock !== null);
  lock.release();
  assert.deepEqual(records(file), []);
});

test('while a living process breaks a dead record no other one does', async (t) => {
  const file = lockHeldBy(t, deadOwner());
  writeFileSync(guardOf(file), JSON.stringify({ ...world.self, runId: 'run-breaker' }));
  assert.equal(await takeLock(file, 60, 'run-a'), null);
  assert.equal(existsSync(`${file}.owner`), true);
});

test('one that is slow to break a dead record does not touch the record of the living owner that came before it', async (t) => {
  const file = lockHeldBy(t, deadOwner());
  const taken: Promise<HeldLock | null>[] = [];
  const changedAt = () => statSync(`${file}.owner`, { bigint: true }).ctimeNs;
  let before = 0n;
  const slow = ownerRecordLocks({
    ...world,
    liveness: (owner) => {
      const seen = world.liveness(owner);
      if (taken.length > 0) return seen;
      taken.push(takeLock(file, 0, 'run-quick')); // Between what the slow one sees and what it does about it.
      before = changedAt();
      return seen;
    },
  });
  assert.equal(await slow(file, 0, 'run-slow'), null);
  assert.equal(changedAt(), before, 'the record was not even moved for a moment');
  const quick = await taken[0];
  assert.ok(quick);
  assert.equal(readLockOwner(`${file}.owner`)?.runId, 'run-quick');
  quick.release();
  assert.deepEqual(records(file), []);
});

test('16 processes that meet a dead record are never two inside, in 30 trials, and each gets its turn', async (t) => {
  const children: Child[] = Array.from({ length: 16 }, () => startChild(t, 'child-locker.ts'));
  for (const child of children) assert.equal(await child.says(), 'ready');
  for (let trial = 0; trial < 30; trial += 1) {
    const file = lockHeldBy(t, deadOwner());
    for (const child of children) child.tell(`race record ${file} ${file}.inside 120000`);
    const answers = await Promise.all(children.map((child) => child.says()));
    assert.deepEqual(
      answers,
      children.map(() => 'alone'),
      `trial ${trial}`,
    );
    assert.deepEqual(records(file), [], `trial ${trial} leaves nothing behind`);
  }
});
