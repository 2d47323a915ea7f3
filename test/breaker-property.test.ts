import assert from 'node:assert/strict';
import test from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { admits, next } from '../scripts/core/breaker.ts';
import type { Circuit, CircuitEvent, CircuitPolicy } from '../scripts/core/circuit.ts';
import { newCircuit } from '../scripts/core/circuit-steps.ts';
import { decodeController, encodeController } from '../scripts/core/controller-file.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { aStep, type Life, lived, type Step } from './helpers/breaker-life.ts';
import { controllerWith, dayMs, defaultBreakerPolicy, start } from './helpers/state.ts';

const seed = Number(process.env.LOOPBREAKER_SEED ?? Date.now() % 2 ** 31);
const standard = defaultBreakerPolicy();

const policies: fc.Arbitrary<CircuitPolicy> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<CircuitPolicy>(standard) },
  {
    weight: 1,
    arbitrary: fc
      .record({
        same: fc.integer({ min: 1, max: 4 }),
        any: fc.integer({ min: 1, max: 6 }),
        toClose: fc.integer({ min: 1, max: 3 }),
        probes: fc.integer({ min: 1, max: 4 }),
      })
      .map(({ same, any, toClose, probes }) => ({
        ...standard,
        sameSignatureMax: same,
        failuresMax: any,
        successesToClose: toClose,
        quarantine: { ...standard.quarantine, failedProbesMax: probes },
      })),
  },
);

/** Runs steps one after another and shows each to `judge`. Counts states reached, so that a poor generator is noticed. */
function judgeSequences(
  judge: (life: Life, policy: CircuitPolicy) => void,
  numRuns: number,
  t: { diagnostic(text: string): void },
) {
  const reached = new Map<string, number>();
  const sequence = fc.tuple(policies, fc.array(aStep, { minLength: 1, maxLength: 40, size: 'max' }));
  t.diagnostic(`${numRuns} sequences, seed ${seed}; LOOPBREAKER_SEED=${seed} repeats them`);
  fc.assert(
    fc.property(sequence, ([policy, steps]: readonly [CircuitPolicy, readonly Step[]]) => {
      for (const life of lived(policy, steps)) {
        reached.set(life.after.state, (reached.get(life.after.state) ?? 0) + 1);
        judge(life, policy);
      }
    }),
    { seed, numRuns },
  );
  for (const state of ['closed', 'open', 'half-open', 'held']) {
    assert.ok(
      (reached.get(state) ?? 0) > numRuns / 20,
      `state ${state} is reached often: ${JSON.stringify([...reached])}`,
    );
  }
}

const freeing = new Set<CircuitEvent['type']>(['clear', 'hold', 'evidence-changed']);

function openNeverAdmits({ before, event, after, now }: Life): void {
  if (before.state !== 'open' || now >= before.quarantineUntil) return;
  assert.equal(admits(before, now).admitted, false, 'an open circuit does not admit');
  if (!freeing.has(event.type)) assert.deepEqual(after, before, `${event.type} moves no open circuit`);
}

function probesAreLeased({ settled, event, after, live }: Life): void {
  assert.ok(live.size <= 1, `probes that run at once: ${[...live].join(', ')}`);
  if (settled.state !== 'half-open' || settled.lease === null || event.type === 'clear' || event.type === 'hold')
    return;
  const speaker = 'runId' in event ? event.runId : null;
  if (speaker !== settled.lease.runId) assert.deepEqual(after, settled, 'only the holder of the lease is heard');
}

function eraGrows({ before, after }: Life): void {
  assert.ok(after.era >= before.era, 'era never falls');
  if (after.state !== before.state) assert.ok(after.era > before.era, 'another state is another era');
}

function heldNeedsAPerson({ before, event, after }: Life): void {
  if (before.state === 'held' && event.type !== 'clear') assert.equal(after.state, 'held');
}

function quarantineIsBounded({ before, after }: Life, policy: CircuitPolicy): void {
  if (after.state !== 'open' || after.era === before.era || after.evidence !== null) return;
  const { baseSeconds, capSeconds, jitterRatio } = policy.quarantine;
  const lengthMs = after.quarantineUntil - after.openedAt;
  assert.ok(lengthMs >= baseSeconds * 1000 && lengthMs <= capSeconds * 1000 * (1 + jitterRatio), `${lengthMs} ms`);
}

function terminalNeverOpens({ settled, event, after }: Life): void {
  if (event.type === 'policy-terminal' && settled.state !== 'open') assert.notEqual(after.state, 'open');
  if (event.type === 'policy-terminal' && settled.state === 'closed') assert.deepEqual(after, settled);
}

function otherErasAreDeaf({ settled, event, after }: Life): void {
  if ('era' in event && event.era !== settled.era) assert.deepEqual(after, settled, 'another era moves nothing');
}

function staysReadable({ after }: Life): void {
  const controller = controllerWith(after);
  const file = encodeController(controller);
  assert.ok(
    isDeepStrictEqual(decodeController(JSON.parse(JSON.stringify(file))), controller),
    'what is read back is equal',
  );
}

test('in 10,000 random lives of a circuit no promise of the breaker is broken', (t) => {
  const promises = [
    openNeverAdmits,
    probesAreLeased,
    eraGrows,
    heldNeedsAPerson,
    quarantineIsBounded,
    terminalNeverOpens,
    otherErasAreDeaf,
    staysReadable,
  ];
  judgeSequences(
    (life, policy) => {
      for (const promise of promises) promise(life, policy);
    },
    10_000,
    t,
  );
});

test('every circuit that is reached is written as a file that its schema accepts, under 4 KiB with the default policy', (t) => {
  let largest = 0;
  const judge = ({ after }: Life, policy: CircuitPolicy) => {
    const file = encodeController({ ...controllerWith(after), circuits: { agent: after, promote: after } });
    assert.deepEqual(validateDocument('controller', file, 'controller.json'), []);
    if (policy === standard) largest = Math.max(largest, JSON.stringify(file, null, 1).length);
  };
  judgeSequences(judge, 300, t);
  t.diagnostic(`the largest controller was ${largest} bytes`);
  assert.ok(largest < 4096, `${largest} bytes`);
});

test('ten days of nothing but failing probes end in held, and never in more than failedProbesMax + 1 openings', () => {
  let circuit: Circuit = newCircuit;
  let openings = 0;
  for (let now = start; now < start + 10 * dayMs; now += 60_000) {
    const begun = next(circuit, { type: 'begin', runId: 'run' }, standard, now);
    const failed: CircuitEvent = {
      type: 'failure',
      runId: 'run',
      era: begun.era,
      class: 'unknown',
      signature: 'E',
      why: 'it failed',
      jitter: 0.5,
    };
    const after = next(begun, failed, standard, now);
    if (after.state === 'open' && after.era !== begun.era) openings += 1;
    circuit = after;
  }
  assert.equal(circuit.state, 'held');
  assert.equal(openings, standard.quarantine.failedProbesMax);
});
