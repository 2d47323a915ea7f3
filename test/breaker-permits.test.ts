import assert from 'node:assert/strict';
import test from 'node:test';
import { admits, next } from '../scripts/core/breaker.ts';
import type { Circuit, CircuitEvent } from '../scripts/core/circuit.ts';
import { newCircuit } from '../scripts/core/circuit-steps.ts';
import {
  at,
  baseMs,
  clear,
  closed,
  fails,
  half,
  held,
  leaseMs,
  open,
  policy,
  probing,
  stops,
  succeeds,
  twiceFailed,
} from './helpers/breaker-table.ts';
import { attempt, configFatal, hourMs, interrupted, success, terminal, transient } from './helpers/state.ts';

test('a lease is renewed by its holder only, and only while it lasts', () => {
  const later = at + leaseMs - 1;
  assert.deepEqual(next(probing, { type: 'renew', runId: 'somebody' }, policy, later), probing);
  const renewed = next(probing, { type: 'renew', runId: 'probe' }, policy, later);
  assert.equal(renewed.state === 'half-open' && renewed.lease?.expiresAt, later + leaseMs);
  assert.equal(next(probing, { type: 'renew', runId: 'probe' }, policy, at + leaseMs).state, 'open', 'too late');
  assert.deepEqual(next(closed, { type: 'renew', runId: 'probe' }, policy, at), closed);
});

test('while a probe runs nobody else begins, and nobody but its holder is heard', () => {
  assert.deepEqual(next(probing, { type: 'begin', runId: 'second' }, policy, at), probing);
  assert.deepEqual(admits(probing, at), { admitted: false, reason: 'probe-running', until: at + leaseMs });
  for (const outcome of [success, transient(), configFatal(), terminal, interrupted]) {
    assert.deepEqual(next(probing, { ...outcome, runId: 'second', era: probing.era }, policy, at), probing);
  }
});

test('a run that has returned its permit is not heard when it reports once more', () => {
  const returned = next(probing, stops(probing), policy, at);
  assert.deepEqual(next(returned, succeeds(probing), policy, at), returned);
});

test('a success that began before the circuit opened does not close it when it is half-open', () => {
  const stale: CircuitEvent = { ...success, runId: 'probe', era: 0 };
  assert.deepEqual(next(half, stale, policy, at), half);
  assert.deepEqual(next(probing, stale, policy, at), probing);
});

test('after a clear one attempt is allowed, its failure counts afresh, and what ran before it is not heard', () => {
  const cleared = next(twiceFailed, clear, policy, at);
  assert.deepEqual(admits(cleared, at), { admitted: true, as: 'attempt' });
  assert.deepEqual(next(cleared, fails(twiceFailed), policy, at), cleared, 'a failure of an attempt that began before');
  assert.equal(attempt(cleared, transient(), policy, at).consecutiveFailures, 1);
  assert.equal(attempt(cleared, configFatal(), policy, at).state, 'open');
});

test('a limit of its own for a signature replaces sameSignatureMax for that signature alone', () => {
  const limits = { ...policy, failuresMax: 100, signatureLimits: { 'no-progress': 2 } };
  const fail = (signature: string, times: number) =>
    Array.from({ length: times }).reduce<Circuit>(
      (circuit) => attempt(circuit, transient(signature), limits, at),
      newCircuit,
    );
  assert.equal(fail('no-progress', 1).state, 'closed');
  assert.equal(fail('no-progress', 2).state, 'open');
  assert.equal(fail('E1', 2).state, 'closed');
  assert.equal(fail('E1', 3).state, 'open');
  assert.equal(fail('toString', 3).state, 'open', 'a name that every object has is no limit');
});

test('a stated limit refuses until its end, at which it admits; it is not a failure', () => {
  const waiting = attempt(closed, { type: 'rate-limited', retryAt: at + hourMs }, policy, at);
  assert.deepEqual(admits(waiting, at + hourMs - 1), { admitted: false, reason: 'limited', until: at + hourMs });
  assert.deepEqual(admits(waiting, at + hourMs), { admitted: true, as: 'attempt' });
  assert.equal(waiting.consecutiveFailures, 0);
});

test('a limited half-open circuit gives no permit before the limit ends', () => {
  const waiting = attempt(half, { type: 'rate-limited', retryAt: at + hourMs }, policy, at);
  assert.deepEqual(next(waiting, { type: 'begin', runId: 'next' }, policy, at), waiting);
  const begun = next(waiting, { type: 'begin', runId: 'next' }, policy, at + hourMs);
  assert.equal(begun.state === 'half-open' && begun.lease?.runId, 'next');
});

test('a refusal says when asking again is worth it: the end of the quarantine, or never for a hold', () => {
  assert.deepEqual(admits(open, at), { admitted: false, reason: 'open', until: at + baseMs });
  assert.deepEqual(admits(held, at), { admitted: false, reason: 'held', until: null });
  assert.deepEqual(admits(half, at), { admitted: true, as: 'probe' });
  assert.deepEqual(admits(open, at + baseMs), { admitted: true, as: 'probe' });
  assert.equal(admits(probing, at + leaseMs).admitted, false, 'an expired lease is refused until it has been counted');
});
