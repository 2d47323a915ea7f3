/** The operations of breaker scenarios, each a row of a table that acts on the real store. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { admits } from '../../scripts/core/breaker.ts';
import type { CircuitEvent } from '../../scripts/core/circuit.ts';
import { newCircuit, quarantine } from '../../scripts/core/circuit-steps.ts';
import {
  attemptOf,
  type Controller,
  withAttempt,
  withEvent,
  withoutAttempt,
  withTrigger,
} from '../../scripts/core/controller.ts';
import { type Evidence, sha256Hex } from '../../scripts/core/evidence.ts';
import type { BreakerPolicy } from '../../scripts/core/policy.ts';
import { creditRetryTokens, takeRetryToken } from '../../scripts/core/retry.ts';
import { standingBlock, type Verdict } from '../../scripts/core/verdict.ts';
import { validateDocument } from '../../scripts/effects/schema.ts';
import type { ScenarioEvent } from './scenario.ts';
import { corruptText } from './scenario-corruption.ts';
import { evidenceNamed, openTestStore, start, type TestStore } from './state.ts';

export interface Answer {
  readonly admitted?: boolean;
  readonly allowed?: boolean;
}

/** Everything that lives between two events of a scenario. */
export interface Stage {
  readonly policy: BreakerPolicy;
  readonly directory: string;
  store: TestStore;
  evidence: Evidence;
  readonly verdicts: Verdict[];
  calls: number;
}

function needed<T>(value: T | undefined, what: string): T {
  assert.ok(value !== undefined, `the event has no ${what}`);
  return value;
}

const shaOf = (name: string): string => sha256Hex(name).slice(0, 40);

function triggerFrom(event: ScenarioEvent) {
  return { branch: needed(event.token, 'token'), sha: shaOf(needed(event.sha, 'sha')) };
}

const inputsOf = (sha: string) => ({ tree: shaOf(`tree of ${sha}`), policy: 'one policy', target: null });

/** One event of the promote circuit, through the store. */
export async function apply(stage: Stage, event: CircuitEvent): Promise<Answer> {
  await stage.store.update((controller, now) => ({
    controller: withEvent(controller, 'promote', event, stage.policy, now),
    entries: [],
  }));
  return {};
}

/** Asks for admission the way a run does: lets time do its work, asks, and leaves its attempt in the controller. */
async function acquire(stage: Stage, runId: string): Promise<Answer> {
  const { policy } = stage;
  await stage.store.update((controller, now) => {
    const settled = withEvent(controller, 'promote', { type: 'tick' }, policy, now);
    const circuit = settled.circuits.promote;
    if (!admits(circuit, now).admitted) return { controller: settled, entries: [] };
    const owner = { host: 'here', bootId: 'boot-1', pid: 1, startTime: null };
    const attempt = {
      runId,
      circuit: 'promote',
      era: 0,
      phase: 'preflight',
      owner,
      startedAt: now,
      trigger: null,
    } as const;
    return { controller: withAttempt(settled, attempt, policy, now), entries: [] };
  });
  return { admitted: attemptOf(stage.store.read().controller, runId) !== null };
}

function eventOf(
  stage: Stage,
  report: ScenarioEvent,
  from: { readonly runId: string; readonly era: number },
): CircuitEvent {
  if (report.outcome === 'success') return { ...from, type: 'success' };
  const signature = report.sig ?? '';
  const why = `${report.class} ${signature}`;
  switch (report.class) {
    case 'cancelled':
    case 'infra-interrupted':
      return { ...from, type: 'interrupted' };
    case 'policy-terminal':
      return { ...from, type: 'policy-terminal' };
    case 'config-fatal':
      return { ...from, type: 'config-fatal', signature, why, evidence: stage.evidence };
    default:
      return { ...from, type: 'failure', class: 'transient', signature: `${report.class}:${signature}`, why };
  }
}

function block(stage: Stage, event: ScenarioEvent): void {
  const { branch, sha } = triggerFrom(event);
  const verdict: Verdict = {
    version: 1,
    verdict: 'blocked',
    branch,
    sha,
    inputs: inputsOf(sha),
    rule: 'qa-red',
    signature: event.sig ?? '',
    why: 'the gate is red',
    remedy: 'mend it',
    tail: '1 test failed',
    at: new Date(start + event.t).toISOString(),
  };
  assert.deepEqual(validateDocument('verdict', verdict, 'verdict.json'), []);
  stage.verdicts.push(verdict);
}

