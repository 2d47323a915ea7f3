import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInRange, isWithin, parseRange, versionIn } from '../scripts/core/version-range.ts';

/** Range, versions inside, versions outside. */
const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['>=20.19', ['20.19.0', '20.20.2', '24.0.0', 'v22.1.0'], ['20.18.9', '18.0.0', '20.19.0-rc.1']],
  ['>20', ['21.0.0'], ['20.0.0', '20.99.9']],
  ['>1.2.3', ['1.2.4', '2.0.0'], ['1.2.3', '1.2.2']],
  ['<2', ['1.99.0'], ['2.0.0', '2.0.0-beta']],
  ['<=2', ['2.9.9'], ['3.0.0']],
  ['<=2.38.1', ['2.38.1', '1.0.0'], ['2.38.2']],
  ['^1.2.3', ['1.2.3', '1.9.0'], ['1.2.2', '2.0.0', '2.0.0-rc.1']],
  ['^0.2.3', ['0.2.3', '0.2.9'], ['0.3.0', '0.2.2']],
  ['^0.0.3', ['0.0.3'], ['0.0.4', '0.1.0']],
  ['^0.0', ['0.0.9'], ['0.1.0']],
  ['^0', ['0.9.9'], ['1.0.0']],
  ['^20', ['20.1.0'], ['21.0.0']],
  ['~1.2.3', ['1.2.9'], ['1.3.0', '1.2.2']],
  ['~1', ['1.9.9'], ['2.0.0']],
  ['~> 1.2', ['1.2.5'], ['1.3.0']],
  ['1.2.3', ['1.2.3', '1.2.3+build'], ['1.2.4', '1.2.3-rc']],
  ['=1.2', ['1.2.9'], ['1.3.0']],
  ['20.x', ['20.0.0', '20.5.1'], ['21.0.0', '19.9.9']],
  ['*', ['0.0.1', '99.0.0'], []],
  ['', ['1.0.0'], []],
  ['18 || >= 20.17.0', ['18.3.0', '20.17.0', '22.0.0'], ['19.0.0', '20.16.0']],
  ['>=1.2 <2', ['1.2.0', '1.9.9'], ['2.0.0', '1.1.9']],
  ['1.2 - 2.3', ['1.2.0', '2.3.9'], ['2.4.0', '1.1.0']],
  ['^1.2.3-beta.2', ['1.2.3-beta.2', '1.2.3'], ['1.2.2']],
  ['>=2 <1', [], ['1.0.0', '2.0.0']],
];

for (const [text, inside, outside] of table) {
  test(`the range "${text}" holds what npm says that it holds`, () => {
    const range = parseRange(text);
    assert(range !== null);
    for (const version of inside) assert.equal(isInRange(version, range), true, version);
    for (const version of outside) assert.equal(isInRange(version, range), false, version);
  });
}

test('what is no range and no version is not taken for one', () => {
  const texts = ['latest', 'lts/*', 'github:a/b', 'file:../x', '>=a', '1.2.3.4.5-', '^^1', 'workspace:*'];
  for (const text of texts) assert.equal(parseRange(text), null, text);
  assert.equal(isInRange('unknown', parseRange('*') ?? []), null);
});

test('a range lies in another when each of its versions does', () => {
  const within = (inner: string, outer: string) => isWithin(parseRange(inner) ?? [], parseRange(outer) ?? []);
  assert.equal(within('>=20.19', '>=20'), true);
  assert.equal(within('>=18', '>=20'), false);
  assert.equal(within('^20.19 || >=22', '>=20.19'), true);
  assert.equal(within('*', '>=0'), true);
  assert.equal(within('20', '18 || 20'), true);
  const overlapping = '>=18 <99 || ^20';
  for (const inner of ['^20', '^98', '>=18 <99', '20 || 22']) assert.equal(within(inner, overlapping), true, inner);
  for (const inner of ['>=20', '17', '99']) assert.equal(within(inner, overlapping), false, inner);
  assert.equal(within(overlapping, '>=18'), true);
  assert.equal(within('18 - 20', '18 || 19 || 20'), true, 'intervals that touch are one');
});

test('the version is found in what tools print about themselves', () => {
  assert.equal(versionIn('git version 2.39.5 (Apple Git-154)\n'), '2.39.5');
  assert.equal(versionIn('v20.20.2'), '20.20.2');
  assert.equal(versionIn('Python 3.11\n'), '3.11');
  assert.equal(versionIn('git version 2.55.0.rc1\n'), '2.55.0');
  assert.equal(versionIn('no version'), null);
});
