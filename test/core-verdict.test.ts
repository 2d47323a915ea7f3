import assert from 'node:assert/strict';
import test from 'node:test';
import { type BlockedVerdict, type PromotedVerdict, standingBlock, verdictFileName } from '../scripts/core/verdict.ts';

const sha = (digit: string) => digit.repeat(40);
const trigger = { branch: 'agent/work', sha: sha('a') };
const inputs = { tree: sha('1'), policy: 'p1', target: null };
const blocked: BlockedVerdict = {
  version: 1,
  verdict: 'blocked',
  ...trigger,
  inputs,
  rule: 'qa-red',
  signature: 'sha256:00',
  why: 'the gate is red',
  remedy: 'mend it',
  tail: '1 test failed',
  at: '2026-01-05T00:00:00.000Z',
};
const conflict: BlockedVerdict = { ...blocked, rule: 'merge-conflict', inputs: { ...inputs, target: sha('7') } };
const promoted: PromotedVerdict = {
  version: 1,
  verdict: 'promoted',
  ...trigger,
  candidate: sha('c'),
  target: 'main',
  at: blocked.at,
};

test('the same trigger with the same inputs stays blocked', () => {
  assert.equal(standingBlock([blocked], trigger, inputs), blocked);
});

test('an empty commit does not re-arm: another sha, the same tree', () => {
  assert.equal(standingBlock([blocked], { ...trigger, sha: sha('b') }, inputs), blocked);
});

test('a new tree re-arms, and the old tree is blocked again when the branch goes back to it', () => {
  assert.equal(standingBlock([blocked], { ...trigger, sha: sha('b') }, { ...inputs, tree: sha('2') }), null);
  assert.equal(standingBlock([blocked], trigger, inputs), blocked);
});

test('a changed policy re-arms', () => {
  assert.equal(standingBlock([blocked], trigger, { ...inputs, policy: 'p2' }), null);
});

test('a moved target re-arms a verdict that depends on it, and only such a one', () => {
  assert.equal(standingBlock([conflict], trigger, { ...inputs, target: sha('8') }), null);
  assert.equal(standingBlock([conflict], trigger, { ...inputs, target: sha('7') }), conflict);
  assert.equal(standingBlock([blocked], trigger, { ...inputs, target: sha('8') }), blocked);
});

test('a target that is not known leaves a block standing', () => {
  assert.equal(standingBlock([conflict], trigger, inputs), conflict);
});

test('another branch with the same inputs is not blocked by this one', () => {
  assert.equal(standingBlock([blocked], { ...trigger, branch: 'agent/other' }, inputs), null);
});

test('the block that fits is found among others', () => {
  const other: BlockedVerdict = { ...blocked, branch: 'agent/other' };
  const older: BlockedVerdict = { ...blocked, inputs: { ...inputs, policy: 'p0' } };
  assert.equal(standingBlock([promoted, other, older, blocked], trigger, inputs), blocked);
});

test('a promoted verdict is no block', () => {
  assert.equal(standingBlock([promoted], trigger, inputs), null);
});

test('the file name of a verdict is safe for any branch name, and branch and sha cannot run into each other', () => {
  assert.match(verdictFileName({ branch: '../../etc/$(rm -rf ~);`x`', sha: sha('a') }), /^[0-9a-f]{64}\.json$/);
  assert.notEqual(verdictFileName({ branch: 'ab', sha: 'c' }), verdictFileName({ branch: 'a', sha: 'bc' }));
});
