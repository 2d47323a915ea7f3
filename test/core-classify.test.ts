import assert from 'node:assert/strict';
import test from 'node:test';
import {
  classify,
  type FailureInput,
  type FailureRule,
  ownFailure,
  unclassifiedRule,
} from '../scripts/core/classify.ts';
import type { Phase } from '../scripts/core/failure.ts';
import { builtInRules } from '../scripts/core/failure-rules.ts';

const rule = (id: string, condition: Partial<FailureRule>): FailureRule => ({
  id,
  class: 'transient',
  subclass: 'test',
  problem: `the problem of ${id}`,
  remedy: `the remedy of ${id}`,
  ...condition,
});

const exited = (phase: Phase, text: string, exitCode: number | null = 1): FailureInput => ({ phase, exitCode, text });
const asked = (rules: readonly FailureRule[], input: FailureInput) => classify(input, rules).rule;

const missingModule =
  "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/repo/scripts/auto-promote.ts' imported from /repo/";

test('the phase decides: a missing module is config-fatal in spawn and preflight, policy-terminal in qa', () => {
  for (const phase of ['spawn', 'preflight', 'custom'] as const) {
    assert.equal(classify(exited(phase, missingModule), builtInRules).class, 'config-fatal', phase);
  }
  assert.equal(classify(exited('qa', missingModule), builtInRules).class, 'policy-terminal');
  assert.equal(classify(exited('agent', missingModule), builtInRules).class, 'unknown');
});

test('a refused push is policy-terminal, a lost lease is transient, and only while something is pushed', () => {
  const declined = ' ! [remote rejected] x -> main (pre-receive hook declined)';
  const lost = ' ! [rejected]        x -> main (stale info)';
  assert.equal(classify(exited('push', declined), builtInRules).class, 'policy-terminal');
  assert.equal(classify(exited('push', lost), builtInRules).class, 'transient');
  assert.equal(classify(exited('fetch', lost), builtInRules).rule, 'fetch-refused');
});

test('the first rule that matches decides', () => {
  const rules = [rule('first', { contains: 'boom' }), rule('second', { contains: 'boom' })];
  assert.equal(asked(rules, exited('qa', 'boom')), 'first');
  assert.equal(asked([...rules].reverse(), exited('qa', 'boom')), 'second');
});

test('every condition of a rule must hold', () => {
  const strict = rule('strict', {
    phases: ['qa'],
    exitCode: 2,
    ended: 'by-code',
    errorCode: 'EX',
    contains: 'boom',
    pattern: /^x/m,
  });
  const fits: FailureInput = { phase: 'qa', exitCode: 2, errorCode: 'EX', text: 'x\nboom' };
  assert.equal(asked([strict], fits), 'strict');
  const misfits: readonly Partial<FailureInput>[] = [
    { phase: 'push' },
    { exitCode: 3 },
    { exitCode: null },
    { errorCode: 'EY' },
    { errorCode: null },
    { text: 'x' },
    { text: 'boom' },
  ];
  for (const misfit of misfits)
    assert.equal(asked([strict], { ...fits, ...misfit }), 'unclassified', JSON.stringify(misfit));
});

test('what the system says is asked before any text: ENOENT of the program beats every word in the output', () => {
  const input: FailureInput = {
    phase: 'fetch',
    exitCode: null,
    errorCode: 'ENOENT',
    text: 'Could not resolve host: example.org',
  };
  assert.equal(classify(input, builtInRules).rule, 'program-not-found');
  assert.equal(classify({ ...input, errorCode: null, exitCode: 128 }, builtInRules).rule, 'remote-unreachable');
});

test('by-code means any code but 0, by-signal means any signal', () => {
  const byCode = [rule('code', { ended: 'by-code' })];
  const bySignal = [rule('signal', { ended: 'by-signal' })];
  assert.equal(asked(byCode, exited('qa', '', 1)), 'code');
  assert.equal(asked(byCode, exited('qa', '', 0)), 'unclassified');
  assert.equal(asked(byCode, exited('qa', '', null)), 'unclassified');
  assert.equal(asked(bySignal, { phase: 'qa', exitCode: null, signal: 'SIGKILL', text: '' }), 'signal');
  assert.equal(asked(bySignal, exited('qa', '', 137)), 'unclassified');
});

test('what no rule knows is of class unknown, with a remedy all the same', () => {
  const failure = classify(exited('merge', 'never seen before'), builtInRules);
  assert.equal(failure.class, 'unknown');
  assert.equal(failure.rule, unclassifiedRule.id);
  assert.notEqual(failure.remedy, '');
});

test('a killed QA command is not a red gate', () => {
  const killed: FailureInput = { phase: 'qa', exitCode: null, signal: 'SIGKILL', text: 'running 3 tests' };
  assert.notEqual(classify(killed, builtInRules).class, 'policy-terminal');
});

test('terminal escapes do not hide a pattern', () => {
  const text = '\u001b[31mfatal:\u001b[0m Could not \u001b[1mresolve\u001b[22m host: example.org';
  assert.equal(classify(exited('fetch', text, 128), builtInRules).rule, 'remote-unreachable');
});

test('words beyond the last 64 KiB or beyond 4 KiB of a line are not judged', () => {
  const rules = [rule('boom', { contains: 'BOOM' })];
  assert.equal(asked(rules, exited('qa', `BOOM\n${'x\n'.repeat(40_000)}`)), 'unclassified');
  assert.equal(asked(rules, exited('qa', `${'x'.repeat(5000)}BOOM`)), 'unclassified');
  assert.equal(asked(rules, exited('qa', `${'x\n'.repeat(40_000)}BOOM`)), 'boom');
});

test('the tail of a failure is bounded, and left out when there is no output', () => {
  assert.equal(classify(exited('qa', ' \n '), builtInRules).tail, undefined);
  const failure = classify(exited('qa', `${'first '.repeat(2000)}\n${'word '.repeat(2000)}last`), builtInRules);
  assert.ok((failure.tail ?? '').length <= 4000);
});

test('a failure of our own says its rule, and another subject is another signature', () => {
  const own = rule('promote-without-result', { class: 'config-fatal' });
  const a = ownFailure('spawn', own, { about: 'scripts/a.ts', problem: 'a is missing', tail: '' });
  const b = ownFailure('spawn', own, { about: 'scripts/b.ts' });
  assert.deepEqual(
    [a.rule, a.class, a.phase, a.problem, a.remedy, a.tail],
    [own.id, 'config-fatal', 'spawn', 'a is missing', own.remedy, undefined],
  );
  assert.equal(b.problem, own.problem);
  assert.notEqual(a.signature, b.signature);
  assert.equal(a.signature, ownFailure('spawn', own, { about: 'scripts/a.ts', problem: 'said otherwise' }).signature);
});

test('a limit of watched files is neither a full disk nor a lack of open files, which are told as what they are', () => {
  const ruleOf = (text: string) => asked(builtInRules, exited('qa', text));
  assert.equal(
    ruleOf("Error: ENOSPC: System limit for number of file watchers reached, watch '/srv/app'"),
    'watch-limit',
  );
  assert.equal(ruleOf("Error: EMFILE: too many open files, watch '/srv/app'"), 'watch-limit');
  assert.equal(ruleOf("Error: ENOSPC: no space left on device, write '/srv/watch/x'"), 'disk-full');
  assert.equal(ruleOf("Error: EMFILE: too many open files, open '/srv/watch.js'"), 'resources-short');
});
