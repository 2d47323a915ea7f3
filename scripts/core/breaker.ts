/**
 * The circuit breaker: a pure function of a circuit, an event, the policy and the time. No I/O, no clock, no
 * randomness; jitter comes with the event. All times are milliseconds of believed time (core/clock.ts).
 */
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
    })
  | (FromAttempt & {
      readonly type: 'config-fatal';
      readonly signature: string;
      readonly why: string;
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

/** After so many different inputs in one opening only the recheck or a person frees a config-fatal circuit. */
export const triedEvidenceMax = 16;

/** Growth ends here: the quarantine is at its cap long before, and the controller's schema holds no larger number. */
const growthMax = 1000;

/** Interruptions of one probe, in a row, that count as one failed probe. */
const interruptionsMax = 3;

const cleanMemory = {
  consecutiveFailures: 0,
  sameSignatureCount: 0,
  lastFailureClass: null,
  lastSignature: null,
  recentFailures: [],
  firstOpenedAt: null,
  nextEligibleAt: null,
  triedEvidence: [],
} as const;

/** A circuit at its very beginning: closed, era 0. */
export const newCircuit: ClosedCircuit = { ...cleanMemory, state: 'closed', era: 0, growth: 0, failedProbes: 0 };

/** The circuit that stands in for state that cannot be read: open for the base time, never closed. */
export function unreadableCircuit(policy: CircuitPolicy, now: number, why: string, era = 0): OpenCircuit {
  return {
    ...newCircuit,
    state: 'open',
    era: era + 1,
    lastFailureClass: 'unknown',
    lastSignature: 'state-unreadable',
    growth: 1,
    firstOpenedAt: now,
    openedAt: now,
    quarantineUntil: now + policy.quarantine.baseSeconds * 1000,
    evidence: null,
    why,
  };
}

/** Length of the quarantine that starts at this growth, in ms: never shorter than stated, longer by jitter only. */
export function quarantineMs(policy: CircuitPolicy, growth: number, jitter: number): number {
  const { baseSeconds, factor, capSeconds, jitterRatio } = policy.quarantine;
  const seconds = Math.min(baseSeconds * factor ** growth, capSeconds);
  return Math.round(seconds * 1000 * (1 + jitterRatio * jitter));
}

function forgetFailures(circuit: Circuit): ClosedCircuit {
  const { era, growth, failedProbes } = circuit;
  return { ...cleanMemory, state: 'closed', era, growth, failedProbes };
}

function close(circuit: Circuit, growth: number): ClosedCircuit {
  return { ...forgetFailures(circuit), era: circuit.era + 1, growth, failedProbes: 0 };
}

interface Trouble {
  readonly class: 'transient' | 'unknown' | 'config-fatal';
  readonly signature: string;
  readonly why: string;
}

/** Remembers one failure in the counts that decide about opening; keeps no more of them than those counts need. */
function remember<C extends Circuit>(circuit: C, trouble: Trouble, policy: CircuitPolicy, now: number): C {
  const windowStart = now - policy.windowSeconds * 1000;
  const recent = [...circuit.recentFailures, { at: now, signature: trouble.signature }];
  return {
    ...circuit,
    consecutiveFailures: circuit.consecutiveFailures + 1,
    sameSignatureCount: circuit.lastSignature === trouble.signature ? circuit.sameSignatureCount + 1 : 1,
    lastFailureClass: trouble.class,
    lastSignature: trouble.signature,
    recentFailures: recent.filter((failure) => failure.at > windowStart).slice(-policy.failuresMax),
  };
}

function openWith(circuit: Circuit, evidence: Evidence | null, why: string, now: number, until: number): OpenCircuit {
  const { consecutiveFailures, sameSignatureCount, lastFailureClass, lastSignature, recentFailures } = circuit;
  const tried = evidence === null ? circuit.triedEvidence : [...circuit.triedEvidence, evidence.hash];
  return {
    state: 'open',
    era: circuit.era + 1,
    consecutiveFailures,
    sameSignatureCount,
    lastFailureClass,
    lastSignature,
    recentFailures,
    growth: circuit.growth,
    failedProbes: circuit.failedProbes,
    firstOpenedAt: circuit.firstOpenedAt ?? now,
    nextEligibleAt: circuit.nextEligibleAt,
    triedEvidence: [...new Set(tried)].slice(0, triedEvidenceMax),
    openedAt: now,
    quarantineUntil: until,
    evidence,
    why,
  };
}

function quarantine(circuit: Circuit, why: string, policy: CircuitPolicy, now: number, jitter: number): OpenCircuit {
  const opened = openWith(circuit, null, why, now, now + quarantineMs(policy, circuit.growth, jitter));
  return { ...opened, growth: Math.min(circuit.growth + 1, growthMax) };
}

function openConfigFatal(circuit: Circuit, evidence: Evidence, why: string, policy: CircuitPolicy, now: number) {
  return openWith(circuit, evidence, why, now, now + policy.configFatal.recheckSeconds * 1000);
}

function holdCircuit(circuit: Circuit, by: string, why: string, now: number): HeldCircuit {
  const memory = openWith(circuit, null, why, now, now);
  const { quarantineUntil: _until, evidence: _evidence, state: _state, ...rest } = memory;
  return { ...rest, state: 'held', heldBy: by };
}

function failProbe(circuit: HalfOpenCircuit, trouble: Trouble, policy: CircuitPolicy, at: number, jitter: number) {
  const remembered = remember(circuit, trouble, policy, at);
  const counted = { ...remembered, failedProbes: circuit.failedProbes + 1 };
  if (counted.failedProbes < policy.quarantine.failedProbesMax) {
    return quarantine(counted, trouble.why, policy, at, jitter);
  }
  const why = `${counted.failedProbes} probes failed in a row, the last one: ${trouble.why}`;
  return holdCircuit(counted, 'loopbreaker', why, at);
}

function halfOpen(circuit: OpenCircuit): HalfOpenCircuit {
  const { quarantineUntil: _until, state: _state, ...memory } = circuit;
  return { ...memory, state: 'half-open', era: circuit.era + 1, lease: null, successes: 0, interruptions: 0 };
}

/** What time alone has done to the circuit by `now`: a lease that ran out, then a quarantine that ended. */
function settle(circuit: Circuit, policy: CircuitPolicy, now: number, jitter: number): Circuit {
  let settled = circuit;
  if (settled.state === 'half-open' && settled.lease !== null && now >= settled.lease.expiresAt) {
    const why = 'a probe never reported and its lease ran out';
    const trouble: Trouble = { class: 'unknown', signature: 'probe-lease-expired', why };
    settled = failProbe(settled, trouble, policy, settled.lease.expiresAt, jitter);
  }
  return settled.state === 'open' && now >= settled.quarantineUntil ? halfOpen(settled) : settled;
}

function tripsAfter(circuit: Circuit, policy: CircuitPolicy, now: number): boolean {
  const signature = circuit.lastSignature ?? '';
  const limits = policy.signatureLimits ?? {};
  const sameMax = Object.hasOwn(limits, signature) ? limits[signature] : undefined;
  if (circuit.sameSignatureCount >= (sameMax ?? policy.sameSignatureMax)) return true;
  const windowMs = policy.windowSeconds * 1000;
  return circuit.recentFailures.filter((failure) => now - failure.at < windowMs).length >= policy.failuresMax;
}

type AttemptEvent = Extract<CircuitEvent, FromAttempt>;

function afterClosedAttempt(circuit: ClosedCircuit, event: AttemptEvent, policy: CircuitPolicy, now: number): Circuit {
  switch (event.type) {
    case 'success':
      return { ...forgetFailures(circuit), growth: Math.max(0, circuit.growth - 1) };
    case 'failure': {
      const counted = remember(circuit, event, policy, now);
      if (!tripsAfter(counted, policy, now)) return counted;
      return quarantine(counted, event.why, policy, now, event.jitter ?? 0);
    }
    case 'config-fatal': {
      const counted = remember(circuit, { ...event, class: 'config-fatal' }, policy, now);
      return openConfigFatal(counted, event.evidence, event.why, policy, now);
    }
    case 'rate-limited':
      return { ...circuit, nextEligibleAt: event.retryAt };
    case 'policy-terminal':
    case 'interrupted':
      return circuit;
  }
}

function succeedProbe(circuit: HalfOpenCircuit, policy: CircuitPolicy): Circuit {
  const successes = circuit.successes + 1;
  if (successes >= policy.successesToClose) return close(circuit, Math.max(0, circuit.growth - 1));
  return { ...circuit, successes, lease: null, interruptions: 0 };
}

function afterProbe(circuit: HalfOpenCircuit, event: AttemptEvent, policy: CircuitPolicy, now: number): Circuit {
  switch (event.type) {
    case 'success':
    case 'policy-terminal':
      return succeedProbe(circuit, policy);
    case 'failure':
      return failProbe(circuit, event, policy, now, event.jitter ?? 0);
    case 'config-fatal': {
      const counted = remember(circuit, { ...event, class: 'config-fatal' }, policy, now);
      return openConfigFatal(counted, event.evidence, event.why, policy, now);
    }
    case 'rate-limited':
      return { ...circuit, lease: null, nextEligibleAt: event.retryAt };
    case 'interrupted': {
      const interruptions = circuit.interruptions + 1;
      if (interruptions < interruptionsMax) return { ...circuit, lease: null, interruptions };
      const why = `the probe was interrupted ${interruptions} times in a row`;
      const trouble: Trouble = { class: 'unknown', signature: 'probe-interrupted', why };
      return failProbe(circuit, trouble, policy, now, event.jitter ?? 0);
    }
  }
}

function afterAttempt(circuit: Circuit, event: AttemptEvent, policy: CircuitPolicy, now: number): Circuit {
  if (event.era !== circuit.era) return circuit;
  switch (circuit.state) {
    case 'closed':
      return afterClosedAttempt(circuit, event, policy, now);
    case 'half-open':
      return circuit.lease?.runId === event.runId ? afterProbe(circuit, event, policy, now) : circuit;
    case 'open':
    case 'held':
      return circuit;
  }
}

function rearmed(circuit: Circuit, evidenceHash: string): Circuit {
  if (circuit.state !== 'open' || circuit.lastFailureClass !== 'config-fatal') return circuit;
  const tried = circuit.triedEvidence.includes(evidenceHash) || circuit.triedEvidence.length >= triedEvidenceMax;
  return tried || circuit.evidence?.hash === evidenceHash ? circuit : halfOpen(circuit);
}

function withLease(circuit: Circuit, runId: string, policy: CircuitPolicy, now: number): Circuit {
  if (circuit.state !== 'half-open') return circuit;
  return { ...circuit, lease: { runId, expiresAt: now + policy.probeLeaseSeconds * 1000 } };
}

/**
 * The circuit after an event at `now` (ms). The events of an attempt move nothing when they come from another era, and
 * in a half-open circuit only the holder of the lease is heard. The table is design section 6, row by row.
 */
export function next(circuit: Circuit, event: CircuitEvent, policy: CircuitPolicy, now: number): Circuit {
  const settled = settle(circuit, policy, now, event.jitter ?? 0);
  switch (event.type) {
    case 'success':
    case 'failure':
    case 'config-fatal':
    case 'policy-terminal':
    case 'rate-limited':
    case 'interrupted':
      return afterAttempt(settled, event, policy, now);
    case 'begin':
      return admits(settled, now).admitted ? withLease(settled, event.runId, policy, now) : settled;
    case 'renew':
      return settled.state === 'half-open' && settled.lease?.runId === event.runId
        ? withLease(settled, event.runId, policy, now)
        : settled;
    case 'doctor-red':
      return settled.state === 'half-open' && settled.lease === null
        ? openConfigFatal(settled, event.evidence, event.why, policy, now)
        : settled;
    case 'evidence-changed':
      return rearmed(settled, event.evidenceHash);
    case 'tick':
      return settled;
    case 'clear':
      return close(settled, 0);
    case 'hold':
      return settled.state === 'held'
        ? { ...settled, heldBy: event.by, why: event.why }
        : holdCircuit(settled, event.by, event.why, now);
  }
}

export type Admission =
  | { readonly admitted: true; readonly as: 'attempt' | 'probe' }
  | {
      readonly admitted: false;
      readonly reason: 'open' | 'held' | 'probe-running' | 'limited';
      /** When asking again is worth it, ms; null: only a person ends it. */
      readonly until: number | null;
    };

/** Whether the circuit admits an attempt at `now` (ms). Total: an expired lease is refused until `next` has counted it. */
export function admits(circuit: Circuit, now: number): Admission {
  if (circuit.state === 'held') return { admitted: false, reason: 'held', until: null };
  if (circuit.nextEligibleAt !== null && now < circuit.nextEligibleAt) {
    return { admitted: false, reason: 'limited', until: circuit.nextEligibleAt };
  }
  switch (circuit.state) {
    case 'closed':
      return { admitted: true, as: 'attempt' };
    case 'open':
      return now >= circuit.quarantineUntil
        ? { admitted: true, as: 'probe' }
        : { admitted: false, reason: 'open', until: circuit.quarantineUntil };
    case 'half-open':
      return circuit.lease === null
        ? { admitted: true, as: 'probe' }
        : { admitted: false, reason: 'probe-running', until: circuit.lease.expiresAt };
  }
}
