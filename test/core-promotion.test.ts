import assert from 'node:assert/strict';
import test from 'node:test';
import type { Circuit } from '../scripts/core/circuit.ts';
import { newCircuit } from '../scripts/core/circuit-steps.ts';
import { ownFailure } from '../scripts/core/classify.ts';
import {
  type Attempt,
  attemptOf,
  type Controller,
  triggerOf,
  withAttempt,
  withTrigger,
} from '../scripts/core/controller.ts';
import { type Failure, type FailureClass, failureClasses } from '../scripts/core/failure.ts';
import type { PromoteOutcome } from '../scripts/core/outcome.ts';
import { afterPromotion, failureEvent, type PromotionEnd } from '../scripts/core/promotion.ts';
import {
  controllerWith,
  dayMs,
  defaultBreakerPolicy,
  evidenceNamed,
  halfOpened,
  hourMs,
  minuteMs,
  start,
} from './helpers/state.ts';

const policy = defaultBreakerPolicy();
const moment = { now: start, wallMs: start, random: 0.5 };
const evidence = evidenceNamed('h1');
const branch = 'agent/work';
const sha = 'a'.repeat(40);

const failureOf = (failureClass: FailureClass, retryAt?: string): Failure => ({
  ...ownFailure('push', { id: 'r', class: failureClass, subclass: 's', problem: 'it failed', remedy: 'mend it' }),
  ...(retryAt === undefined ? {} : { retryAt }),
});

const attempted: Attempt = {
  runId: 'run-a',
  circuit: 'promote',
  era: 0,
  phase: 'push',
  owner: { host: 'here', bootId: 'b', pid: 1, startTime: null },
  startedAt: start,
  trigger: { branch, sha },
};

/** A controller in which one promotion of `branch` is under way. */
function underWay(circuit: Circuit): Controller {
  const withClaim = withTrigger(
    { ...controllerWith(circuit), retryTokens: 5 },
    { branch, sha, state: 'pending', notBefore: null },
  );
  return withAttempt(withClaim, attempted, policy, start);
}

function ended(circuit: Circuit, outcome: PromoteOutcome, failure: Failure | null): Controller {
  const before = underWay(circuit);
  const attempt = attemptOf(before, 'run-a');
  assert.ok(attempt !== null);
  const end: PromotionEnd = { outcome, why: 'because', failure };
  return afterPromotion(before, attempt, end, evidence, policy, moment);
}

interface Row {
  readonly outcome: PromoteOutcome;
  readonly failure: FailureClass | null;
  /** State of the promote circuit after it, when it was closed and when it was half-open. */
  readonly closed: Circuit['state'];
  readonly halfOpen: Circuit['state'];
  readonly trigger: 'finished' | 'pending' | 'quarantined';
  readonly triggerOfProbe?: Row['trigger'];
}

const rows: readonly Row[] = [
  { outcome: 'promoted', failure: null, closed: 'closed', halfOpen: 'closed', trigger: 'finished' },
  { outcome: 'promoted', failure: 'transient', closed: 'closed', halfOpen: 'closed', trigger: 'finished' },
  { outcome: 'promoted', failure: 'config-fatal', closed: 'closed', halfOpen: 'closed', trigger: 'finished' },
  { outcome: 'already-promoted', failure: null, closed: 'closed', halfOpen: 'closed', trigger: 'finished' },
  { outcome: 'blocked', failure: 'policy-terminal', closed: 'closed', halfOpen: 'closed', trigger: 'finished' },
  { outcome: 'blocked', failure: null, closed: 'closed', halfOpen: 'closed', trigger: 'finished' },
  { outcome: 'quarantined', failure: null, closed: 'closed', halfOpen: 'half-open', trigger: 'pending' },
  { outcome: 'try-later', failure: null, closed: 'closed', halfOpen: 'half-open', trigger: 'pending' },
  { outcome: 'try-later', failure: 'interrupted', closed: 'closed', halfOpen: 'half-open', trigger: 'pending' },
  {
    outcome: 'try-later',
    failure: 'transient',
    closed: 'closed',
    halfOpen: 'open',
    trigger: 'pending',
    triggerOfProbe: 'quarantined',
  },
  {
    outcome: 'try-later',
    failure: 'unknown',
    closed: 'closed',
    halfOpen: 'open',
    trigger: 'pending',
    triggerOfProbe: 'quarantined',
  },
  {
    outcome: 'try-later',
    failure: 'rate-limited',
    closed: 'closed',
    halfOpen: 'half-open',
    trigger: 'pending',
    triggerOfProbe: 'quarantined',
  },
  { outcome: 'config-fatal', failure: 'config-fatal', closed: 'open', halfOpen: 'open', trigger: 'quarantined' },
  { outcome: 'config-fatal', failure: null, closed: 'open', halfOpen: 'open', trigger: 'quarantined' },
];

