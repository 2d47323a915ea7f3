/**
 * The circuit breaker: a pure function of a circuit, an event, the policy and the time. No I/O, no clock, no
 * randomness; jitter comes with the event. All times are milliseconds of believed time (core/clock.ts).
 */
import type { AttemptEvent, Circuit, CircuitEvent, CircuitPolicy, ClosedCircuit, HalfOpenCircuit } from './circuit.ts';
import {
  close,
  failProbe,
  forgetFailures,
  halfOpen,
  holdCircuit,
  openConfigFatal,
  quarantine,
  remember,
  type Trouble,
  triedEvidenceMax,
} from './circuit-steps.ts';

/** Interruptions of one probe, in a row, that count as one failed probe. */
const interruptionsMax = 3;

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
  if (tried || circuit.evidence?.hash === evidenceHash) return circuit;
  // It counts as tried from now on: whoever asks with the same inputs, from wherever, does not re-arm again.
  return halfOpen({ ...circuit, triedEvidence: [...circuit.triedEvidence, evidenceHash] });
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
