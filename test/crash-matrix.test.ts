/** A part of the crash matrix: `npm run crash-matrix` plays all of it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { callsOf, unsyncedRenames, whyNoCalls } from '../scripts/crash/calls.ts';
import { makeGround, playAll } from '../scripts/crash/matrix.ts';
import { mutants, tryMutant } from '../scripts/crash/mutants.ts';
import { linesThatFit, type Point, placeAt, pointsOf, spread } from '../scripts/crash/points.ts';

const seed = 20;
/** Every strategy costs a run of its own that counts; `npm run crash-matrix` plays the others. */
const strategies = ['ff-only', 'rebase'] as const;
const points = 28;

const where = ({ strategy, at, phase, moment, victim, line }: Point) =>
  `${strategy} ${phase} command ${at} ${moment} ${victim} line ${line}`;

test('a run that is killed at any step is finished by the next one, and every promise holds', async (t) => {
  const ground = await makeGround(strategies);
  t.after(() => ground.dispose());
  const all = ground.stages.flatMap(({ strategy, commands }) => pointsOf(strategy, commands));
  t.diagnostic(`seed ${seed}: ${points} of ${all.length} points`);
  const how = { workers: 2, keep: false, onPlayed: () => undefined };
  const played = await playAll(ground, spread(all, points, seed), how);
  const broken = played.filter(({ violations }) => violations.length > 0);
  assert.deepEqual(
    broken.map(({ point, violations, told }) => ({ at: where(point), violations, told })),
    [],
  );
  const happened = played.filter((one) => one.happened).length;
  assert.ok(happened >= points * 0.9, `${happened} of ${points} points came about`);
});

test('the same seed is the same spread, and another seed another', () => {
  const command = { words: 'x', isAct: false, trace: ['one', 'two', 'three'], lockHeld: true };
  const commands = ['fetch', 'push'].flatMap((phase, index) => [{ ...command, phase, at: index + 1 }]);
  const all = pointsOf('ff-only', commands);
  assert.deepEqual(spread(all, 9, 1).map(where), spread(all, 9, 1).map(where));
  assert.notDeepEqual(spread(all, 9, 1).map(where), spread(all, 9, 2).map(where));
  assert.equal(new Set(spread(all, all.length, 3).map(where)).size, all.length);
});

test('a pipe is filled so far that git stands still at the wanted line of its trace, or soon after it', () => {
  const lengths = Array.from({ length: 90 }, (_, index) => 60 + ((index * 37) % 240));
  for (const wanted of [1, 7, 45, 88]) {
    const place = placeAt(lengths, wanted);
    assert.ok(place !== null);
    assert.equal(linesThatFit(lengths, place.fill), place.line);
    assert.ok(place.line >= wanted && place.line < wanted + 3, `${place.line} for ${wanted}`);
  }
  assert.equal(placeAt(lengths, 90), null);
});

test('every known fault can still be put into the program, once, at the place that is meant', () => {
  for (const { name, fault } of mutants) {
    const source = readFileSync(new URL(`../${fault.file}`, import.meta.url), 'utf8');
    assert.equal(source.split(fault.text).length, 2, `${name}: ${fault.file} holds its text exactly once`);
  }
});

test('a push under no lease is caught by a rival, and state that is not synced by its trace', async (t) => {
  const noCalls = whyNoCalls();
  if (noCalls !== null) t.diagnostic(`state that is not synced is not looked at: ${noCalls}`);
  const chosen = mutants.filter(({ name }) => /no lease|synced/.test(name));
  assert.equal(chosen.length, 2);
  for (const mutant of chosen) {
    if (noCalls !== null && mutant.name.includes('synced')) continue;
    assert.ok((await tryMutant(mutant)).caughtBy !== null, mutant.name);
  }
});

test('calls are counted for each process of a trace by itself', () => {
  const trace = [
    '12 openat(AT_FDCWD, "a", O_RDONLY) = 3',
    '13 openat(AT_FDCWD, "b", O_RDONLY) = 3',
    '12 fsync(3<a>) = 0',
  ];
  const calls = callsOf([...trace, '12 openat(AT_FDCWD, "c", O_RDONLY) = 4', '+++ exited with 0 +++'].join('\n'));
  assert.deepEqual(
    calls.map(({ name, nth }) => `${name} ${nth}`),
    ['openat 1', 'openat 1', 'fsync 1', 'openat 2'],
  );
});

test('a rename without its syncs is told, one with them is not', () => {
  const [temp, sync] = ['rename("/s/a.1.tmp", "/s/a") = 0', 'fsync(4</s/a.1.tmp>) = 0'];
  assert.deepEqual(unsyncedRenames([sync, temp, 'fsync(4</s>) = 0'].join('\n')), []);
  assert.deepEqual(unsyncedRenames([temp, 'fsync(4</s>) = 0'].join('\n')), ['a: its content was not synced']);
  assert.deepEqual(unsyncedRenames([sync, temp].join('\n')), ['a: its folder was not synced']);
});
