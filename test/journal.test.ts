import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { next } from '../scripts/core/breaker.ts';
import { newCircuit } from '../scripts/core/circuit-steps.ts';
import { transitionsBetween } from '../scripts/core/journal.ts';
import {
  appendJournal,
  journalBytesMax,
  lastRevision,
  oldJournal,
  readJournalTail,
} from '../scripts/effects/journal.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { temporaryDirectory } from './helpers/repository.ts';
import {
  controllerWith,
  defaultBreakerPolicy,
  halfOpened,
  journalLines,
  openedByConfig,
  start,
} from './helpers/state.ts';

const at = '2026-01-05T00:00:00.000Z';
const policy = defaultBreakerPolicy();

const fileIn = (directory: string) => path.join(directory, 'events.jsonl');
const entry = (event: string) => ({ event, severity: 'info' }) as const;

test('what is appended is read, oldest first, each line a valid event', (t) => {
  const file = fileIn(temporaryDirectory(t));
  appendJournal(
    file,
    [
      entry('controller-written'),
      { ...entry('held'), circuit: 'agent', by: 'ada', why: 'a "quoted"\nreason', run: undefined },
    ],
    at,
    7,
  );
  appendJournal(file, [{ ...entry('agent-begun'), run: 'run-1' }], at);
  const tail = readJournalTail(file);
  assert.ok(tail.kind === 'lines');
  assert.deepEqual(
    tail.lines.map((line) => line.event),
    ['controller-written', 'held', 'agent-begun'],
  );
  assert.deepEqual(
    tail.lines.map((line) => line.revision),
    [7, 7, undefined],
  );
  for (const line of journalLines(file)) assert.deepEqual(validateDocument('journal-event', line, 'events.jsonl'), []);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('nothing to append makes no file', (t) => {
  const file = fileIn(temporaryDirectory(t));
  appendJournal(file, [], at);
  assert.deepEqual(readJournalTail(file), { kind: 'absent' });
});

test('a torn last line is ended before the next one, so that only itself is lost', (t) => {
  const file = fileIn(temporaryDirectory(t));
  appendJournal(file, [entry('one'), entry('two')], at, 3);
  truncateSync(file, statSync(file).size - 9);
  appendJournal(file, [entry('three')], at, 4);
  const tail = readJournalTail(file);
  assert.ok(tail.kind === 'lines');
  assert.deepEqual(
    tail.lines.map((line) => line.event),
    ['one', 'three'],
  );
  assert.equal(lastRevision(tail), 4);
});

test('at every length to which a crash may cut it the journal is readable and its whole lines speak', (t) => {
  const file = fileIn(temporaryDirectory(t));
  appendJournal(file, [entry('one')], at, 1);
  const first = statSync(file).size;
  appendJournal(file, [entry('two')], at, 2);
  const bytes = readFileSync(file);
  for (let length = bytes.length; length >= 0; length -= 1) {
    writeFileSync(file, bytes.subarray(0, length));
    const tail = readJournalTail(file);
    const expected = length >= bytes.length - 1 ? 2 : length >= first - 1 ? 1 : 0; // A line is whole without its newline.
    assert.equal(lastRevision(tail), expected, `${length} bytes`);
  }
});

test('lines that are no events are passed over', (t) => {
  const file = fileIn(temporaryDirectory(t));
  writeFileSync(file, 'null\n[]\n"x"\n7\n{}\n\u0000\u0000\n{"event":"x"}\n<<<<<<< HEAD\n');
  appendJournal(file, [entry('one')], at, 5);
  const tail = readJournalTail(file);
  assert.ok(tail.kind === 'lines');
  assert.deepEqual(
    tail.lines.map((line) => line.event),
    ['one'],
  );
});

test('a revision that could not have been counted is not believed', (t) => {
  const file = fileIn(temporaryDirectory(t));
  appendJournal(file, [entry('one')], at, 5);
  for (const revision of ['1e300', '-1', '2.5', '"9"', 'null', '[9]', '1000000001']) {
    writeFileSync(file, `{"at":"x","event":"y","revision":${revision}}\n`, { flag: 'a' });
    assert.equal(lastRevision(readJournalTail(file)), 5, revision);
  }
});

test('the last revision is found in a journal of many megabytes, whose first part is not read', (t) => {
  const file = fileIn(temporaryDirectory(t));
  writeFileSync(file, `${JSON.stringify({ at, ...entry('old'), revision: 999 })}\n`.repeat(100_000));
  const many = Array.from({ length: 2000 }, (_, index) => entry(`new-${index}`));
  appendJournal(file, many, at, 1000);
  assert.equal(lastRevision(readJournalTail(file)), 1000);
});

test('a full journal becomes the old one, the one before it goes, and readers see over the border', (t) => {
  const file = fileIn(temporaryDirectory(t));
  const events = () => {
    const tail = readJournalTail(file);
    return tail.kind === 'lines' ? tail.lines.map((line) => line.event) : [];
  };
  const line = `${JSON.stringify({ at, ...entry('filling'), revision: 7 })}\n`;
  writeFileSync(oldJournal(file), 'the journal before last');
  writeFileSync(file, line.repeat(Math.ceil(journalBytesMax / line.length)));
  appendJournal(file, [entry('first of the new one')], at, 8);
  assert.equal(journalLines(file).length, 1);
  assert.ok(statSync(oldJournal(file)).size >= journalBytesMax);
  assert.deepEqual(events().slice(-2), ['filling', 'first of the new one']);
  truncateSync(oldJournal(file), journalBytesMax - 3);
  assert.deepEqual(events().slice(-2), ['filling', 'first of the new one'], 'a torn last line of the old one too');
  // A crash right after the rename: the new journal has not been begun.
  rmSync(file);
  assert.equal(lastRevision(readJournalTail(file)), 7);
});

test('an old journal that cannot be read is not taken for none', (t) => {
  const file = fileIn(temporaryDirectory(t));
  appendJournal(file, [entry('one')], at, 1);
  mkdirSync(oldJournal(file));
  assert.equal(readJournalTail(file).kind, 'unreadable');
});

test('one entry of a megabyte is shortened to a valid line of a few KiB that keeps its revision', (t) => {
  const file = fileIn(temporaryDirectory(t));
  appendJournal(file, [{ ...entry('big'), severity: 'high', why: 'x'.repeat(1024 * 1024) }], at, 9);
  assert.ok(statSync(file).size < 4096);
  const [line] = journalLines(file);
  assert.deepEqual([line?.event, line?.severity, line?.revision], ['big', 'high', 9]);
});

test('an entry with a long detail other than its reason is shortened too', (t) => {
  const file = fileIn(temporaryDirectory(t));
  appendJournal(file, [{ ...entry('big'), branch: 'b'.repeat(100_000) }], at, 9);
  assert.ok(statSync(file).size <= 4097, `${statSync(file).size} bytes`);
  assert.equal(lastRevision(readJournalTail(file)), 9);
});

test('a folder or a link in its place is unreadable, and nothing is written through the link', (t) => {
  const directory = temporaryDirectory(t);
  const folder = path.join(directory, 'folder');
  const link = path.join(directory, 'link');
  mkdirSync(folder);
  writeFileSync(path.join(directory, 'precious'), 'precious');
  symlinkSync('precious', link);
  for (const file of [folder, link]) {
    assert.equal(readJournalTail(file).kind, 'unreadable');
    assert.throws(() => appendJournal(file, [entry('one')], at, 1));
  }
  assert.equal(readFileSync(path.join(directory, 'precious'), 'utf8'), 'precious');
});

test('opening and holding are of high severity, closing and half-opening are not, and no change says nothing', () => {
  const said = (before: Parameters<typeof controllerWith>[0], after: Parameters<typeof controllerWith>[0]) =>
    transitionsBetween(controllerWith(before), controllerWith(after)).map(
      (line) => `${line.circuit} ${line.event} ${line.severity}`,
    );
  const held = next(newCircuit, { type: 'hold', by: 'ada', why: 'today' }, policy, start);
  assert.deepEqual(said(newCircuit, openedByConfig(policy)), ['promote circuit-open high']);
  assert.deepEqual(said(newCircuit, held), ['promote circuit-held high']);
  assert.deepEqual(said(held, next(held, { type: 'clear' }, policy, start)), ['promote circuit-closed info']);
  assert.deepEqual(said(openedByConfig(policy), halfOpened(policy)), ['promote circuit-half-open info']);
  assert.deepEqual(said(newCircuit, { ...newCircuit, consecutiveFailures: 2 }), []);
});

test('each kind of event has its keys, and one that lacks any of them or that nobody writes is no valid line', () => {
  const problemsOf = (line: object) => validateDocument('journal-event', { at, severity: 'info', ...line }, 'e').length;
  const why = 'x';
  const whole: readonly Readonly<Record<string, string | number | null>>[] = [
    { event: 'loop-begun', worktree: '/w', pid: 7 },
    { event: 'loop-waiting', why, until: null },
    { event: 'agent-ended', run: 'run-1', class: null, rule: null },
    { event: 'claimed', run: 'run-1', branch: 'b', sha: 'a'.repeat(40) },
    { event: 'promotion-ended', run: 'run-1', outcome: 'blocked', class: 'policy-terminal', rule: 'qa-red', why },
    { event: 'circuit-open', circuit: 'promote', era: 2, class: null, until: at, why },
    { event: 'cleared', by: 'ada', why, branch: 'b' },
    { event: 'alert-failed', on: 'held', about: 'promote', code: 'circuit-held', why },
    { event: 'hook-bypassed', hook: 'pre-commit', worktree: 'main', branch: 'b', why },
  ];
  for (const line of whole) {
    assert.equal(problemsOf(line), 0, JSON.stringify(line));
    for (const key of Object.keys(line)) {
      const { [key]: _, ...rest } = line;
      assert.notEqual(problemsOf(rest), 0, `${line.event} without ${key}`);
    }
  }
  assert.notEqual(problemsOf({ event: 'loop-begum', worktree: '/w', pid: 7 }), 0);
});
