import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { readSmallFile, writeAtomically } from '../scripts/effects/atomic-file.ts';
import { temporaryDirectory } from './helpers/repository.ts';
import { defaultBreakerPolicy, isRefusal, openTestStore, record, success, transient } from './helpers/state.ts';

const isRoot = process.getuid?.() === 0;

/** A file system of 128 KiB, or the reason why there is none here. */
function smallDisk(t: TestContext): string | null {
  let mounted = false;
  const unmountFirst = (dispose: () => void) =>
    t.after(() => {
      if (mounted) execFileSync('umount', ['-l', directory]);
      dispose();
    });
  const directory = temporaryDirectory({ after: unmountFirst });
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', directory], { encoding: 'utf8' });
  mounted = mount.status === 0;
  if (!mounted) return null;
  return directory;
}

/** Fills a file system to the last byte; the returned function makes room again. */
function fill(directory: string): () => void {
  const filler = path.join(directory, 'filler');
  for (const size of [4096, 1]) {
    const chunk = 'x'.repeat(size);
    for (let count = 0; count < 4096; count += 1) {
      try {
        writeFileSync(filler, chunk, { flag: 'a' });
      } catch {
        break; // Full: that is what we came for.
      }
    }
  }
  return () => rmSync(filler);
}

const needsMount = isRoot && process.platform === 'linux' ? false : 'mounting a small disk needs root on Linux';

test('on a full disk a write is refused with 78, the old file is intact and no temp file is left', {
  skip: needsMount,
}, (t) => {
  const directory = smallDisk(t);
  if (directory === null) return t.skip('this machine does not let us mount a tmpfs');
  const file = path.join(directory, 'state.json');
  writeAtomically(file, 'old');
  const makeRoom = fill(directory);
  assert.throws(() => writeAtomically(file, 'n'.repeat(8192)), isRefusal('disk-full', 78));
  assert.equal(readFileSync(file, 'utf8'), 'old');
  assert.deepEqual(readdirSync(directory).sort(), ['filler', 'state.json']);
  makeRoom();
  writeAtomically(file, 'new');
  assert.equal(readFileSync(file, 'utf8'), 'new');
});

test('on a disk that fills up the controller stays readable, and goes on when there is room again', {
  skip: needsMount,
}, async (t) => {
  const directory = smallDisk(t);
  if (directory === null) return t.skip('this machine does not let us mount a tmpfs');
  const policy = defaultBreakerPolicy();
  const store = openTestStore(directory, { policy });
  const failed = { ...transient(), runId: 'run-a', era: 0 };
  const before = await record(store, failed, policy);
  const makeRoom = fill(directory);
  await assert.rejects(record(store, failed, policy), isRefusal('disk-full', 78));
  assert.deepEqual(store.read().controller, before, 'what could not be written did not happen');
  makeRoom();
  assert.equal((await record(store, { ...success, runId: 'run-a', era: 0 }, policy)).revision, before.revision + 1);
});

test('in a directory that may not be written a write is refused with 78', {
  skip: isRoot && 'root may write everywhere',
}, (t) => {
  const directory = temporaryDirectory(t);
  const file = path.join(directory, 'state.json');
  writeAtomically(file, 'old');
  chmodSync(directory, 0o500);
  try {
    assert.throws(() => writeAtomically(file, 'new'), isRefusal('state-unwritable', 78));
    assert.equal(readFileSync(file, 'utf8'), 'old');
  } finally {
    chmodSync(directory, 0o700);
  }
});

test('on a file system that is mounted read-only a write is refused with 78', { skip: needsMount }, (t) => {
  const directory = smallDisk(t);
  if (directory === null) return t.skip('this machine does not let us mount a tmpfs');
  const file = path.join(directory, 'state.json');
  writeAtomically(file, 'old');
  execFileSync('mount', ['-o', 'remount,ro', directory]);
  assert.throws(() => writeAtomically(file, 'new'), isRefusal('state-unwritable', 78));
  assert.equal(readFileSync(file, 'utf8'), 'old');
});

test('a directory that does not exist, or is in the place of the file, is refused with 78 and no temp file is left', (t) => {
  const directory = temporaryDirectory(t);
  assert.throws(
    () => writeAtomically(path.join(directory, 'gone', 'state.json'), 'new'),
    isRefusal('state-unwritable', 78),
  );
  mkdirSync(path.join(directory, 'state.json'));
  assert.throws(() => writeAtomically(path.join(directory, 'state.json'), 'new'), isRefusal('state-unwritable', 78));
  assert.deepEqual(readdirSync(directory), ['state.json']);
});

test('a write replaces the file whole, for its owner alone, and leaves nothing beside it', (t) => {
  const directory = temporaryDirectory(t);
  const file = path.join(directory, 'state.json');
  for (const text of ['a long first text', 'short', '']) {
    writeAtomically(file, text);
    assert.equal(readFileSync(file, 'utf8'), text);
  }
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(directory), ['state.json']);
});

test('a link in the place of the file is replaced; what it points to is not written', (t) => {
  const directory = temporaryDirectory(t);
  const file = path.join(directory, 'state.json');
  writeFileSync(path.join(directory, 'precious'), 'precious');
  symlinkSync('precious', file);
  writeAtomically(file, 'new');
  assert.equal(readFileSync(path.join(directory, 'precious'), 'utf8'), 'precious');
  assert.equal(readFileSync(file, 'utf8'), 'new');
});

test('reading tells apart what is there, what is not, and what is no small regular file, and never blocks', (t) => {
  const directory = temporaryDirectory(t);
  const at = (name: string) => path.join(directory, name);
  writeFileSync(at('text'), 'héllo');
  writeFileSync(at('giant'), Buffer.alloc(1024 * 1024 + 1));
  mkdirSync(at('folder'));
  symlinkSync('text', at('link'));
  symlinkSync('nowhere', at('dangling'));
  execFileSync('mkfifo', [at('fifo')]);
  assert.deepEqual(readSmallFile(at('text')), { kind: 'text', text: 'héllo' });
  assert.deepEqual(readSmallFile(at('gone')), { kind: 'absent' });
  for (const name of ['giant', 'folder', 'link', 'dangling', 'fifo', 'text/below']) {
    assert.equal(readSmallFile(at(name)).kind, 'unreadable', name);
  }
});
