import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shapeOf, shasIn } from '../scripts/core/listing.ts';

const [one, two] = ['1'.repeat(40), '2'.repeat(40)];

interface Entry {
  readonly path: string;
  readonly sha?: string;
  readonly tag?: string;
  readonly mode?: string;
  readonly stage?: number;
}

function listed(...entries: readonly Entry[]): string {
  return entries
    .map(({ path, sha = one, tag = 'H', mode = '100644', stage = 0 }) => `${tag} ${mode} ${sha} ${stage}\t${path}\0`)
    .join('');
}

const shape = (...entries: readonly Entry[]): string => shapeOf(listed(...entries)).toString();

test('the shape of a listing is everything but the shas', () => {
  const known = [{ path: 'a' }, { path: 'ä/b' }];
  assert.equal(shape(...known), 'H 100644  0\ta\0H 100644  0\tä/b\0');
  assert.equal(shape({ path: 'a', sha: two }, { path: 'ä/b' }), shape(...known));
  const others: readonly (readonly Entry[])[] = [
    [{ path: 'a' }],
    [{ path: 'a' }, { path: 'ä/b' }, { path: 'c' }],
    [{ path: 'a' }, { path: 'ä/c' }],
    [{ path: 'a', mode: '100755' }, { path: 'ä/b' }],
    [{ path: 'a', tag: 'S' }, { path: 'ä/b' }],
    [{ path: 'a', stage: 2 }, { path: 'ä/b' }],
  ];
  for (const entries of others) assert.notEqual(shape(...entries), shape(...known), JSON.stringify(entries));
  assert.equal(shape(), '');
  const long = (sha: string) => shapeOf(listed({ path: 'a', sha })).toString();
  assert.equal(long('3'.repeat(64)), long('4'.repeat(64)), 'a repository of sha256');
});

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
