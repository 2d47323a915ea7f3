import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStaged, type Staged, textsSince } from '../scripts/core/staged.ts';

const none = '0'.repeat(40);
const [one, two, three] = ['1'.repeat(40), '2'.repeat(40), '3'.repeat(40)];

/** A line as git writes it. */
function line(status: string, path: string, tree = one, index = two, [from, to] = ['100644', '100644']): string {
  const mode = (sha: string, given: string | undefined) => (sha === none ? '000000' : given);
  return `:${mode(tree, from)} ${mode(index, to)} ${tree} ${index} ${status}\0${path}\0`;
}

function staged(...lines: readonly string[]): Staged {
  const parsed = parseStaged(lines.join(''));
  assert(parsed !== null);
  return parsed;
}

const added = line('A', 'new', none, one);
const deleted = line('D', 'old', one, none);
const modified = line('M', 'a');

test('each difference is read with both of its sides, whatever its path holds', () => {
  const path = 'ä\t:1\n x';
  assert.deepEqual(staged(line('T', path, one, two, ['100644', '120000']), deleted).get(path), {
    tree: { mode: '100644', sha: one },
    index: { mode: '120000', sha: two },
  });
  assert.equal(staged('').size, 0);
  const long = line('M', 'a', '4'.repeat(64), '5'.repeat(64));
  assert.equal(staged(long).get('a')?.index.sha, '5'.repeat(64), 'a repository of sha256');
});

test('what is no plain difference is not read at all: an unmerged path, a path that comes twice, something else', () => {
  const unmerged = line('U', 'a', none, none);
  const torn = modified.slice(0, -3);
  for (const text of [unmerged, modified + unmerged, modified + modified, torn, 'x\0', ':\0a\0', `${line('M', '')}`]) {
    assert.equal(parseStaged(text), null, JSON.stringify(text));
  }
});

test('texts that changed are told where they changed to: staged now, staged otherwise, or no longer staged', () => {
  const plain = staged();
  const [mine, other] = [staged(modified), staged(line('M', 'a', one, three))];
  assert.deepEqual(textsSince(plain, plain), new Map());
  assert.deepEqual(textsSince(plain, mine), new Map([['a', two]]));
  assert.deepEqual(textsSince(mine, other), new Map([['a', three]]));
  assert.deepEqual(textsSince(mine, plain), new Map([['a', one]]));
  assert.deepEqual(
    textsSince(staged(added, deleted), staged(deleted, added)),
    new Map([
      ['new', one],
      ['old', none],
    ]),
  );
});

test('where a path came or went or has another mode, there is more to look at than texts', () => {
  const other = line('M', 'a', one, one, ['100644', '100755']);
  const changes = [added, deleted, other, line('T', 'a', one, two, ['100644', '120000'])];
  for (const change of changes) {
    assert.equal(textsSince(staged(), staged(change)), null, change);
    assert.equal(textsSince(staged(change), staged()), null, change);
    assert.deepEqual([...(textsSince(staged(change), staged(change)) ?? new Map()).keys()].length, 1, change);
  }
  assert.equal(textsSince(staged(added), staged(line('A', 'other', none, one))), null);
});
