/** Scenarios whose facts come from the tests of other breakers, told in our own words where our design has the same ones. */
import type { Scenario, ScenarioEvent } from './scenario.ts';

export interface LibraryEvent {
  readonly t: number;
  readonly op: string;
  readonly id?: string;
  readonly to?: string;
  readonly outcome?: 'success' | 'failure' | 'ignored';
  readonly state?: { readonly state: string; readonly openedAt?: number };
  readonly expect?: { readonly admitted?: boolean; readonly state?: string };
}

export interface LibraryScenario {
  readonly id: string;
  readonly source: { readonly lib: string; readonly test: string };
  readonly config: {
    readonly trip: {
      readonly kind: 'consecutive' | 'count-ratio' | 'ratio';
      readonly failures?: number;
      readonly of?: number;
      readonly threshold?: number;
      readonly minCalls?: number;
    };
    readonly ignored: 'neutral' | 'success';
    readonly open: { readonly growth: string; readonly ms: number };
    readonly halfOpen: {
      readonly permits: number | null;
      readonly closeAtSuccesses?: number;
      readonly leaseMs?: number;
      readonly maxMs?: number;
    };
  };
  readonly events: readonly LibraryEvent[];
}

export type Translation =
  | { readonly kind: 'driven'; readonly scenario: Scenario }
  | { readonly kind: 'skipped'; readonly why: string };

const hourMs = 3_600_000;

/** How many failures in a row open it, or null where that is not what opens it. */
function failuresInARow({ kind, failures, of, threshold = 1, minCalls = 0 }: LibraryScenario['config']['trip']) {
  if (kind === 'consecutive') return failures ?? null;
  // So many of the last so many are so many in a row.
  if (kind === 'count-ratio') return failures !== undefined && failures === of ? failures : null;
  // A ratio that the very first call exceeds when it fails.
  return threshold <= 0.01 && minCalls <= 1 ? 1 : null;
}

/** States that a person forces: ours is held. */
const held = ['isolated', 'forced_open'];

function whySkipped({ config, events }: LibraryScenario): string | null {
  const reports = events.some((event) => event.outcome !== undefined);
  const forced = events.filter((event) => event.op === 'force').map((event) => event.to ?? '');
  if (events.some((event) => event.op === 'release-isolation')) return 'holds are not counted: one clear ends them';
  if (forced.some((to) => !held.includes(to))) return 'nobody forces a circuit half-open, open for a time, or off';
  if (config.halfOpen.maxMs !== undefined) return 'half-open has no time limit of its own; the probe has a lease';
  if (reports && failuresInARow(config.trip) === null) return 'a ratio of failures opens it; ours counts';
  if (reports && config.halfOpen.permits !== 1) return 'half-open admits several; ours one probe';
  if (config.ignored === 'success' && events.some((event) => event.outcome === 'ignored')) {
    return 'an ignored call counts as a success; ours is neutral';
  }
  return null;
}

function eventOf({ t, op, id, to, outcome, state, expect }: LibraryEvent): ScenarioEvent {
  const named = id === undefined ? {} : { id };
  const ended = outcome === 'ignored' ? 'failure' : outcome;
  const reported =
    ended === undefined ? {} : { outcome: ended, sig: 'E', class: outcome === 'ignored' ? 'cancelled' : 'net' };
  const restored = state === undefined ? {} : { kind: state.state, byMs: (state.openedAt ?? t) - t };
  const expected = expectationOf(expect ?? {});
  const isHold = op === 'force' && held.includes(to ?? '');
  return { t, op: isHold ? 'isolate' : op, ...named, ...reported, ...restored, expect: expected };
}

function expectationOf({ admitted, state }: NonNullable<LibraryEvent['expect']>): NonNullable<ScenarioEvent['expect']> {
  const known = { closed: 'closed', open: 'open', half_open: 'half_open', isolated: 'isolated' } as const;
  const ours = state === 'forced_open' ? 'isolated' : state;
  const isKnown = (word: string | undefined): word is keyof typeof known => word !== undefined && word in known;
  if (state !== undefined && !isKnown(ours)) throw new Error(`unknown state ${state}`);
  return { ...(admitted === undefined ? {} : { admitted }), ...(isKnown(ours) ? { state: known[ours] } : {}) };
}

/** The scenario in our words, or why our design has no such thing. */
export function translate(scenario: LibraryScenario): Translation {
  const why = whySkipped(scenario);
  if (why !== null) return { kind: 'skipped', why };
  const { trip, open, halfOpen } = scenario.config;
  const config: Scenario['config'] = {
    trip: { sameSignature: failuresInARow(trip) ?? 1, anyClass: { failures: 1000, windowMs: 24 * hourMs } },
    open: { baseMs: open.ms, factor: 1, maxMs: open.ms, jitter: { ratio: 0 } },
    fatalOpen: { ms: 24 * hourMs },
    halfOpen: { leaseMs: halfOpen.leaseMs ?? hourMs, closeAtSuccesses: halfOpen.closeAtSuccesses ?? 1 },
    retryBudget: { capacity: 10, refillPerSuccess: 0.1 },
  };
  const { id, source } = scenario;
  const title = `${source.lib}: ${source.test}`;
  return { kind: 'driven', scenario: { id, title, rng: 'zero', config, events: scenario.events.map(eventOf) } };
}
