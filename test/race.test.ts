/** A small part of `npm run bench -- race`, which has 8 promoters with 25 branches each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { race } from '../scripts/bench/race.ts';
import { isFair, raceTable } from '../scripts/bench/race-table.ts';
import { builtProgram } from './helpers/built-program.ts';

test('promoters that race for one remote, and die in between, land every branch exactly once', async (t) => {
  const seed = Date.now() % 1_000_000;
  t.diagnostic(`seed ${seed}`);
  const result = await race({ promoters: 3, branches: 2, killRatio: 0.3, seed, program: await builtProgram() });
  const told = `seed ${seed}\n${raceTable(result).join('\n')}`;
  t.diagnostic(told);
  assert.ok(isFair(result), told);
  assert.equal(
    result.tallies.reduce((sum, tally) => sum + tally.landed, 0),
    6,
    told,
  );
});
