import assert from 'node:assert/strict';
import test, { after, before, type TestContext } from 'node:test';
import type { BreakerPolicy } from '../scripts/core/policy.ts';
import { type Child, startChild } from './helpers/children.ts';
import { temporaryDirectory } from './helpers/repository.ts';
import { defaultBreakerPolicy, journalLines, openTestStore } from './helpers/state.ts';

const count = 64;
const children: Child[] = [];
const endings: (() => void)[] = [];
after(() => {
  for (const end of endings) end();
});

before(async () => {
  for (let index = 0; index < count; index += 1) {
    children.push(startChild({ after: (end) => endings.push(end) }, 'child-recorder.ts', `run-${index}`));
  }
  for (const child of children) assert.equal(await child.says(), 'ready');
});

/** All children at once; what is then on disk. */
async function recordAtOnce(t: TestContext, policy: BreakerPolicy, locks: 'kernel' | 'owner-record') {
  const directory = temporaryDirectory(t);
  const job = JSON.stringify({ directory, policy, locks });
  for (const child of children) child.tell(job);
  const answers = await Promise.all(children.map((child) => child.says()));
  const failed = answers.filter((answer) => !answer.startsWith('recorded '));
  assert.deepEqual(failed, [], 'every process recorded its failure');
  const waits = answers.map((answer) => Math.round(Number(answer.split(' ')[1]))).sort((a, b) => a - b);
  t.diagnostic(
    `an update took ${waits[0]} ms at best, ${waits[count / 2]} ms in the middle, ${waits.at(-1)} ms at worst`,
  );
  const store = openTestStore(directory, { policy });
  const reading = store.read();
  assert.equal(reading.kind, 'read');
  return { controller: reading.controller, journal: journalLines(store.files.journal) };
}

const roomy = { ...defaultBreakerPolicy(), sameSignatureMax: 100, failuresMax: 100 };

for (const locks of ['kernel', 'owner-record'] as const) {
  test(`64 processes that record a failure at the same moment count as 64 when both limits are above that (${locks} locks)`, async (t) => {
    const { controller, journal } = await recordAtOnce(t, roomy, locks);
    const { promote } = controller.circuits;
    assert.equal(promote.state, 'closed');
    assert.equal(promote.consecutiveFailures, count);
    assert.equal(promote.sameSignatureCount, count);
    assert.equal(promote.recentFailures.length, count);
    assert.equal(controller.revision, count);
    const runs = journal.filter((line) => line.event === 'recorded').map((line) => line.run);
    assert.equal(runs.length, count, 'every one of them is in the journal');
    assert.equal(new Set(runs).size, count, 'once');
  });
}

test('64 processes that record a failure at the same moment open the circuit once under the default policy', async (t) => {
  const { controller, journal } = await recordAtOnce(t, defaultBreakerPolicy(), 'kernel');
  assert.equal(controller.revision, count);
  assert.equal(controller.circuits.promote.state, 'open');
  assert.equal(controller.circuits.promote.era, 1);
  assert.equal(journal.filter((line) => line.event === 'circuit-open').length, 1);
  const revisions = journal.filter((line) => line.event === 'recorded').map((line) => line.revision);
  assert.deepEqual(
    revisions,
    Array.from({ length: count }, (_, index) => index + 1),
    'the journal tells them in the order in which they were written',
  );
});
