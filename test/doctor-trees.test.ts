import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitListing, indexListing } from '../scripts/effects/tree-listing.ts';

const sha = 'a'.repeat(40);
const empty = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';

test('a listing of the index is read by position, whatever is in a name', () => {
  const records = [
    `H 100644 ${sha} 0\tplain.js`,
    `S 100755 ${sha} 0\tsparse.js`,
    `s 120000 ${sha} 0\tassumed and sparse`,
    `H 160000 ${sha} 0\tsubmodule`,
    `M 100644 ${sha} 2\tconflict`,
    `M 100644 ${sha} 3\tconflict`,
    `H 100644 ${empty} 0\tempty`,
    `H 100644 ${empty} 0\tannounced`,
    `H 100644 ${'b'.repeat(64)} 0\tsha256`,
    `H 100644 ${sha} 0\ta\ttab\nand "more" ü`,
  ];
  const { entries, filesCount } = indexListing(`${records.join('\0')}\0`, new Set(['empty']));
  assert.deepEqual(
    [...entries].map(([name, { mode, state }]) => `${mode} ${state} ${name}`),
    [
      '100644 plain plain.js',
      '100755 skip-worktree sparse.js',
      '120000 skip-worktree assumed and sparse',
      '160000 plain submodule',
      '100644 unmerged conflict',
      '100644 plain empty',
      '100644 intent-to-add announced',
      '100644 plain sha256',
      '100644 plain a\ttab\nand "more" ü',
    ],
  );
  assert.equal(filesCount, 6, 'neither the submodule nor the conflict nor the announced file');
  assert.equal(entries.get('sha256')?.sha, 'b'.repeat(64));
  assert.deepEqual([entries.size, entries.has('empty'), entries.get('no')], [9, true, undefined]);
  const seen: string[] = [];
  entries.forEach((entry, name) => {
    seen.push(`${name} ${entry.state}`);
  });
  assert.deepEqual(
    seen,
    [...entries.keys()].map((name, index) => `${name} ${[...entries.values()][index]?.state}`),
  );
});

test('a listing of a commit is read by position, and an empty one is empty', () => {
  const records = [`100644 blob ${sha}\ta b`, `120000 blob ${sha}\tlink`, `160000 commit ${sha}\tsub\tmodule`];
  const { entries, filesCount } = commitListing(`${records.join('\0')}\0`);
  assert.deepEqual(
    [...entries],
    [
      ['a b', { mode: '100644', sha, state: 'plain' }],
      ['link', { mode: '120000', sha, state: 'plain' }],
      ['sub\tmodule', { mode: '160000', sha, state: 'plain' }],
    ],
  );
  assert.equal(filesCount, 2);
  assert.deepEqual([indexListing('', null).entries.size, commitListing('').filesCount], [0, 0]);
});
