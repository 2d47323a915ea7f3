import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { type LibraryScenario, translate } from './helpers/library-scenarios.ts';
import { temporaryDirectory } from './helpers/repository.ts';
import { runScenario, type Scenario } from './helpers/scenario.ts';

function linesOf(fixture: string): readonly string[] {
  const text = readFileSync(new URL(`./fixtures/${fixture}`, import.meta.url), 'utf8');
  return text.split('\n').filter((line) => line !== '');
}

const scenarios = linesOf('breaker-scenarios-toolkit.jsonl').map((line): Scenario => JSON.parse(line));
const foreign = linesOf('breaker-scenarios-libraries.jsonl').map((line): LibraryScenario => JSON.parse(line));
const translations = foreign.map((scenario) => ({ scenario, translation: translate(scenario) }));
const translated = translations.flatMap(({ translation }) =>
  translation.kind === 'driven' ? [translation.scenario] : [],
);

for (const scenario of [...scenarios, ...translated]) {
  test(`scenario ${scenario.id}: ${scenario.title}`, async (t) => {
    const asserted = await runScenario(scenario, temporaryDirectory(t));
    const expected = scenario.events.flatMap((event) => Object.keys(event.expect ?? {})).length;
    assert.equal(asserted, expected, 'every expected value was asserted');
    assert.ok(asserted > 0);
  });
}

test('of 41 scenarios of other breakers those whose semantics the design has are driven, and the others are named', (t) => {
  for (const { scenario, translation } of translations) {
    if (translation.kind === 'skipped') t.diagnostic(`${scenario.id} skipped: ${translation.why}`);
  }
  t.diagnostic(`${translated.length} driven, ${foreign.length - translated.length} skipped`);
  assert.equal(foreign.length, 41);
  assert.ok(translated.length >= 20);
});

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
