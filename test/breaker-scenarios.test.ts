import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { temporaryDirectory } from './helpers/repository.ts';
import { runScenario, type Scenario } from './helpers/scenario.ts';

const fixture = new URL('./fixtures/breaker-scenarios-toolkit.jsonl', import.meta.url);
const lines = readFileSync(fixture, 'utf8').split('\n');
const scenarios = lines.filter((line) => line !== '').map((line): Scenario => JSON.parse(line));

for (const scenario of scenarios) {
  test(`scenario ${scenario.id}: ${scenario.title}`, async (t) => {
    const asserted = await runScenario(scenario, temporaryDirectory(t));
    const expected = scenario.events.flatMap((event) => Object.keys(event.expect ?? {})).length;
    assert.equal(asserted, expected, 'every expected value was asserted');
    assert.ok(asserted > 0);
  });
}

test('there are 18 scenarios and each is driven', () => {
  assert.equal(scenarios.length, 18);
  assert.equal(new Set(scenarios.map((scenario) => scenario.id)).size, 18);
});

test('an operation, a corruption or a random source that the driver does not know fails the scenario', async (t) => {
  const [first] = scenarios;
  assert.ok(first);
  const withEvent = (event: object): Scenario => JSON.parse(JSON.stringify({ ...first, events: [{ t: 0, ...event }] }));
  await assert.rejects(runScenario(withEvent({ op: 'dance' }), temporaryDirectory(t)), /unknown operation dance/);
  const worn: Scenario = { ...first, events: [...first.events.slice(0, 1), { t: 1, op: 'corrupt', kind: 'moth' }] };
  await assert.rejects(runScenario(worn, temporaryDirectory(t)), /unknown kind of corruption: moth/);
  await assert.rejects(runScenario({ ...first, rng: 'dice' }, temporaryDirectory(t)), /without jitter/);
});
