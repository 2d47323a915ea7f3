import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import test from 'node:test';
import { withEvent } from '../scripts/core/controller.ts';
import { openStore } from '../scripts/effects/store.ts';
import { temporaryDirectory } from './helpers/repository.ts';
import {
  configFatal,
  dayMs,
  defaultBreakerPolicy,
  hourMs,
  isRefusal,
  journalLines,
  openTestStore,
  record,
  start,
  transient,
} from './helpers/state.ts';

const policy = defaultBreakerPolicy();
const baseMs = policy.quarantine.baseSeconds * 1000;
const failure = { ...transient(), runId: 'run-a', era: 0 };
const fatal = { ...configFatal(), runId: 'run-a', era: 0 };

test('what one store writes another one reads, equal in every part', async (t) => {
  const directory = temporaryDirectory(t);
  const written = await record(openTestStore(directory), fatal, policy);
  const reading = openTestStore(directory).read();
  assert.equal(reading.kind, 'read');
  assert.deepEqual(reading.controller, written);
});

test('each write makes the revision one larger, and the journal speaks of it', async (t) => {
  const store = openTestStore(temporaryDirectory(t));
  for (const revision of [1, 2, 3]) assert.equal((await record(store, failure, policy)).revision, revision);
  const revisions = journalLines(store.files.journal).map((line) => line.revision);
  assert.deepEqual([...new Set(revisions)], [1, 2, 3]);
});

test('a change that changes nothing writes nothing', async (t) => {
  const store = openTestStore(temporaryDirectory(t));
  await record(store, failure, policy);
  const before = [readFileSync(store.files.controller, 'utf8'), readFileSync(store.files.journal, 'utf8')];
  await store.update((controller) => ({ controller, entries: [] }));
  assert.deepEqual([readFileSync(store.files.controller, 'utf8'), readFileSync(store.files.journal, 'utf8')], before);
});

test('an opening is one journal line of high severity, said aloud once, with its end and its reason', async (t) => {
  const store = openTestStore(temporaryDirectory(t));
  await record(store, fatal, policy);
  await record(store, fatal, policy);
  const openings = journalLines(store.files.journal).filter((line) => line.event === 'circuit-open');
  assert.equal(openings.length, 1);
  assert.equal(openings[0]?.severity, 'high');
  assert.equal(openings[0]?.until, new Date(start + policy.configFatal.recheckSeconds * 1000).toISOString());
  assert.equal(openings[0]?.why, 'the entry point is missing');
  assert.deepEqual(
    store.alarms.map((entry) => entry.event),
    ['circuit-open'],
  );
});

test('a quarantine outlives a restart and ends at its time, not later', async (t) => {
  const directory = temporaryDirectory(t);
  const { clock } = openTestStore(directory);
  for (let count = 0; count < 3; count += 1) await record(openTestStore(directory, { clock }), failure, policy);
  clock.pass(baseMs - 1);
  assert.equal(
    (await record(openTestStore(directory, { clock }), { type: 'tick' }, policy)).circuits.promote.state,
    'open',
  );
  clock.pass(1);
  assert.equal(
    (await record(openTestStore(directory, { clock }), { type: 'tick' }, policy)).circuits.promote.state,
    'half-open',
  );
});

for (const jump of [-10 * dayMs, -hourMs, hourMs, 10 * dayMs]) {
  test(`a wall clock set by ${jump / hourMs} h within one boot neither frees nor prolongs a quarantine, however often it is written`, async (t) => {
    const store = openTestStore(temporaryDirectory(t));
    for (let count = 0; count < 3; count += 1) await record(store, failure, policy);
    store.clock.setWallBy(jump);
    for (let passed = 0; passed < baseMs - 1000; passed += 59_800) {
      assert.equal((await record(store, { type: 'tick' }, policy)).circuits.promote.state, 'open');
      store.clock.pass(59_800);
    }
    store.clock.pass(1000);
    assert.equal((await record(store, { type: 'tick' }, policy)).circuits.promote.state, 'half-open');
  });
}

