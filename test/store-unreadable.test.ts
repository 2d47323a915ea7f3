import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { admits } from '../scripts/core/breaker.ts';
import { newCircuit } from '../scripts/core/circuit-steps.ts';
import { temporaryDirectory } from './helpers/repository.ts';
import { defaultBreakerPolicy, isRefusal, openTestStore, record, success, type TestStore } from './helpers/state.ts';

const policy = defaultBreakerPolicy();
const baseMs = policy.quarantine.baseSeconds * 1000;
const isRoot = process.getuid?.() === 0;

/** A store that has been written three times, everything closed. */
async function usedStore(t: TestContext): Promise<TestStore> {
  const store = openTestStore(path.join(temporaryDirectory(t), 'loopbreaker'));
  for (let count = 0; count < 3; count += 1) await record(store, { ...success, runId: 'run-a', era: 0 }, policy);
  return store;
}

/** What every unreadable state must do: refuse without a throw, be kept aside, and free itself after the base time. */
async function assertFailsClosed(store: TestStore, says: string): Promise<void> {
  const reading = store.read();
  assert.equal(reading.kind, 'unreadable', says);
  for (const circuit of Object.values(reading.controller.circuits)) {
    assert.equal(circuit.state, 'open', says);
    assert.equal(admits(circuit, store.now()).admitted, false, says);
  }
  const after = await record(store, { type: 'tick' }, policy);
  assert.equal(store.read().kind, 'read', `${says}: a new valid file is in place`);
  assert.equal(after.circuits.agent.state, 'open', says);
  assert.equal(after.circuits.promote.state, 'open', says);
  assert.equal(
    store.alarms.some((entry) => entry.event === 'state-unreadable'),
    true,
    `${says}: it is said aloud`,
  );
  store.clock.pass(baseMs - 1);
  assert.equal((await record(store, { type: 'tick' }, policy)).circuits.promote.state, 'open', says);
  store.clock.pass(1);
  assert.equal((await record(store, { type: 'tick' }, policy)).circuits.promote.state, 'half-open', says);
}

const setAside = (store: TestStore): readonly string[] =>
  readdirSync(store.files.directory).filter((name) => name.includes('.unreadable-'));

test('the first run, with neither controller nor journal, is closed', (t) => {
  const store = openTestStore(temporaryDirectory(t));
  const reading = store.read();
  assert.equal(reading.kind, 'first-run');
  assert.deepEqual(Object.values(reading.controller.circuits), [newCircuit, newCircuit]);
});

interface Damage {
  readonly says: string;
  readonly damage: (store: TestStore) => void;
  readonly skip?: boolean | string;
}

const replacedBy = (text: string | Uint8Array) => (store: TestStore) => writeFileSync(store.files.controller, text);
const edited = (edit: (text: string) => string) => (store: TestStore) =>
  writeFileSync(store.files.controller, edit(readFileSync(store.files.controller, 'utf8')));
const inPlaceOf = (file: 'controller' | 'journal', make: (file: string) => void) => (store: TestStore) => {
  rmSync(store.files[file]);
  make(store.files[file]);
};
const mkfifo = (file: string) => execFileSync('mkfifo', [file]);

const damages: readonly Damage[] = [
  { says: 'an empty file', damage: replacedBy('') },
  { says: 'an empty object', damage: replacedBy('{}') },
  { says: 'null', damage: replacedBy('null') },
  { says: 'an array', damage: replacedBy('[]') },
  { says: 'zero bytes as long as before', damage: (store) => replacedBy(Buffer.alloc(1500))(store) },
  { says: 'bytes that are no text', damage: replacedBy(Buffer.from([0xff, 0xfe, 0x80, 0x00])) },
  { says: 'a file of 70 KiB', damage: edited((text) => `${text}${' '.repeat(70 * 1024)}`) },
  { says: 'a file of 2 MiB', damage: replacedBy(' '.repeat(2 * 1024 * 1024)) },
  { says: 'a newer version', damage: edited((text) => text.replace('"version": 1', '"version": 2')) },
  { says: 'an unknown key', damage: edited((text) => text.replace('"version": 1', '"version": 1, "colour": "red"')) },
  { says: 'the same key twice', damage: edited((text) => text.replace('"version": 1', '"version": 1, "version": 1')) },
  {
    says: 'a revision that is older than the journal',
    damage: edited((text) => text.replace(/"revision": \d+/, '"revision": 1')),
  },
  { says: 'month 99 in a time', damage: edited((text) => text.replace('"2026-01-', '"2026-99-')) },
  {
    says: 'an open circuit without an end',
    damage: edited((text) => text.replace('"state": "closed"', '"state": "open"')),
  },
  {
    says: 'a state that does not exist',
    damage: edited((text) => text.replace('"state": "closed"', '"state": "ajar"')),
  },
  { says: 'a git conflict marker', damage: edited((text) => `<<<<<<< HEAD\n${text}`) },
  { says: 'the text twice', damage: edited((text) => text + text) },
  { says: 'a folder in its place', damage: inPlaceOf('controller', (file) => mkdirSync(file)) },
  {
    says: 'a folder with something in it in its place',
    damage: inPlaceOf('controller', (file) => mkdirSync(path.join(file, 'x'), { recursive: true })),
  },
  { says: 'a FIFO in its place', damage: inPlaceOf('controller', mkfifo) },
  { says: 'a dangling symlink in its place', damage: inPlaceOf('controller', (file) => symlinkSync('nowhere', file)) },
  {
    says: 'a symlink to a valid file in its place',
    damage: inPlaceOf('controller', (file) => symlinkSync('elsewhere.json', file)),
  },
  {
    says: 'no permission to read',
    damage: (store) => chmodSync(store.files.controller, 0),
    skip: isRoot && 'root may read everything',
  },
  { says: 'the controller gone, the journal there', damage: (store) => rmSync(store.files.controller) },
  { says: 'the journal a folder', damage: inPlaceOf('journal', (file) => mkdirSync(file)) },
  { says: 'the journal a FIFO', damage: inPlaceOf('journal', mkfifo) },
  { says: 'the journal a dangling symlink', damage: inPlaceOf('journal', (file) => symlinkSync('nowhere', file)) },
];