for (const { outcome, failure, closed, halfOpen, trigger, triggerOfProbe = trigger } of rows) {
  const cause = failure === null ? 'no failure' : `a ${failure} failure`;
  test(`a promotion that ends ${outcome} with ${cause}: ${closed} and ${trigger}, as a probe ${halfOpen} and ${triggerOfProbe}`, () => {
    const fate = (after: Controller) => triggerOf(after, branch)?.state ?? 'finished';
    const cause = failure === null ? null : failureOf(failure);
    const first = ended(newCircuit, outcome, cause);
    assert.deepEqual([first.circuits.promote.state, fate(first)], [closed, trigger]);
    const probe = ended(halfOpened(policy), outcome, cause);
    assert.deepEqual([probe.circuits.promote.state, fate(probe)], [halfOpen, triggerOfProbe]);
    for (const after of [first, probe]) {
      assert.equal(attemptOf(after, 'run-a'), null, 'the attempt has reported');
      assert.deepEqual(after.circuits.agent, newCircuit, 'the other circuit is not touched');
    }
  });
}

test('a red gate, even a hundred times, opens no circuit', () => {
  let circuit: Circuit = newCircuit;
  for (let count = 0; count < 100; count += 1)
    circuit = ended(circuit, 'blocked', failureOf('policy-terminal')).circuits.promote;
  assert.deepEqual(circuit, newCircuit);
});

test('a pending trigger waits for its back-off, a quarantined one for the circuit', () => {
  assert.equal(triggerOf(ended(newCircuit, 'try-later', failureOf('transient')), branch)?.notBefore, start + 500);
  assert.equal(triggerOf(ended(newCircuit, 'config-fatal', failureOf('config-fatal')), branch)?.notBefore, null);
});

test('a promotion gives a part of a retry token back, a failure does not', () => {
  assert.equal(ended(newCircuit, 'promoted', null).retryTokens, 5.1);
  assert.equal(ended(newCircuit, 'try-later', failureOf('transient')).retryTokens, 5);
});

test('a promotion without a trigger leaves none behind', () => {
  const before = withAttempt(controllerWith(newCircuit), { ...attempted, trigger: null }, policy, start);
  const after = afterPromotion(
    before,
    { ...attempted, trigger: null },
    { outcome: 'try-later', why: '', failure: failureOf('transient') },
    evidence,
    policy,
    moment,
  );
  assert.deepEqual(after.triggers, []);
});

test('a report of an era that is over moves no circuit, and its trigger is settled all the same', () => {
  const before = underWay(newCircuit);
  const after = afterPromotion(
    before,
    { ...attempted, era: 7 },
    { outcome: 'config-fatal', why: '', failure: failureOf('config-fatal') },
    evidence,
    policy,
    moment,
  );
  assert.equal(after.circuits.promote.state, 'closed');
  assert.equal(triggerOf(after, branch)?.sha, sha);
});

test('the evidence and the reason of a config-fatal failure are kept with the open circuit', () => {
  const { promote } = ended(newCircuit, 'config-fatal', failureOf('config-fatal')).circuits;
  assert.ok(promote.state === 'open');
  assert.deepEqual(promote.evidence, evidence);
  assert.equal(promote.why, 'it failed');
});

test('every failure class has an event of its own kind', () => {
  const kinds = failureClasses.map(
    (failureClass) => failureEvent(attempted, failureOf(failureClass), evidence, moment).type,
  );
  assert.deepEqual(kinds, ['failure', 'config-fatal', 'policy-terminal', 'rate-limited', 'interrupted', 'failure']);
});

test('a stated limit is believed for its length by the wall clock, at most a week, and 15 minutes when it says nothing', () => {
  const eligible = (retryAt: string | undefined, wallMs = start) => {
    const event = failureEvent(attempted, failureOf('rate-limited', retryAt), evidence, { ...moment, wallMs });
    return event.type === 'rate-limited' ? event.retryAt - start : null;
  };
  const stated = (ms: number) => new Date(start + ms).toISOString();
  assert.equal(eligible(stated(hourMs)), hourMs);
  assert.equal(eligible(stated(hourMs), start - hourMs), 2 * hourMs, 'believed time and wall clock differ');
  assert.equal(eligible(stated(-hourMs)), minuteMs, 'a time that has passed is no reason to try again at once');
  assert.equal(eligible(stated(365 * dayMs)), 7 * dayMs);
  assert.equal(eligible(undefined), 15 * minuteMs);
  assert.equal(eligible('2pm'), 15 * minuteMs);
});
