/** The controller: what loop and auto-promote share, as one value; its transitions; no I/O. */

import { next } from './breaker.ts';
import type { Circuit, CircuitEvent, CircuitPolicy } from './circuit.ts';
import { newCircuit, unreadableCircuit } from './circuit-steps.ts';
import type { ClockAnchor } from './clock.ts';
import type { Phase } from './failure.ts';
import type { TriggerId } from './verdict.ts';

export const circuitNames = ['agent', 'promote'] as const;
export type CircuitName = (typeof circuitNames)[number];

/** Unfinished business of one branch. Blocked and promoted triggers live as verdicts. */
export interface Trigger extends TriggerId {
  readonly state: 'pending' | 'quarantined';
  /** Back-off after a transient failure: not before this time, ms. */
  readonly notBefore: number | null;
}

/** Who runs something: enough to prove that it is dead, on this host and in this boot. */
export interface ProcessIdentity {
  readonly host: string;
  readonly bootId: string;
  readonly pid: number;
  /** Start time as the operating system tells it, opaque; null where it cannot be told. */
  readonly startTime: string | null;
}

/** An attempt that has begun and not reported: written before anything starts, so that a dead owner leaves a trace. */
export interface Attempt {
  readonly runId: string;
  readonly circuit: CircuitName;
  readonly era: number;
  readonly phase: Phase;
  readonly owner: ProcessIdentity;
  readonly startedAt: number;
  readonly trigger: TriggerId | null;
}

export interface Controller {
  readonly revision: number;
  readonly clock: ClockAnchor | null;
  readonly retryTokens: number;
  readonly circuits: Readonly<Record<CircuitName, Circuit>>;
  /** Unfinished triggers, the newest last; at most one a branch. */
  readonly triggers: readonly Trigger[];
  readonly attempts: readonly Attempt[];
  /** Agent runs that were started in the day that began at `since`. */
  readonly agentRuns: { readonly since: number; readonly count: number };
  /** Alerts that were delivered, the newest last: each begins with the circuit or branch that it is about. */
  readonly alerted: readonly string[];
}

/** More unfinished triggers than this are dropped, the oldest first: their branches are still there to be claimed again. */
const triggersMax = 8;

/** More unfinished attempts than this are refused before they begin. */
export const attemptsMax = 16;

const dayMs = 24 * 60 * 60 * 1000;

/** The controller of a first run: everything closed, revision 0. */
export function newController(retryTokens: number): Controller {
  return {
    revision: 0,
    clock: null,
    retryTokens,
    circuits: { agent: newCircuit, promote: newCircuit },
    triggers: [],
    attempts: [],
    agentRuns: { since: 0, count: 0 },
    alerted: [],
  };
}

/** The controller that stands in for one that cannot be read: both circuits open, nothing else believed. */
export function unreadableController(policy: CircuitPolicy, now: number, why: string, revision: number): Controller {
  const circuit = unreadableCircuit(policy, now, why, revision);
  return { ...newController(0), revision, circuits: { agent: circuit, promote: circuit } };
}

/** The controller after an event of one circuit. */
export function withEvent(
  controller: Controller,
  name: CircuitName,
  event: CircuitEvent,
  policy: CircuitPolicy,
  now: number,
): Controller {
  const before = controller.circuits[name];
  const circuit = next(before, event, policy, now);
  const moved = { ...controller, circuits: { ...controller.circuits, [name]: circuit } };
  // What stops it the next time is news again.
  return circuit.state === 'closed' && before.era !== circuit.era ? withoutAlerts(moved, name) : moved;
}

/** Forgets the alerts about a circuit or a branch: it is well again. */
export function withoutAlerts(controller: Controller, about: string): Controller {
  return { ...controller, alerted: controller.alerted.filter((key) => !key.startsWith(`${about} `)) };
}

/** Puts a trigger last (newest), in place of an older one of the same branch. */
export function withTrigger(controller: Controller, trigger: Trigger): Controller {
  const others = controller.triggers.filter((other) => other.branch !== trigger.branch);
  return { ...controller, triggers: [...others, trigger].slice(-triggersMax) };
}

/** Forgets the unfinished trigger of a branch, whatever its commit. */
export function withoutTrigger(controller: Controller, branch: string): Controller {
  return { ...controller, triggers: controller.triggers.filter((trigger) => trigger.branch !== branch) };
}

/** Forgets a trigger that is finished; a newer claim of the same branch stays. */
export function withFinishedTrigger(controller: Controller, done: TriggerId | null): Controller {
  const isDone = (trigger: Trigger) => trigger.branch === done?.branch && trigger.sha === done.sha;
  return { ...controller, triggers: controller.triggers.filter((trigger) => !isDone(trigger)) };
}

/** The unfinished trigger of a branch, or null. */
export function triggerOf(controller: Controller, branch: string): Trigger | null {
  return controller.triggers.find((trigger) => trigger.branch === branch) ?? null;
}

/** Adds an attempt and, in a half-open circuit, takes its permit. Check `admits` first. */
export function withAttempt(controller: Controller, attempt: Attempt, policy: CircuitPolicy, now: number): Controller {
  const begun = withEvent(controller, attempt.circuit, { type: 'begin', runId: attempt.runId }, policy, now);
  const era = begun.circuits[attempt.circuit].era;
  return { ...begun, attempts: [...begun.attempts, { ...attempt, era }] };
}

/** The attempt of a run, or null when it has reported already (or never began). */
export function attemptOf(controller: Controller, runId: string): Attempt | null {
  return controller.attempts.find((attempt) => attempt.runId === runId) ?? null;
}

/** Removes an attempt: its one event has been, or is just being, recorded. */
export function withoutAttempt(controller: Controller, runId: string): Controller {
  return { ...controller, attempts: controller.attempts.filter((attempt) => attempt.runId !== runId) };
}

/** Agent runs in the day that is running at `now`. A day begins with its first run. */
export function agentRunsToday(controller: Controller, now: number): number {
  return now - controller.agentRuns.since < dayMs ? controller.agentRuns.count : 0;
}

/** Counts one agent run. */
export function withAgentRun(controller: Controller, now: number): Controller {
  const count = agentRunsToday(controller, now);
  const since = count === 0 ? now : controller.agentRuns.since;
  return { ...controller, agentRuns: { since, count: count + 1 } };
}

const isSame = (one: ProcessIdentity, other: ProcessIdentity): boolean =>
  one.pid === other.pid && one.startTime === other.startTime && one.host === other.host;

/** Whether the agent of a run has ended: its loop is promoting, or died while it did. */
export function hadClaimed(attempts: readonly Attempt[], run: Attempt): boolean {
  return attempts.some((other) => other.circuit === 'promote' && isSame(other.owner, run.owner));
}