for (const { says, damage, skip = false } of damages) {
  test(`both circuits are open, and free themselves: ${says}`, { skip }, async (t) => {
    const store = await usedStore(t);
    damage(store);
    await assertFailsClosed(store, says);
    const isGone = says.startsWith('the controller gone');
    assert.equal(setAside(store).length > 0, !isGone, 'what could not be read is kept');
  });
}

test('at every prefix of a valid controller both circuits are open', async (t) => {
  const store = await usedStore(t);
  const bytes = readFileSync(store.files.controller);
  const whole = bytes.subarray(0, bytes.length - 1); // The last byte is a newline, without which it is still whole.
  for (let length = 0; length < whole.length; length += 1) {
    writeFileSync(store.files.controller, bytes.subarray(0, length));
    const reading = store.read();
    assert.equal(reading.kind, 'unreadable', `${length} bytes`);
    const states = Object.values(reading.controller.circuits).map((circuit) => circuit.state);
    assert.deepEqual(states, ['open', 'open'], `${length} bytes`);
  }
  await assertFailsClosed(store, 'all but the last brace');
});

test('the file that is put aside holds, byte for byte, what could not be read', async (t) => {
  const store = await usedStore(t);
  writeFileSync(store.files.controller, '{ "half": ');
  await record(store, { type: 'tick' }, policy);
  const [name = ''] = setAside(store);
  assert.equal(readFileSync(path.join(store.files.directory, name), 'utf8'), '{ "half": ');
});

test('two corruptions in one millisecond leave two copies', async (t) => {
  const store = await usedStore(t);
  for (const text of ['one', 'two']) {
    writeFileSync(store.files.controller, text);
    await record(store, { type: 'tick' }, policy);
  }
  const kept = setAside(store).map((name) => readFileSync(path.join(store.files.directory, name), 'utf8'));
  assert.deepEqual(kept.sort(), ['one', 'two']);
});

test('revision goes on from the journal when the controller cannot be read, and from the controller when the journal cannot', async (t) => {
  const first = await usedStore(t);
  writeFileSync(first.files.controller, '');
  assert.equal((await record(first, { type: 'tick' }, policy)).revision, 4);
  const second = await usedStore(t);
  rmSync(second.files.journal);
  mkdirSync(second.files.journal);
  assert.equal((await record(second, { type: 'tick' }, policy)).revision, 4);
});

test('an old journal that cannot be read is set aside like the current one, and then all is well again', async (t) => {
  const store = await usedStore(t);
  mkdirSync(`${store.files.journal}.old`);
  assert.equal(store.read().kind, 'unreadable');
  await record(store, { type: 'tick' }, policy);
  assert.equal(store.read().kind, 'read');
});

test('a torn last line of the journal is no damage', async (t) => {
  const store = await usedStore(t);
  writeFileSync(store.files.journal, '{"at":"2026-01-05T00:00:00.000Z","event":"x","rev', { flag: 'a' });
  assert.equal(store.read().kind, 'read');
  await record(store, { type: 'tick' }, policy);
  assert.equal(store.read().kind, 'read');
});

test('a journal line with an impossible revision blocks nothing for ever', async (t) => {
  for (const revision of ['1e300', '-5', '"many"', 'null', '{}', '3.5', '1000000000']) {
    const store = await usedStore(t);
    writeFileSync(store.files.journal, `{"at":"x","event":"y","revision":${revision}}\n`, { flag: 'a' });
    writeFileSync(store.files.controller, '');
    await assertFailsClosed(store, `revision ${revision}`);
  }
});

test('a controller at the last revision or era that its schema allows blocks nothing for ever', async (t) => {
  for (const key of ['revision', 'era']) {
    const store = await usedStore(t);
    edited((text) => text.replaceAll(new RegExp(`"${key}": \\d+`, 'g'), `"${key}": 1000000000`))(store);
    await record(store, { type: 'clear' }, policy);
    assert.equal(store.read().kind, 'read', key);
  }
});

test('a write that would not be readable again does not take the place of one that is', async (t) => {
  const store = await usedStore(t);
  const before = readFileSync(store.files.controller, 'utf8');
  const broken = store.update((controller) => ({
    controller: { ...controller, retryTokens: Number.NaN },
    entries: [],
  }));
  await assert.rejects(broken, /refusing to write/);
  assert.equal(readFileSync(store.files.controller, 'utf8'), before);
});

test('a reason or a name of any length is written, shortened if need be, and never makes the state unreadable', async (t) => {
  const store = await usedStore(t);
  await record(store, { type: 'hold', by: 'b'.repeat(5000), why: 'w'.repeat(50_000) }, policy);
  assert.equal(store.read().kind, 'read');
  assert.equal(store.read().controller.circuits.promote.state, 'held');
});

test('a state directory that cannot be one is refused with the one thing to do, not with a stack', (t) => {
  const directory = path.join(temporaryDirectory(t), 'state');
  writeFileSync(directory, '');
  assert.throws(() => openTestStore(directory), isRefusal('state-unwritable', 78));
});
