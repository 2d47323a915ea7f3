/** A part of the crash matrix: `npm run crash-matrix` plays all of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeGround, playAll } from '../scripts/crash/matrix.ts';
import { linesThatFit, type Point, placeAt, pointsOf, spread } from '../scripts/crash/points.ts';

const seed = 20;
const points = 28;

const where = ({ strategy, at, phase, moment, victim, line }: Point) =>
  `${strategy} ${phase} command ${at} ${moment} ${victim} line ${line}`;

test('a run that is killed at any step is finished by the next one, and every promise holds', async (t) => {
  const ground = await makeGround(['ff-only']);
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
