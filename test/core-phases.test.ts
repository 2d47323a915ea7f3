import assert from 'node:assert/strict';
import test from 'node:test';
import { ownFailure } from '../scripts/core/classify.ts';
import type { Failure, Phase } from '../scripts/core/failure.ts';
import { advance, type PhaseEnd, type PhaseRow } from '../scripts/core/phases.ts';

/** A little world: what has been done in it, and a diary of what the runner did, in order. */
interface LittleWorld {
  readonly done: Set<string>;
  readonly diary: string[];
  clockMs: number;
}

type Facts = ReadonlySet<string>;
type Row = PhaseRow<Facts, LittleWorld>;

const failureIn = (phase: Phase): Failure =>
  ownFailure(phase, { id: `broken-${phase}`, class: 'transient', subclass: 'test', problem: 'broken', remedy: 'wait' });

/** A row that does its work, and takes 10 ms for it. */
function working(name: Phase, needed: Row['needed'] = () => true): Row {
  const run = (world: LittleWorld): Promise<PhaseEnd> => {
    world.diary.push(`run ${name}`);
    world.clockMs += 10;
    world.done.add(name);
    return Promise.resolve({ ok: true });
  };
  return { name, needed, done: (facts) => facts.has(name), run };
}

function failing(name: Phase, needed: Row['needed'] = () => true): Row {
  return {
    ...working(name, needed),
    run: (world) => {
      world.diary.push(`run ${name}`);
      return Promise.resolve({ ok: false, failure: failureIn(name) });
    },
  };
}

async function play(
  table: readonly Row[],
  stepsMax = 40,
  world: LittleWorld = { done: new Set(), diary: [], clockMs: 0 },
) {
  const end = await advance<Facts, LittleWorld>({
    table,
    context: world,
    observe: (context) => {
      context.diary.push('observe');
      return Promise.resolve(new Set(context.done));
    },
    stepsMax,
    monotonicMs: () => world.clockMs,
    intend: (phase) => {
      world.diary.push(`intend ${phase}`);
      return Promise.resolve();
    },
  });
  return { ...end, diary: world.diary, ran: end.phases.filter((phase) => phase.ran).map((phase) => phase.name) };
}

test('rows run in the order of the table, each after its intent, and the world is observed before and after each', async () => {
  const end = await play([working('fetch'), working('qa'), working('push')]);
  assert.deepEqual(end.diary, [
    'observe',
    'intend fetch',
    'run fetch',
    'observe',
    'intend qa',
    'run qa',
    'observe',
    'intend push',
    'run push',
    'observe',
  ]);
  assert.equal(end.failure, null);
  assert.equal(end.exhausted, false);
  assert.deepEqual([...end.facts], ['fetch', 'qa', 'push']);
});

test('a row that is done in the world, or not needed, does not run and is reported so', async () => {
  const world = { done: new Set(['fetch']), diary: [], clockMs: 0 };
  const end = await play([working('fetch'), working('qa', () => false), working('push')], 40, world);
  assert.deepEqual(end.ran, ['push']);
  assert.deepEqual(end.phases, [
    { name: 'fetch', ran: false, durationMs: 0 },
    { name: 'qa', ran: false, durationMs: 0 },
    { name: 'push', ran: true, durationMs: 10 },
  ]);
});

test('an earlier row that is needed again runs again, and its time adds up', async () => {
  let losses = 2;
  const push: Row = {
    ...working('push'),
    run: (world) => {
      world.diary.push('run push');
      if (losses > 0) world.done.delete('fetch');
      else world.done.add('push');
      losses -= 1;
      return Promise.resolve({ ok: true });
    },
  };
  const end = await play([working('fetch'), push]);
  assert.equal(end.diary.filter((line) => line === 'run fetch').length, 3);
  assert.equal(end.phases[0]?.durationMs, 30);
  assert.equal(end.exhausted, false);
});

test('after a failure nothing but cleanup is considered, and the failure is the one that is reported', async () => {
  const end = await play([failing('qa'), working('push'), working('cleanup'), working('delete-remote')]);
  assert.deepEqual(end.ran, ['qa', 'cleanup']);
  assert.equal(end.failure?.rule, 'broken-qa');
});

test('a cleanup that fails too ends it, and the first failure is still the one that is reported', async () => {
  const end = await play([failing('qa'), working('push'), failing('cleanup')]);
  assert.deepEqual(end.ran, ['qa', 'cleanup']);
  assert.equal(end.failure?.rule, 'broken-qa');
});

test('a cleanup that fails alone is the failure, is not tried again, and nothing runs after it', async () => {
  const end = await play([working('push'), failing('cleanup'), working('delete-remote')]);
  assert.deepEqual(end.ran, ['push', 'cleanup']);
  assert.equal(end.failure?.rule, 'broken-cleanup');
});

test('a failed row is not run again', async () => {
  const end = await play([failing('fetch')]);
  assert.equal(end.diary.filter((line) => line === 'run fetch').length, 1);
});

test('a table that does not converge ends after stepsMax steps and says so', async () => {
  const restless: Row = { ...working('fetch'), done: () => false };
  const end = await play([restless], 7);
  assert.equal(end.diary.filter((line) => line === 'run fetch').length, 7);
  assert.equal(end.exhausted, true);
});

test('a table that converges with its last allowed step is not called exhausted', async () => {
  const end = await play([working('fetch'), working('push')], 2);
  assert.deepEqual(end.ran, ['fetch', 'push']);
  assert.equal(end.exhausted, false);
});

test('cleanup counts as a step too: when a failure took the last one, it is left to the next run and that is said', async () => {
  const end = await play([working('fetch'), failing('qa'), working('cleanup')], 2);
  assert.deepEqual(end.ran, ['fetch', 'qa']);
  assert.equal(end.failure?.rule, 'broken-qa');
  assert.equal(end.exhausted, true);
});

test('when the intent cannot be written the row does not run', async () => {
  const world: LittleWorld = { done: new Set(), diary: [], clockMs: 0 };
  const run = advance<Facts, LittleWorld>({
    table: [working('push')],
    context: world,
    observe: () => Promise.resolve(new Set<string>()),
    stepsMax: 3,
    monotonicMs: () => 0,
    intend: () => Promise.reject(new Error('disk full')),
  });
  await assert.rejects(run, /disk full/);
  assert.deepEqual(world.diary, []);
});

test('an empty table is finished at once', async () => {
  const end = await play([]);
  assert.deepEqual([end.phases, end.failure, end.exhausted], [[], null, false]);
});
