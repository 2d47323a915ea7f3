/** Drives one breaker scenario through the real store and asserts all that it expects. */
import assert from 'node:assert/strict';
import { noEvidence } from '../../scripts/core/evidence.ts';
import type { BreakerPolicy } from '../../scripts/core/policy.ts';
import { apply, operations, type Stage } from './scenario-operations.ts';
import { defaultBreakerPolicy, handClock, openTestStore } from './state.ts';

/** What a scenario expects after an event; a field that is absent is not asked. */
export interface Expectation {
  readonly admitted?: boolean;
  readonly allowed?: boolean;
  readonly state?: 'closed' | 'open' | 'half_open' | 'isolated';
}

export interface ScenarioEvent {
  /** ms since the scenario began. */
  readonly t: number;
  readonly op: string;
  readonly outcome?: 'success' | 'failure';
  readonly class?: string;
  readonly sig?: string;
  readonly id?: string;
  readonly token?: string;
  readonly sha?: string;
  readonly hash?: string;
  readonly kind?: string;
  readonly byMs?: number;
  readonly expect?: Expectation;
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly rng: string;
  readonly config: {
    readonly trip: {
      readonly sameSignature: number;
      readonly anyClass: { readonly failures: number; readonly windowMs: number };
    };
    readonly open: {
      readonly baseMs: number;
      readonly factor: number;
      readonly maxMs: number;
      readonly jitter: { readonly ratio: number };
    };
    readonly fatalOpen: { readonly ms: number };
    readonly halfOpen: { readonly leaseMs: number; readonly closeAtSuccesses: number };
    readonly retryBudget: { readonly capacity: number; readonly refillPerSuccess: number };
  };
  readonly events: readonly ScenarioEvent[];
}

function policyOf({ trip, open, fatalOpen, halfOpen, retryBudget }: Scenario['config']): BreakerPolicy {
  const base = defaultBreakerPolicy();
  const seconds = (ms: number) => ms / 1000;
  return {
    ...base,
    sameSignatureMax: trip.sameSignature,
    failuresMax: trip.anyClass.failures,
    windowSeconds: seconds(trip.anyClass.windowMs),
    quarantine: {
      ...base.quarantine,
      baseSeconds: seconds(open.baseMs),
      factor: open.factor,
      capSeconds: seconds(open.maxMs),
      jitterRatio: open.jitter.ratio,
    },
    configFatal: { recheckSeconds: seconds(fatalOpen.ms) },
    probeLeaseSeconds: seconds(halfOpen.leaseMs),
    successesToClose: halfOpen.closeAtSuccesses,
    retry: { ...base.retry, budgetTokens: retryBudget.capacity, refillPerSuccess: retryBudget.refillPerSuccess },
  };
}

const stateNames = { closed: 'closed', open: 'open', 'half-open': 'half_open', held: 'isolated' } as const;

/** The state as any run would find it now: time does its work, and what was unreadable is replaced. */
async function stateNow(stage: Stage): Promise<Expectation['state']> {
  await apply(stage, { type: 'tick' });
  return stateNames[stage.store.read().controller.circuits.promote.state];
}

/**
 * Runs one scenario in `directory` and asserts every expectation. Throws for an operation, a random source or a
 * corruption that the driver does not know: nothing is skipped. Returns the number of expectations that were asserted.
 */
export async function runScenario(scenario: Scenario, directory: string): Promise<number> {
  assert.equal(scenario.rng, 'zero', 'only scenarios without jitter can be driven');
  const policy = policyOf(scenario.config);
  const clock = handClock();
  const stage: Stage = {
    policy,
    directory,
    store: openTestStore(directory, { clock, policy }),
    evidence: noEvidence,
    verdicts: [],
    calls: 0,
  };
  let asserted = 0;
  let elapsedMs = 0;
  for (const [index, event] of scenario.events.entries()) {
    clock.pass(event.t - elapsedMs);
    elapsedMs = event.t;
    const operation = operations[event.op];
    assert.ok(operation !== undefined, `${scenario.id}: unknown operation ${event.op}`);
    const answer = await operation(stage, event);
    const expected = event.expect ?? {};
    const state = expected.state === undefined ? {} : { state: await stateNow(stage) };
    assert.deepEqual(
      { ...answer, ...state, ...expected },
      { ...answer, ...state },
      `${scenario.id}, event ${index + 1}`,
    );
    asserted += Object.keys(expected).length;
  }
  return asserted;
}
