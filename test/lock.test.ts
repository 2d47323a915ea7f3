import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { kernelLocks, ownerRecordLocks, readLockOwner, type TakeLock } from '../scripts/effects/lock.ts';
import { openWorld } from '../scripts/effects/world.ts';
import { type Child, startChild } from './helpers/children.ts';
import { temporaryDirectory } from './helpers/repository.ts';
import { isRefusal } from './helpers/state.ts';

const world = openWorld();
const kinds: readonly (readonly ['kernel' | 'record', TakeLock])[] = [
  ['kernel', kernelLocks(world)],
  ['record', ownerRecordLocks(world)],
];

async function readyChild(t: TestContext): Promise<Child> {
  const child = startChild(t, 'child-locker.ts');
  assert.equal(await child.says(), 'ready');
  return child;
}

function ask(child: Child, line: string): Promise<string> {
  child.tell(line);
  return child.says();
}

for (const [kind, takeLock] of kinds) {
  test(`${kind} lock: while one process holds it no other one gets it, and after its release the next one does`, async (t) => {
    const file = path.join(temporaryDirectory(t), 'a.lock');
    const [first, second] = await Promise.all([readyChild(t), readyChild(t)]);
    assert.equal(await ask(first, `take ${kind} ${file} 0`), 'taken');
    assert.equal(await ask(second, `take ${kind} ${file} 0`), 'busy');
    assert.equal(await ask(second, `take ${kind} ${file} 150`), 'busy');
    assert.equal(await takeLock(file, 0, null), null);
    assert.equal(await ask(first, 'drop'), 'dropped');
    assert.equal(await ask(second, `take ${kind} ${file} 0`), 'taken');
    assert.equal(await ask(first, `take ${kind} ${file} 0`), 'busy');
  });

  test(`${kind} lock: a killed owner frees it`, async (t) => {
    const file = path.join(temporaryDirectory(t), 'a.lock');
    const child = await readyChild(t);
    assert.equal(await ask(child, `take ${kind} ${file} 0`), 'taken');
    child.process.kill('SIGKILL');
    assert.equal(await child.ended, 'SIGKILL');
    const lock = await takeLock(file, 30_000, 'run-next');
    assert.ok(lock !== null);
    assert.equal(readLockOwner(file)?.pid, process.pid, 'the note says who holds it now');
    lock.release();
  });

  test(`${kind} lock: one who waits gets it when it is released within the wait`, async (t) => {
    const file = path.join(temporaryDirectory(t), 'a.lock');
    const child = await readyChild(t);
    assert.equal(await ask(child, `take ${kind} ${file} 0`), 'taken');
    const waiting = takeLock(file, 30_000, null);
    child.tell('drop');
    const lock = await waiting;
    assert.ok(lock !== null);
    lock.release();
  });

  test(`${kind} lock: it can be taken again and again by one process, and not twice at once`, async (t) => {
    const file = path.join(temporaryDirectory(t), 'a.lock');
    for (let count = 0; count < 5; count += 1) {
      const lock = await takeLock(file, 0, 'run-a');
      assert.ok(lock !== null);
      assert.equal(await takeLock(file, 0, 'run-b'), null);
      assert.equal(readLockOwner(file)?.runId, 'run-a');
      lock.release();
    }
  });

  test(`${kind} lock: a folder or a link in its place, or a missing directory, is refused with 78`, async (t) => {
    const directory = temporaryDirectory(t);
    mkdirSync(path.join(directory, 'folder.lock'));
    writeFileSync(path.join(directory, 'precious'), 'precious');
    symlinkSync('precious', path.join(directory, 'link.lock'));
    for (const name of ['folder.lock', 'link.lock', 'gone/a.lock']) {
      await assert.rejects(takeLock(path.join(directory, name), 0, null), isRefusal('state-unwritable', 78), name);
      await assert.rejects(
        takeLock(path.join(directory, name), 0, null),
        isRefusal('state-unwritable', 78),
        `${name} again`,
      );
    }
    assert.equal(readFileSync(path.join(directory, 'precious'), 'utf8'), 'precious');
  });
}

test('kernel lock: the descriptor that a child inherits keeps it after the owner is gone, until that child ends too', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.lock');
  const locks = kernelLocks(world);
  const child = await readyChild(t);
  assert.equal(await ask(child, `take kernel ${file} 0`), 'taken');
  const orphan = Number(await ask(child, 'hand-on'));
  t.after(() => execFileSync('sh', ['-c', `kill -9 ${orphan} 2>/dev/null || :`]));
  child.process.kill('SIGKILL');
  await child.ended;
  assert.equal(await locks(file, 100, null), null, 'the orphan holds it');
  process.kill(orphan, 'SIGKILL');
  const lock = await locks(file, 30_000, null);
  assert.ok(lock !== null);
  lock.release();
});

test('kernel lock: the lock file itself is never unlinked, so that nobody waits at a file that is gone', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.lock');
  const lock = await kernelLocks(world)(file, 0, null);
  lock?.release();
  assert.ok(existsSync(file));
});

test('kernel lock: without the flock program an owner record stands in', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a.lock');
  const before = process.env.PATH;
  t.after(() => {
    process.env.PATH = before;
  });
  process.env.PATH = '/nonexistent';
  const lock = await kernelLocks(world)(file, 0, 'run-a');
  assert.ok(lock !== null);
  assert.ok(existsSync(`${file}.owner`));
  assert.equal(await kernelLocks(world)(file, 0, 'run-b'), null);
  lock.release();
  assert.equal(existsSync(`${file}.owner`), false);
});

test('nobody is named as the owner of a lock whose note is missing, torn, or somebody else’s text', (t) => {
  const directory = temporaryDirectory(t);
  const file = path.join(directory, 'a.lock');
  assert.equal(readLockOwner(file), null);
  for (const text of [
    '',
    '{"pid":',
    'null',
    '[]',
    '{"pid":1}',
    '{"host":"h","bootId":"b","pid":"many","startTime":7}',
  ]) {
    writeFileSync(file, text);
    assert.equal(readLockOwner(file), null, text);
  }
});

test('a process that has ended is dead, one that runs is alive, one of another host or boot is neither', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  const pid = child.pid ?? 0;
  const identity = { ...world.self, pid };
  assert.equal(world.liveness(world.self), 'alive');
  await new Promise((resolve) => child.on('close', resolve));
  assert.equal(world.liveness(identity), 'dead');
  assert.equal(world.liveness({ ...world.self, startTime: '1' }), 'dead', 'its pid belongs to somebody else by now');
  assert.equal(world.liveness({ ...world.self, startTime: null }), 'unknown', 'who started when cannot be told');
  assert.equal(world.liveness({ ...identity, bootId: 'another' }), 'other-boot');
  assert.equal(world.liveness({ ...identity, host: 'another' }), 'unknown');
  assert.equal(world.liveness({ ...identity, host: 'another', bootId: 'another' }), 'unknown');
});