async function report(stage: Stage, event: ScenarioEvent, runId: string): Promise<Answer> {
  const attempt = attemptOf(stage.store.read().controller, runId);
  assert.ok(attempt !== null, `${runId} has begun and not reported`);
  await stage.store.update((controller: Controller, now) => {
    const moved = withEvent(controller, 'promote', eventOf(stage, event, attempt), stage.policy, now);
    return { controller: withoutAttempt(moved, runId), entries: [] };
  });
  if (event.class === 'policy-terminal' && event.token !== undefined) block(stage, event);
  return {};
}

async function call(stage: Stage, event: ScenarioEvent): Promise<Answer> {
  stage.calls += 1;
  const runId = `call-${stage.calls}`;
  const answer = await acquire(stage, runId);
  if (answer.admitted !== true) return answer;
  needed(event.outcome, 'outcome, although the call was admitted');
  await report(stage, event, runId);
  return answer;
}

/** Does one event and answers whether it was admitted or allowed, where it asks that. */
export type Operation = (stage: Stage, event: ScenarioEvent) => Promise<Answer> | Answer;

/** Every operation that a scenario may name. */
export const operations: Readonly<Record<string, Operation>> = {
  call,
  acquire: (stage, event) => acquire(stage, needed(event.id, 'id')),
  result: (stage, event) => report(stage, event, needed(event.id, 'id')),
  /** The owner is gone without a word, and nobody can prove it: only its lease ends it. */
  kill: (stage, event) => {
    assert.ok(attemptOf(stage.store.read().controller, needed(event.id, 'id')) !== null);
    return {};
  },
  /** Nothing but time; the state is read for the expectation. */
  read: () => ({}),
  /** State that was written before the scenario began: open since `byMs` from now. */
  restore: async (stage, event) => {
    assert.equal(event.kind, 'open', 'only an open circuit can be restored');
    await stage.store.update((controller, now) => {
      const promote = quarantine(newCircuit, 'a scenario says so', stage.policy, now + (event.byMs ?? 0), 0);
      return { controller: { ...controller, circuits: { ...controller.circuits, promote } }, entries: [] };
    });
    return {};
  },
  restart: (stage) => {
    const { directory, policy } = stage;
    stage.store = openTestStore(directory, { clock: stage.store.clock, policy });
    return {};
  },
  reboot: (stage, event) => {
    stage.store.clock.reboot(event.byMs ?? 0);
    return {};
  },
  'clock-jump': (stage, event) => {
    stage.store.clock.setWallBy(needed(event.byMs, 'byMs'));
    return {};
  },
  corrupt: (stage, event) => {
    const file = stage.store.files.controller;
    writeFileSync(file, corruptText(needed(event.kind, 'kind'), readFileSync(file, 'utf8')));
    return {};
  },
  'config-change': (stage, event) => {
    stage.evidence = evidenceNamed(needed(event.hash, 'hash'));
    return apply(stage, { type: 'evidence-changed', evidenceHash: stage.evidence.hash });
  },
  token: async (stage, event) => {
    const trigger = { ...triggerFrom(event), state: 'pending', notBefore: null } as const;
    await stage.store.update((controller) => ({ controller: withTrigger(controller, trigger), entries: [] }));
    return {};
  },
  'promote?': (stage, event) => {
    const trigger = triggerFrom(event);
    return { allowed: standingBlock(stage.verdicts, trigger, inputsOf(trigger.sha)) === null };
  },
  'retry?': async (stage) => {
    let allowed = false;
    await stage.store.update((controller) => {
      const retryTokens = takeRetryToken(controller.retryTokens);
      allowed = retryTokens !== null;
      return { controller: retryTokens === null ? controller : { ...controller, retryTokens }, entries: [] };
    });
    return { allowed };
  },
  credit: async (stage) => {
    await stage.store.update((controller) => ({
      controller: { ...controller, retryTokens: creditRetryTokens(controller.retryTokens, stage.policy.retry) },
      entries: [],
    }));
    return {};
  },
  reset: (stage) => apply(stage, { type: 'clear' }),
  isolate: (stage) => apply(stage, { type: 'hold', by: 'a person', why: 'a scenario says so' }),
};
