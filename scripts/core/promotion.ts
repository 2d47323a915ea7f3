/** What the outcome of one promotion means for the promote circuit and for its trigger. One attempt, one event. */

import { admits } from './breaker.ts';
import type { CircuitEvent, CircuitPolicy } from './circuit.ts';
import {
  type Attempt,
  type Controller,
  type Trigger,
  triggerOf,
  withEvent,
  withFinishedTrigger,
  withoutAlerts,
  withoutAttempt,
  withTrigger,
} from './controller.ts';
import type { Evidence } from './evidence.ts';
import type { Failure } from './failure.ts';
import type { PromoteOutcome } from './outcome.ts';
import type { RetryPolicy } from './policy.ts';
import { creditRetryTokens, retryDelayMs } from './retry.ts';

export interface PromotionEnd {
  readonly outcome: PromoteOutcome;
  readonly why: string;
  /** The failure behind every outcome but promoted and already-promoted. */
  readonly failure: Failure | null;
}

/** A stated limit is believed at most this long. */
const limitMaxMs = 7 * 24 * 60 * 60 * 1000;

/** A stated limit without a usable time is waited for this long. */
const limitDefaultMs = 15 * 60 * 1000;

/** One that has ended by our clock is waited for this long: two clocks differ, and stated minutes are rounded down. */
const limitMinMs = 60 * 1000;

function limitEnd(failure: Failure, now: number, wallMs: number): number {
  const stated = failure.retryAt === undefined ? Number.NaN : Date.parse(failure.retryAt);
  const leftMs = Number.isNaN(stated) ? limitDefaultMs : stated - wallMs;
  const waitMs = Math.min(Math.max(leftMs, limitMinMs), limitMaxMs);
  return now + waitMs;
}

/** What a signature of a block begins with in the agent circuit. */
export const blockedPrefix = 'blocked:';

/** The signature by which the agent circuit remembers a claim that was blocked: no failure of the agent's own has it. */
export function blockedSignature({ signature }: Pick<Failure, 'signature'>): string {
  return `${blockedPrefix}${signature}`;
}

export interface Moment {
  readonly now: number;
  /** Wall clock, for times that others state. */
  readonly wallMs: number;
  /** Random number in [0, 1). */
  readonly random: number;
}

/** The event of a failed attempt. Evidence is asked for only where it counts. */
export function failureEvent(attempt: Attempt, failure: Failure, evidence: Evidence, moment: Moment): CircuitEvent {
  const from = { runId: attempt.runId, era: attempt.era, jitter: moment.random };
  const { signature, problem: why, remedy } = failure;
  switch (failure.class) {
    case 'transient':
    case 'unknown':
      return { ...from, type: 'failure', class: failure.class, signature, why, remedy };
    case 'config-fatal':
      return { ...from, type: 'config-fatal', signature, why, remedy, evidence };
    case 'policy-terminal':
      return { ...from, type: 'policy-terminal' };
    case 'rate-limited':
      return { ...from, type: 'rate-limited', retryAt: limitEnd(failure, moment.now, moment.wallMs) };
    case 'interrupted':
      return { ...from, type: 'interrupted' };
  }
}

/** The outcome comes first: what landed is a success whatever failed afterwards, and nothing else ever is one. */
function promotionEvent(attempt: Attempt, end: PromotionEnd, evidence: Evidence, moment: Moment): CircuitEvent {
  const from = { runId: attempt.runId, era: attempt.era };
  if (end.outcome === 'promoted' || end.outcome === 'already-promoted') return { ...from, type: 'success' };
  if (end.failure !== null) return failureEvent(attempt, end.failure, evidence, moment);
  switch (end.outcome) {
    case 'blocked':
      return { ...from, type: 'policy-terminal' };
    case 'config-fatal':
      return { ...from, type: 'config-fatal', signature: 'config-fatal', why: end.why, evidence };
    case 'quarantined':
    case 'try-later':
      return { ...from, type: 'interrupted' };
  }
}

function keptTrigger(controller: Controller, attempt: Attempt, retry: RetryPolicy, moment: Moment): Trigger | null {
  if (attempt.trigger === null) return null;
  // A newer claim of the same branch has taken its place.
  if ((triggerOf(controller, attempt.trigger.branch)?.sha ?? attempt.trigger.sha) !== attempt.trigger.sha) return null;
  const circuit = controller.circuits.promote;
  const waiting = !admits(circuit, moment.now).admitted && circuit.state !== 'closed';
  // What is not counted (a busy lock) has no growing back-off either, so it waits the longest one.
  const counted = circuit.consecutiveFailures > 0;
  const delayMs = counted ? retryDelayMs(retry, circuit.consecutiveFailures, moment.random) : retry.capSeconds * 1000;
  return {
    branch: attempt.trigger.branch,
    sha: attempt.trigger.sha,
    state: waiting ? 'quarantined' : 'pending',
    notBefore: waiting ? null : moment.now + delayMs,
  };
}

/** The controller after a promotion reported: its circuit moved once, its trigger finished, pending or quarantined. */
export function afterPromotion(
  controller: Controller,
  attempt: Attempt,
  end: PromotionEnd,
  evidence: Evidence,
  policy: CircuitPolicy & { readonly retry: RetryPolicy },
  moment: Moment,
): Controller {
  const event = promotionEvent(attempt, end, evidence, moment);
  const moved = withoutAttempt(withEvent(controller, 'promote', event, policy, moment.now), attempt.runId);
  switch (end.outcome) {
    case 'promoted':
    case 'already-promoted': {
      const retryTokens = creditRetryTokens(moved.retryTokens, policy.retry);
      const done = { ...withFinishedTrigger(moved, attempt.trigger), retryTokens };
      return attempt.trigger === null ? done : withoutAlerts(done, attempt.trigger.branch);
    }
    case 'blocked':
      return withFinishedTrigger(moved, attempt.trigger);
    case 'quarantined':
    case 'try-later':
    case 'config-fatal': {
      const trigger = keptTrigger(moved, attempt, policy.retry, moment);
      return trigger === null ? moved : withTrigger(moved, trigger);
    }
  }
}
