/** Circuits and events for the breaker's table, and what runs one row of it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { next } from '../../scripts/core/breaker.ts';
import type { Circuit, CircuitEvent } from '../../scripts/core/circuit.ts';
import { newCircuit } from '../../scripts/core/circuit-steps.ts';
import {
  attempt,
  configFatal,
  defaultBreakerPolicy,
  evidenceNamed,
  halfOpened,
  hourMs,
  interrupted,
  openedByConfig,
  openedByTransient,
  start,
  success,
  terminal,
  transient,
} from './state.ts';

export const policy = defaultBreakerPolicy();
export const baseMs = policy.quarantine.baseSeconds * 1000;
export const recheckMs = policy.configFatal.recheckSeconds * 1000;
export const leaseMs = policy.probeLeaseSeconds * 1000;
export const at = start;

export const tick: CircuitEvent = { type: 'tick' };
export const clear: CircuitEvent = { type: 'clear' };
export const hold: CircuitEvent = { type: 'hold', by: 'ada', why: 'the release is today' };
export const changed = (name: string): CircuitEvent => ({
  type: 'evidence-changed',
  evidenceHash: evidenceNamed(name).hash,
});

export const closed: Circuit = newCircuit;
export const twiceFailed = attempt(attempt(closed, transient(), policy, at), transient(), policy, at);
export const open = openedByTransient(policy, at);
export const openConfig = openedByConfig(policy, at);
export const half = halfOpened(policy, at);
export const halfConfig = next(openConfig, changed('h2'), policy, at);
export const held = next(closed, hold, policy, at);
export const probing = next(half, { type: 'begin', runId: 'probe' }, policy, at);

export const by = (runId: string, circuit: Circuit) => ({ runId, era: circuit.era });
export const report = (circuit: Circuit, event: object): CircuitEvent => ({
  ...success,
  ...by('probe', circuit),
  ...event,
});

/** One row of the table of design section 6: a circuit, an event, and what must be true of the circuit after it. */
export interface Row {
  readonly says: string;
  readonly from: Circuit;
  readonly event: (from: Circuit) => CircuitEvent;
  readonly expect: object;
  readonly now?: number;
}

export const fails = (circuit: Circuit): CircuitEvent => ({ ...transient(), ...by('probe', circuit) });
export const fatal = (circuit: Circuit): CircuitEvent => ({ ...configFatal('h9'), ...by('probe', circuit) });
export const blocks = (circuit: Circuit): CircuitEvent => ({ ...terminal, ...by('probe', circuit) });
export const stops = (circuit: Circuit): CircuitEvent => ({ ...interrupted, ...by('probe', circuit) });
export const limited = (circuit: Circuit): CircuitEvent => ({
  type: 'rate-limited',
  retryAt: at + hourMs,
  ...by('probe', circuit),
});
export const succeeds = (circuit: Circuit): CircuitEvent => report(circuit, {});

/** Declares one test for each row. */
export function testRows(rows: readonly Row[]): void {
  for (const { says, from, event, expect, now = at } of rows) {
    test(`breaker: ${says}`, () => {
      const after = next(from, event(from), policy, now);
      const found = new Map<string, unknown>(Object.entries(after));
      for (const [key, value] of Object.entries(expect)) assert.deepEqual(found.get(key), value, key);
      assert.equal(found.has('lease'), after.state === 'half-open', 'only a half-open circuit carries a lease');
    });
  }
}
