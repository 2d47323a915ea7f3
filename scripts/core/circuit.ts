/** The circuit as a value: each state carries only its own data. Times are milliseconds of believed time (core/clock.ts). */
import type { Evidence } from './evidence.ts';
import type { FailureClass } from './failure.ts';
import type { BreakerPolicy } from './policy.ts';

export interface RecentFailure {
  readonly at: number;
  readonly signature: string;
}

/** The permit of a half-open circuit: one run holds it until `expiresAt`. */
export interface Lease {
  readonly runId: string;
  readonly expiresAt: number;
}

interface CircuitMemory {
  /** Grows by one at every state change; an event of another era moves nothing (gobreaker calls it a generation). */
  readonly era: number;
  readonly consecutiveFailures: number;
  readonly sameSignatureCount: number;
  readonly lastFailureClass: FailureClass | null;
  readonly lastSignature: string | null;
  /** What the last failure itself says would mend it. */
  readonly lastRemedy: string | null;
  readonly recentFailures: readonly RecentFailure[];
  /** Exponent of the next quarantine. */
  readonly growth: number;
  readonly failedProbes: number;
  /** First opening since the circuit was last closed: the age of the trouble, which a failed probe does not restart. */
  readonly firstOpenedAt: number | null;
  /** A stated limit ends here; until then nothing is admitted and nothing is counted. */
  readonly nextEligibleAt: number | null;
  /** Evidence hashes that were tried since `firstOpenedAt`; none of them re-arms again. */
  readonly triedEvidence: readonly string[];
}

export type ClosedCircuit = CircuitMemory & { readonly state: 'closed' };

export type OpenCircuit = CircuitMemory & {
  readonly state: 'open';
  readonly openedAt: number;
  readonly quarantineUntil: number;
  readonly evidence: Evidence | null;
  readonly why: string;
};

export type HalfOpenCircuit = CircuitMemory & {
  readonly state: 'half-open';
  readonly openedAt: number;
  readonly evidence: Evidence | null;
  readonly lease: Lease | null;
  readonly successes: number;
  readonly interruptions: number;
  readonly why: string;
};

export type HeldCircuit = CircuitMemory & {
  readonly state: 'held';
  readonly openedAt: number;
  readonly heldBy: string;
  readonly why: string;
};

export type Circuit = ClosedCircuit | OpenCircuit | HalfOpenCircuit | HeldCircuit;

/** An attempt reports with its run id and the era in which it began. */
interface FromAttempt {
  readonly runId: string;
  readonly era: number;
}

export type CircuitEvent = {
  /** Random number in [0, 1) that stretches a quarantine which this event may start. */
  readonly jitter?: number;
} & (
  | (FromAttempt & { readonly type: 'success' })
  | (FromAttempt & {
      readonly type: 'failure';
      readonly class: 'transient' | 'unknown';
      readonly signature: string;
      readonly why: string;
      readonly remedy?: string;
    })
  | (FromAttempt & {
      readonly type: 'config-fatal';
      readonly signature: string;
      readonly why: string;
      readonly remedy?: string;
      readonly evidence: Evidence;
    })
  | (FromAttempt & { readonly type: 'policy-terminal' })
  | (FromAttempt & { readonly type: 'rate-limited'; readonly retryAt: number })
  | (FromAttempt & { readonly type: 'interrupted' })
  | { readonly type: 'begin'; readonly runId: string }
  | { readonly type: 'renew'; readonly runId: string }
  | { readonly type: 'doctor-red'; readonly evidence: Evidence; readonly why: string }
  | { readonly type: 'evidence-changed'; readonly evidenceHash: string }
  | { readonly type: 'tick' }
  | { readonly type: 'clear' }
  | { readonly type: 'hold'; readonly by: string; readonly why: string }
);

/** The part of breaker.json that decides here, and limits for single signatures (such as `no-progress`). */
export type CircuitPolicy = Pick<
  BreakerPolicy,
  | 'sameSignatureMax'
  | 'failuresMax'
  | 'windowSeconds'
  | 'quarantine'
  | 'configFatal'
  | 'probeLeaseSeconds'
  | 'successesToClose'
> & { readonly signatureLimits?: Readonly<Record<string, number>> };

/** The events that an attempt reports. */
export type AttemptEvent = Extract<CircuitEvent, FromAttempt>;
