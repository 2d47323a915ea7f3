/** Random lives of a circuit: steps that fast-check invents, played against the breaker with a memory of who runs. */
import fc from 'fast-check';
import { admits, next } from '../../scripts/core/breaker.ts';
import type { Circuit, CircuitEvent, CircuitPolicy } from '../../scripts/core/circuit.ts';
import { newCircuit } from '../../scripts/core/circuit-steps.ts';
import { evidenceNamed, hourMs, minuteMs, start } from './state.ts';

const names = ['a', 'b', 'c'] as const;
type Name = (typeof names)[number];

/** How long a step waits: a length of time, or until just before, at or after what the circuit itself waits for. */
type Wait = { readonly ms: number } | { readonly around: -1 | 0 | 1 };

export interface Step {
  readonly wait: Wait;
  readonly who: Name;
  readonly what: 'begin' | 'renew' | 'report' | 'stale' | 'doctor-red' | 'evidence-changed' | 'tick' | 'clear' | 'hold';
  readonly outcome:
    | 'success'
    | 'transient'
    | 'unknown'
    | 'config-fatal'
    | 'policy-terminal'
    | 'rate-limited'
    | 'interrupted';
  readonly detail: number;
  readonly jitter: number;
}

/** One step as it was lived: `settled` is what time alone made of `before`; `live` are the runs that hold a permit. */
export interface Life {
  readonly before: Circuit;
  readonly settled: Circuit;
  readonly event: CircuitEvent;
  readonly after: Circuit;
  readonly now: number;
  readonly live: ReadonlySet<string>;
}

const aWait: fc.Arbitrary<Wait> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, minuteMs, 5 * minuteMs, hourMs, 30 * hourMs).map((ms) => ({ ms })) },
  { weight: 2, arbitrary: fc.constantFrom<-1 | 0 | 1>(-1, 0, 1).map((around) => ({ around })) },
);

/** A step; reports and beginnings are the most frequent ones, a person comes seldom. */
export const aStep: fc.Arbitrary<Step> = fc.record({
  wait: aWait,
  who: fc.constantFrom(...names),
  what: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom<Step['what']>('begin', 'report') },
    { weight: 2, arbitrary: fc.constantFrom<Step['what']>('stale', 'renew', 'doctor-red', 'evidence-changed', 'tick') },
    { weight: 1, arbitrary: fc.constantFrom<Step['what']>('clear', 'hold', 'tick', 'tick') },
  ),
  outcome: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<Step['outcome']>('transient', 'unknown') },
    {
      weight: 3,
      arbitrary: fc.constantFrom<Step['outcome']>(
        'success',
        'config-fatal',
        'policy-terminal',
        'rate-limited',
        'interrupted',
      ),
    },
  ),
  detail: fc.integer({ min: 0, max: 20 }),
  jitter: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

function reported(step: Step, runId: string, era: number, now: number): CircuitEvent {
  const from = { runId, era, jitter: step.jitter };
  const signature = `sha256:${step.detail % 3}`;
  switch (step.outcome) {
    case 'transient':
    case 'unknown':
      return { ...from, type: 'failure', class: step.outcome, signature, why: 'it failed' };
    case 'config-fatal':
      return {
        ...from,
        type: 'config-fatal',
        signature,
        why: 'it is missing',
        evidence: evidenceNamed(`v${step.detail}`),
      };
    case 'rate-limited':
      return { ...from, type: 'rate-limited', retryAt: now + step.detail * minuteMs };
    case 'success':
    case 'policy-terminal':
    case 'interrupted':
      return { ...from, type: step.outcome };
  }
}

function eventOf(step: Step, circuit: Circuit, eras: ReadonlyMap<Name, number>, now: number): CircuitEvent {
  const { who, jitter } = step;
  switch (step.what) {
    case 'begin':
    case 'renew':
      return { type: step.what, runId: who, jitter };
    case 'report':
      return reported(step, who, eras.get(who) ?? circuit.era, now);
    case 'stale':
      return reported(step, who, circuit.era + (step.detail % 2 === 0 ? -1 : 1), now);
    case 'doctor-red':
      return { type: 'doctor-red', evidence: evidenceNamed(`v${step.detail}`), why: 'the doctor is red', jitter };
    case 'evidence-changed':
      return { type: 'evidence-changed', evidenceHash: evidenceNamed(`v${step.detail}`).hash, jitter };
    case 'tick':
    case 'clear':
      return { type: step.what, jitter };
    case 'hold':
      return { type: 'hold', by: who, why: 'a person said so', jitter };
  }
}

function later(wait: Wait, circuit: Circuit, now: number): number {
  if ('ms' in wait) return now + wait.ms;
  const admission = admits(circuit, now);
  return admission.admitted || admission.until === null ? now : Math.max(now, admission.until + wait.around);
}

/** The runs that hold a permit after a step: whoever the circuit let in as a probe and has not lost since. */
function permits(live: ReadonlySet<string>, { settled, event, after, now }: Omit<Life, 'live'>): Set<string> {
  if (after.era !== settled.era || settled.state !== 'half-open') return new Set();
  const kept = new Set(settled.lease === null ? [] : live);
  if ('era' in event && event.era === settled.era) kept.delete(event.runId);
  if (event.type === 'begin' && admits(settled, now).admitted) kept.add(event.runId);
  return kept;
}

/** Plays the steps from a new circuit on. */
export function* lived(policy: CircuitPolicy, steps: readonly Step[]): Generator<Life> {
  let circuit: Circuit = newCircuit;
  let live: ReadonlySet<string> = new Set();
  let now = start;
  const eras = new Map<Name, number>();
  for (const step of steps) {
    const before = circuit;
    now = later(step.wait, before, now);
    const settled = next(before, { type: 'tick', jitter: step.jitter }, policy, now);
    const event = eventOf(step, settled, eras, now);
    circuit = next(before, event, policy, now);
    if (event.type === 'begin') eras.set(step.who, circuit.era);
    live = permits(live, { before, settled, event, after: circuit, now });
    yield { before, settled, event, after: circuit, now, live };
  }
}
