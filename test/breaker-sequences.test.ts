import assert from 'node:assert/strict';
import test from 'node:test';
import { admits, next } from '../scripts/core/breaker.ts';
import type { Circuit } from '../scripts/core/circuit.ts';
import { newCircuit, quarantineMs, triedEvidenceMax } from '../scripts/core/circuit-steps.ts';
import {
  at,
  baseMs,
  changed,
  clear,
  half,
  openConfig,
  policy,
  recheckMs,
  tick,
  twiceFailed,
} from './helpers/breaker-table.ts';
import {
  attempt,
  configFatal,
  interrupted,
  minuteMs,
  openedByTransient,
  success,
  terminal,
  transient,
} from './helpers/state.ts';

test('five failures of any signature inside the window open a closed circuit, one that is exactly window-old does not count', () => {
  const windowMs = policy.windowSeconds * 1000;
  const failAt = (times: readonly number[]) =>
    times.reduce<Circuit>((circuit, time, index) => attempt(circuit, transient(`E${index}`), policy, time), newCircuit);
  assert.equal(failAt([at, at + 1, at + 2, at + 3, at + windowMs - 1]).state, 'open');
  assert.equal(failAt([at, at + 1, at + 2, at + 3, at + windowMs]).state, 'closed');
});

test('two failures, another one between them, are not two in a row', () => {
  const signatures = ['E1', 'E1', 'E2', 'E1'];
  const circuit = signatures.reduce<Circuit>(
    (before, signature) => attempt(before, transient(signature), policy, at),
    newCircuit,
  );
  assert.equal(circuit.state, 'closed');
  assert.equal(circuit.sameSignatureCount, 1);
});

test('failed probes wait 5, 10, 20 … minutes, up to the cap, and the eighth holds the circuit', () => {
  let circuit: Circuit = openedByTransient(policy, at);
  let now = at;
  const waits: number[] = [];
  while (circuit.state === 'open') {
    waits.push((circuit.quarantineUntil - now) / minuteMs);
    now = circuit.quarantineUntil;
    circuit = attempt(circuit, transient(), policy, now);
  }
  assert.deepEqual(waits, [5, 10, 20, 40, 80, 160, 240, 240]);
  assert.equal(circuit.state, 'held');
  assert.equal(circuit.firstOpenedAt, at, 'the first opening is kept through all failed probes');
});

test('jitter makes a quarantine longer, never shorter, and at most by its ratio', () => {
  assert.equal(quarantineMs(policy, 0, 0), baseMs);
  assert.equal(quarantineMs(policy, 0, 0.5), 1.1 * baseMs);
  assert.equal(quarantineMs(policy, 100, 0), policy.quarantine.capSeconds * 1000);
  assert.ok(quarantineMs(policy, 100, 0.999999) <= policy.quarantine.capSeconds * 1000 * 1.2);
});

test('growth stays a number that the controller file can hold, however long the trouble lasts', () => {
  const circuit = attempt({ ...twiceFailed, growth: 1000 }, transient(), policy, at);
  assert.equal(circuit.state, 'open');
  assert.equal(circuit.growth, 1000);
});

test('evidence that was tried in this opening does not re-arm again, and the recheck time still does', () => {
  let circuit = attempt(next(openConfig, changed('h2'), policy, at), configFatal('h2'), policy, at + 1);
  circuit = next(circuit, changed('h1'), policy, at + 2);
  assert.equal(circuit.state, 'open', 'back to the file of before');
  assert.equal(next(circuit, changed('h3'), policy, at + 3).state, 'half-open');
  assert.equal(next(circuit, tick, policy, at + 1 + recheckMs).state, 'half-open');
});

test('after a success the evidence that was tried before counts as new again', () => {
  const mended = attempt(next(openConfig, changed('h2'), policy, at), success, policy, at);
  const again = attempt(mended, configFatal('h2'), policy, at + 1);
  assert.equal(next(again, changed('h1'), policy, at + 2).state, 'half-open');
});

test('sixteen different inputs in one opening are enough: then only the recheck or a person frees it', () => {
  let circuit = openConfig;
  let tries = 1;
  for (; tries < 100 && next(circuit, changed(`v${tries}`), policy, at).state === 'half-open'; tries += 1) {
    circuit = attempt(next(circuit, changed(`v${tries}`), policy, at), configFatal(`v${tries}`), policy, at);
  }
  assert.equal(tries, triedEvidenceMax);
  assert.equal(circuit.triedEvidence.length, triedEvidenceMax);
  assert.equal(next(circuit, changed('brand-new'), policy, at).state, 'open');
  assert.equal(next(circuit, tick, policy, at + recheckMs).state, 'half-open');
  assert.equal(next(circuit, clear, policy, at).state, 'closed');
});

test('three interruptions count only in a row: a probe that reports between them starts the count again', () => {
  const two = { ...policy, successesToClose: 2 };
  let circuit: Circuit = half;
  for (const outcome of [interrupted, interrupted, success, interrupted, interrupted])
    circuit = attempt(circuit, outcome, two, at);
  assert.equal(circuit.state, 'half-open');
  circuit = attempt(circuit, interrupted, two, at);
  assert.equal(circuit.state, 'open');
});

test('with successesToClose 2 the first success returns the permit and the second closes', () => {
  const two = { ...policy, successesToClose: 2 };
  const once = attempt(half, success, two, at);
  assert.equal(once.state, 'half-open');
  assert.deepEqual(admits(once, at), { admitted: true, as: 'probe' });
  assert.equal(attempt(once, success, two, at).state, 'closed');
  assert.equal(attempt(once, terminal, two, at).state, 'closed', 'a blocked branch proves that promotion works');
});