test('two writes within one tick of a clock with fractions do not let a wall clock that was set free a quarantine', async (t) => {
  const directory = temporaryDirectory(t);
  let wallMs = start;
  const monotonicMs = 12_345.678_9 * 1000 + 0.6; // What os.uptime() gives is seldom a whole number of milliseconds.
  const store = openStore({
    directory,
    policy,
    retryTokens: 10,
    world: { clock: () => ({ wallMs, monotonicMs, bootId: 'boot' }) },
    takeLock: async () => ({ fd: -1, release: () => undefined }),
    onHighSeverity: () => undefined,
    onJournalLost: () => undefined,
  });
  for (let count = 0; count < 3; count += 1) await record(store, failure, policy);
  wallMs += 10 * dayMs;
  assert.equal((await record(store, { type: 'tick' }, policy)).circuits.promote.state, 'open');
});

test('after a reboot with the clock set back a quarantine costs at most its full length once more', async (t) => {
  const store = openTestStore(temporaryDirectory(t));
  for (let count = 0; count < 3; count += 1) await record(store, failure, policy);
  store.clock.reboot(-10 * dayMs);
  assert.equal((await record(store, { type: 'tick' }, policy)).circuits.promote.state, 'open');
  store.clock.pass(baseMs);
  assert.equal((await record(store, { type: 'tick' }, policy)).circuits.promote.state, 'half-open');
});

test('after a reboot with the clock ahead the time is believed', async (t) => {
  const store = openTestStore(temporaryDirectory(t));
  for (let count = 0; count < 3; count += 1) await record(store, failure, policy);
  store.clock.reboot(baseMs);
  assert.equal((await record(store, { type: 'tick' }, policy)).circuits.promote.state, 'half-open');
});

test('the state is for its owner alone, and a write leaves nothing else behind', async (t) => {
  const store = openTestStore(temporaryDirectory(t));
  await record(store, failure, policy);
  assert.equal(statSync(store.files.controller).mode & 0o777, 0o600);
  assert.equal(statSync(store.files.journal).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(store.files.directory).sort(), [
    'controller.json',
    'events.jsonl',
    'passes',
    'runs',
    'verdicts',
  ]);
});

test('a lock that stays busy is refused with 75, and nothing is written', async (t) => {
  const directory = temporaryDirectory(t);
  const store = openStore({
    directory,
    policy,
    retryTokens: 10,
    world: { clock: openTestStore(directory).clock.read },
    takeLock: async () => null,
    onHighSeverity: () => undefined,
    onJournalLost: () => undefined,
  });
  await assert.rejects(record(store, failure, policy), isRefusal('lock-busy', 75));
  assert.equal(store.read().kind, 'first-run');
});

test('the lock is released when the change throws, and nothing is written', async (t) => {
  let held = 0;
  const directory = temporaryDirectory(t);
  const store = openStore({
    directory,
    policy,
    retryTokens: 10,
    world: { clock: openTestStore(directory).clock.read },
    takeLock: () => {
      held += 1;
      return Promise.resolve({
        fd: -1,
        release: () => {
          held -= 1;
        },
      });
    },
    onHighSeverity: () => undefined,
    onJournalLost: () => undefined,
  });
  await assert.rejects(
    store.update(() => {
      throw new Error('a bug');
    }),
    /a bug/,
  );
  assert.equal(held, 0);
  assert.equal(store.read().kind, 'first-run');
});

test('a journal that cannot be written costs the journal line, not the controller, and is said', async (t) => {
  const store = openTestStore(temporaryDirectory(t));
  await store.update((controller, now) => {
    mkdirSync(store.files.journal); // Only now, after it was read: as when the disk breaks in between.
    return { controller: withEvent(controller, 'promote', fatal, policy, now), entries: [] };
  });
  assert.equal(store.journalLosses.length, 1);
  assert.deepEqual(
    store.alarms.map((entry) => entry.event),
    ['circuit-open'],
    'the alarm is raised all the same',
  );
  rmSync(store.files.journal, { recursive: true });
  assert.equal(store.read().controller.circuits.promote.state, 'open');
});
