import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { playGuarded } from '../scripts/bench/guarded-loop.ts';
import { minutes } from '../scripts/bench/hand-clock.ts';
import type { GuardedOptions } from '../scripts/bench/night-stage.ts';
import { type Night, nights } from '../scripts/bench/nights.ts';
import { playNaively, playWithPlainBreaker } from '../scripts/bench/plain-loops.ts';
import { barsOf } from '../scripts/bench/storm-bars.ts';
import { makeSandbox } from '../scripts/demo/sandbox.ts';

const sandbox = await makeSandbox();
after(() => sandbox.dispose());

const waiting: GuardedOptions = { sandbox, whenQuarantined: 'wait', restartsAfterMs: null };

function nightNamed(name: string): Night {
  const night = nights.find((one) => one.name === name);
  assert.ok(night !== undefined, name);
  return night;
}

async function assertBars(night: Night, options: GuardedOptions): Promise<void> {
  const guarded = await playGuarded(night, options);
  const bars = barsOf(guarded, await playNaively(night));
  assert.ok(bars.length > 1);
  for (const bar of bars) assert.ok(bar.isKept, `${night.name}: ${bar.says}`);
}

const inShort = [
  'missing entry point',
  'missing policy',
  'bad credentials, another helper',
  'bad credentials, renewed and cleared',
  'protected branch',
  'remote down 3 hours',
  'remote down for ever',
  'usage limit of 5 hours',
  'agent never progresses',
  'agent claims for ever',
  'agent makes empty commits',
  'agent claims empty commits, red QA',
  'full disk, freed and cleared',
];

for (const name of inShort) {
  test(`24 hours of "${name}" keep the bars of attempts, agent runs and the way back`, async () => {
    await assertBars(nightNamed(name), waiting);
  });
}

const restarted = ['missing entry point', 'remote down for ever', 'agent never progresses'];

for (const name of restarted) {
  test(`"${name}" keeps the same bars when somebody starts a stopped loop every ten minutes`, async () => {
    await assertBars(nightNamed(name), { sandbox, whenQuarantined: 'stop', restartsAfterMs: minutes(10) });
  });
}

test('a naive loop storms through the night of the missing entry point, and a plain breaker only slows it', async () => {
  const night = nightNamed('missing entry point');
  const [naive, plain] = [await playNaively(night), await playWithPlainBreaker(night)];
  assert.ok(naive.score.promotionAttempts > 1000, `${naive.score.promotionAttempts}`);
  assert.ok(plain.score.promotionAttempts > 300, `${plain.score.promotionAttempts}`);
});

test('every night has a name of its own, and at least twelve are told', () => {
  assert.equal(new Set(nights.map((night) => night.name)).size, nights.length);
  assert.ok(nights.length >= 12);
});
