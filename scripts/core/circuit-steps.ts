/** The transitions of a circuit, each a pure step from one state to the next. Which one is taken is the table's to say. */
import type { Circuit, CircuitPolicy, ClosedCircuit, HalfOpenCircuit, HeldCircuit, OpenCircuit } from './circuit.ts';
import type { Evidence } from './evidence.ts';

/** After so many different inputs in one opening only the recheck or a person frees a config-fatal circuit. */
export const triedEvidenceMax = 16;

/** Growth ends here: the quarantine is at its cap long before, and the controller's schema holds no larger number. */
const growthMax = 1000;

const cleanMemory = {
  consecutiveFailures: 0,
  sameSignatureCount: 0,
  lastFailureClass: null,
  lastSignature: null,
  lastRemedy: null,
  recentFailures: [],
  firstOpenedAt: null,
  nextEligibleAt: null,
  triedEvidence: [],
} as const;

/** A circuit at its very beginning: closed, era 0. */
export const newCircuit: ClosedCircuit = { ...cleanMemory, state: 'closed', era: 0, growth: 0, failedProbes: 0 };

/** Signature of a circuit whose state could not be read. */
export const unreadableSignature = 'state-unreadable';

/** The circuit that stands in for state that cannot be read: open for the base time, never closed. */
export function unreadableCircuit(policy: CircuitPolicy, now: number, why: string, era = 0): OpenCircuit {
  return {
    ...newCircuit,
    state: 'open',
    era: era + 1,
    lastFailureClass: 'unknown',
    lastSignature: unreadableSignature,
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

/** Closed in the same era, with nothing remembered but growth. */
export function forgetFailures(circuit: Circuit): ClosedCircuit {
  const { era, growth, failedProbes } = circuit;
  return { ...cleanMemory, state: 'closed', era, growth, failedProbes };
}

/** Closed in a new era. */
export function close(circuit: Circuit, growth: number): ClosedCircuit {
  return { ...forgetFailures(circuit), era: circuit.era + 1, growth, failedProbes: 0 };
}

/** What went wrong, as the circuit remembers it. */
export interface Trouble {
  readonly class: 'transient' | 'unknown' | 'config-fatal';
  readonly signature: string;
  readonly why: string;
  readonly remedy?: string | undefined;
}

/** Remembers one failure in the counts that decide about opening; keeps no more of them than those counts need. */
export function remember<C extends Circuit>(circuit: C, trouble: Trouble, policy: CircuitPolicy, now: number): C {
  const windowStart = now - policy.windowSeconds * 1000;
  const recent = [...circuit.recentFailures, { at: now, signature: trouble.signature }];
  return {
    ...circuit,
    consecutiveFailures: circuit.consecutiveFailures + 1,
    sameSignatureCount: circuit.lastSignature === trouble.signature ? circuit.sameSignatureCount + 1 : 1,
    lastFailureClass: trouble.class,
    lastSignature: trouble.signature,
    lastRemedy: trouble.remedy ?? null,
    recentFailures: recent.filter((failure) => failure.at > windowStart).slice(-policy.failuresMax),
  };
}

export function openWith(
  circuit: Circuit,
  evidence: Evidence | null,
  why: string,
  now: number,
  until: number,
): OpenCircuit {
  const { consecutiveFailures, sameSignatureCount, lastFailureClass, lastSignature, lastRemedy, recentFailures } =
    circuit;
  const tried = evidence === null ? circuit.triedEvidence : [...circuit.triedEvidence, evidence.hash];
  return {
    state: 'open',
    era: circuit.era + 1,
    consecutiveFailures,
    sameSignatureCount,
    lastFailureClass,
    lastSignature,
    lastRemedy,
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

/** Open for a quarantine that grows with each such opening. */
export function quarantine(
  circuit: Circuit,
  why: string,
  policy: CircuitPolicy,
  now: number,
  jitter: number,
): OpenCircuit {
  const opened = openWith(circuit, null, why, now, now + quarantineMs(policy, circuit.growth, jitter));
  return { ...opened, growth: Math.min(circuit.growth + 1, growthMax) };
}

/** Open until the recheck; the evidence is recorded so that a change of it is noticed. */
export function openConfigFatal(circuit: Circuit, evidence: Evidence, why: string, policy: CircuitPolicy, now: number) {
  return openWith(circuit, evidence, why, now, now + policy.configFatal.recheckSeconds * 1000);
}

/** Held until a person clears it. */
export function holdCircuit(circuit: Circuit, by: string, why: string, now: number): HeldCircuit {
  const memory = openWith(circuit, null, why, now, now);
  const { quarantineUntil: _until, evidence: _evidence, state: _state, ...rest } = memory;
  return { ...rest, state: 'held', heldBy: by };
}

/** A failed probe: open again, for longer, or held when too many have failed. */
export function failProbe(
  circuit: HalfOpenCircuit,
  trouble: Trouble,
  policy: CircuitPolicy,
  at: number,
  jitter: number,
) {
  const remembered = remember(circuit, trouble, policy, at);
  const counted = { ...remembered, failedProbes: circuit.failedProbes + 1 };
  if (counted.failedProbes < policy.quarantine.failedProbesMax) {
    return quarantine(counted, trouble.why, policy, at, jitter);
  }
  const why = `${counted.failedProbes} probes failed in a row, the last one: ${trouble.why}`;
  return holdCircuit(counted, 'loopbreaker', why, at);
}

/** Half-open: one attempt may find out. */
export function halfOpen(circuit: OpenCircuit): HalfOpenCircuit {
  const { quarantineUntil: _until, state: _state, ...memory } = circuit;
  return { ...memory, state: 'half-open', era: circuit.era + 1, lease: null, successes: 0, interruptions: 0 };
}
