/** State for tests: the default policy, a clock that moves by hand, a store in a temporary directory, circuits in every state. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { next } from '../../scripts/core/breaker.ts';
import type { Circuit, CircuitEvent, CircuitPolicy } from '../../scripts/core/circuit.ts';
import { newCircuit } from '../../scripts/core/circuit-steps.ts';
import type { ClockReading } from '../../scripts/core/clock.ts';
import { type Controller, newController, withEvent } from '../../scripts/core/controller.ts';
import type { Evidence } from '../../scripts/core/evidence.ts';
import { evidenceOf } from '../../scripts/core/evidence.ts';
import type { JournalEntry } from '../../scripts/core/journal.ts';
import { Refusal } from '../../scripts/core/outcome.ts';
import type { BreakerPolicy } from '../../scripts/core/policy.ts';
import type { JournalLine } from '../../scripts/effects/journal.ts';
import type { TakeLock } from '../../scripts/effects/lock.ts';
import { parseDocument } from '../../scripts/effects/schema.ts';
import { openStore, type Store } from '../../scripts/effects/store.ts';

/** The time at which every test begins, ms: 2026-01-05T00:00:00Z. */
export const start = Date.UTC(2026, 0, 5);

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** breaker.json as it is when a user writes `{}`: the defaults of the schema. */
export function defaultBreakerPolicy(): BreakerPolicy {
  const parsed = parseDocument<BreakerPolicy>('breaker', '{}', 'policy/breaker.json');
  assert.ok(parsed.ok, 'an empty breaker.json is valid');
  return parsed.value;
}

/** A clock that moves only when a test says so. */
export interface HandClock {
  readonly read: () => ClockReading;
  /** Time passes: both clocks go on. */
  readonly pass: (ms: number) => void;
  /** Somebody sets the wall clock; the monotonic one does not notice. */
  readonly setWallBy: (ms: number) => void;
  /** The machine restarts: another boot id, the monotonic clock at zero, the wall clock set by `wallBy`. */
  readonly reboot: (wallBy: number) => void;
}

export function handClock(wallMs = start): HandClock {
  let reading: ClockReading = { wallMs, monotonicMs: 1_000_000, bootId: 'boot-1' };
  let boots = 1;
  return {
    read: () => reading,
    pass: (ms) => {
      reading = { ...reading, wallMs: reading.wallMs + ms, monotonicMs: reading.monotonicMs + ms };
    },
    setWallBy: (ms) => {
      reading = { ...reading, wallMs: reading.wallMs + ms };
    },
    reboot: (wallBy) => {
      boots += 1;
      reading = { wallMs: reading.wallMs + wallBy, monotonicMs: 0, bootId: `boot-${boots}` };
    },
  };
}

/** A lock for one process that does one update at a time; the descriptor is of no use. */
export const noLock: TakeLock = async () => ({ fd: -1, release: () => undefined });

export interface TestStore extends Store {
  readonly clock: HandClock;
  /** Entries of high severity that were announced. */
  readonly alarms: JournalEntry[];
  readonly journalLosses: string[];
}

/** A real store with real files in `directory`, under a clock that moves by hand. */
export function openTestStore(
  directory: string,
  { clock = handClock(), policy = defaultBreakerPolicy() }: { clock?: HandClock; policy?: CircuitPolicy } = {},
): TestStore {
  const alarms: JournalEntry[] = [];
  const journalLosses: string[] = [];
  const store = openStore({
    directory,
    policy,
    retryTokens: 10,
    world: { clock: clock.read },
    takeLock: noLock,
    onHighSeverity: (entry) => alarms.push(entry),
    onJournalLost: (why) => journalLosses.push(why),
  });
  return { ...store, clock, alarms, journalLosses };
}

/** One event of the promote circuit through the store. */
export function record(store: Store, event: CircuitEvent, policy: CircuitPolicy): Promise<Controller> {
  return store.update((controller, now) => ({
    controller: withEvent(controller, 'promote', event, policy, now),
    entries: [],
  }));
}

/** All lines of the journal that are whole, oldest first. */
export function journalLines(file: string): readonly JournalLine[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line): JournalLine => JSON.parse(line));
}

/** Evidence that differs whenever its name does. */
export function evidenceNamed(name: string): Evidence {
  return evidenceOf('entry-point', [{ name: 'scripts/auto-promote.ts', sha256: name }]);
}

type Attempted = Extract<CircuitEvent, { readonly era: number }>;
type Outcome<E = Attempted> = E extends Attempted ? Omit<E, 'runId' | 'era'> : never;

/** What one attempt reports, begun and ended at `now` by run `runId`: in a half-open circuit it takes the permit first. */
export function attempt(
  circuit: Circuit,
  outcome: Outcome,
  policy: CircuitPolicy,
  now: number,
  runId = 'run-a',
): Circuit {
  const begun = next(circuit, { type: 'begin', runId }, policy, now);
  return next(begun, { ...outcome, runId, era: begun.era }, policy, now);
}

export const success: Outcome = { type: 'success' };
export const terminal: Outcome = { type: 'policy-terminal' };
export const interrupted: Outcome = { type: 'interrupted' };

/** A transient failure with this signature. */
export function transient(signature = 'E1'): Outcome {
  return { type: 'failure', class: 'transient', signature, why: `failed with ${signature}` };
}

/** A config-fatal failure that depended on this evidence. */
export function configFatal(evidence = 'h1'): Outcome {
  return {
    type: 'config-fatal',
    signature: 'C1',
    why: 'the entry point is missing',
    evidence: evidenceNamed(evidence),
  };
}

/** A circuit that three transient failures opened at `start`; its quarantine ends after `baseSeconds`. */
export function openedByTransient(policy: CircuitPolicy, now = start): Circuit {
  let circuit: Circuit = newCircuit;
  for (let count = 0; count < policy.sameSignatureMax; count += 1) circuit = attempt(circuit, transient(), policy, now);
  return circuit;
}

/** A circuit that a missing entry point opened at `start`. */
export function openedByConfig(policy: CircuitPolicy, now = start, evidence = 'h1'): Circuit {
  return attempt(newCircuit, configFatal(evidence), policy, now);
}

/** A circuit whose quarantine has just ended. */
export function halfOpened(policy: CircuitPolicy, now = start): Circuit {
  const opened = openedByTransient(policy, now - policy.quarantine.baseSeconds * 1000);
  return next(opened, { type: 'tick' }, policy, now);
}

/** A controller whose promote circuit is this one. */
export function controllerWith(promote: Circuit): Controller {
  const fresh = newController(10);
  return { ...fresh, circuits: { ...fresh.circuits, promote } };
}

/** Whether what was thrown is a refusal with this code and exit code, and says what to do. */
export function isRefusal(code: string, exitCode: number): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Refusal, String(error));
    assert.deepEqual([error.detail.code, error.detail.exitCode], [code, exitCode]);
    assert.notEqual(error.detail.remedy, '');
    return true;
  };
}
