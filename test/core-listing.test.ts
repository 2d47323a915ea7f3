import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shasIn } from '../scripts/core/listing.ts';

const [one, two] = ['1'.repeat(40), '2'.repeat(40)];

interface Entry {
  readonly path: string;
  readonly sha?: string;
  readonly stage?: number;
}

function listed(...entries: readonly Entry[]): string {
  return entries.map(({ path, sha = one, stage = 0 }) => `H 100644 ${sha} ${stage}\t${path}\0`).join('');
}

test('shas are found by whole path, whatever the order, and not by the end of a name that holds a tab', () => {
  const listing = listed({ path: 'a' }, { path: 'b 0\tc', sha: one }, { path: 'c', sha: two }, { path: 'd\tc' });
  assert.deepEqual(
    shasIn(listing, ['c', 'a', 'missing', 'b']),
    new Map([
      ['a', one],
      ['c', two],
    ]),
  );
  assert.deepEqual(
    shasIn(listed({ path: '\uffee', sha: two }, { path: '\u{1f600}', sha: one }), ['\uffee', '\u{1f600}']),
    new Map([
      ['\u{1f600}', one],
      ['\uffee', two],
    ]),
  );
  assert.deepEqual(shasIn('', ['a']), new Map());
});

test('an unmerged file has no one sha', () => {
  const listing = listed({ path: 'a', stage: 1 }, { path: 'a', stage: 2, sha: two }, { path: 'b' });
  assert.equal(shasIn(listing, ['a', 'b']), null);
  assert.deepEqual(shasIn(listing, ['b']), new Map([['b', one]]));
});
