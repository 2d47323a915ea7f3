import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type DoctorResult, doctorExitCode } from '../scripts/core/doctor.ts';
import { findingCodes } from '../scripts/core/finding-codes.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { doctorAnnotations, doctorStepSummary } from '../scripts/report/github.ts';
import { doctorSarif } from '../scripts/report/sarif.ts';
import { formatDoctor } from '../scripts/report/terminal.ts';
import { cpuMs } from './helpers/cpu-time.ts';
import { examineInMemory } from './helpers/memory-context.ts';
import { projectFiles, projectManifest } from './helpers/project.ts';

/** LOOPBREAKER_FUZZ_RUNS=10000 is the full count. */
const runs = Number(process.env.LOOPBREAKER_FUZZ_RUNS ?? 300);
const durationMaxMs = 1000;
const only = ['manifest', 'policies', 'tracked', 'closure', 'script-targets', 'untracked', 'hooks', 'links'];

const oddTexts = [
  '',
  '.',
  '..',
  '/',
  '\\',
  '__proto__',
  'constructor',
  'a\nb',
  '\u0000',
  '\ud800',
  '*',
  '**/*',
  '!x',
  '[',
  '-rf',
  ':(top)x',
  '.git/config',
];
const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 20, unit: 'binary' }) },
  { weight: 2, arbitrary: fc.constantFrom(...oddTexts) },
  { weight: 3, arbitrary: fc.constantFrom(...Object.keys(projectFiles), 'scripts', 'scripts/core/one', 'gone.js') },
);
const anyValue = fc.oneof(fc.jsonValue(), anyText, fc.array(anyText, { maxLength: 5 }));

/** Words of which real script lines are made, in no order that makes sense. */
const words = [
  'node',
  'tsx',
  'sh',
  'bash',
  'npx',
  'npm',
  'run',
  'cd',
  'env',
  'cross-env',
  'A=1',
  '-e',
  '-r',
  '--import',
  '--',
  '&&',
  '||',
  ';',
  '|',
  '&',
  '(',
  ')',
  '{',
  '}',
  '$(',
  '`',
  '"',
  "'",
  '\\',
  '>',
  '>>',
  '<',
  '<<EOF',
  '\n',
  '#',
  '!',
  '*',
  '?',
  '[a]',
  '{a,b}',
  '~',
  '$A',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's.
  '${A:-b}',
  '..',
  '/',
  'scripts/main.js',
  './scripts/main.js',
  'gone.js',
  'dist/x.js',
  'if',
  'then',
  'fi',
  'for',
  'do',
  'done',
  'case',
  'esac',
  'function',
  'concurrently',
  '%PATH%',
];
const anyLine = fc.oneof(
  fc
    .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...words) }, anyText), { maxLength: 14 })
    .map((list) => list.join(' ')),
  fc.string({ maxLength: 60 }),
);

/** A few of the keys, right or wrong, of a document that was valid. */
function documentFrom(base: Readonly<Record<string, unknown>>, keys: Readonly<Record<string, fc.Arbitrary<unknown>>>) {
  return fc.oneof(
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ maxLength: 80 }) },
    { weight: 6, arbitrary: fc.record(keys, { requiredKeys: [] }).map((some) => JSON.stringify({ ...base, ...some })) },
    { weight: 1, arbitrary: fc.nat({ max: 200 }).map((length) => JSON.stringify(base, null, 1).slice(0, length)) },
    { weight: 1, arbitrary: fc.dictionary(anyText, anyValue, { maxKeys: 6 }).map((value) => JSON.stringify(value)) },
  );
}

function listOf(item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 9, arbitrary: fc.array(item, { maxLength: 6 }) }, anyValue);
}

const anyManifest = documentFrom(projectManifest, {
  entryPoints: listOf(
    fc.record({ path: anyText, runner: fc.array(anyText, { maxLength: 4 }) }, { requiredKeys: ['path'] }),
  ),
  policies: listOf(fc.record({ path: anyText, schema: anyText }, { requiredKeys: ['path'] })),
  files: listOf(anyText),
  hooks: listOf(fc.constantFrom('pre-commit', 'pre-push', 'x')),
  runtimeDirectories: listOf(anyText),
  generated: listOf(fc.record({ path: anyText, by: anyText })),
  suppress: listOf(
    fc.record({
      code: fc.constantFrom(...Object.keys(findingCodes), 'x'),
      path: anyText,
      reason: fc.constant('it is right so'),
      until: fc.constantFrom('2999-01-01', '2020-01-01', 'soon'),
    }),
  ),
  tools: fc.dictionary(anyText, anyText, { maxKeys: 3 }),
});

const anyPackage = documentFrom(
  { type: 'module' },
  {
    scripts: fc.oneof({ weight: 9, arbitrary: fc.dictionary(anyText, anyLine, { maxKeys: 5 }) }, anyValue),
    workspaces: fc.oneof(listOf(anyText), fc.record({ packages: listOf(anyText) })),
    imports: fc.oneof(fc.dictionary(anyText, anyValue, { maxKeys: 3 }), anyValue),
    exports: fc.oneof(fc.dictionary(anyText, anyValue, { maxKeys: 3 }), anyValue),
    type: anyValue,
    name: anyValue,
    'lint-staged': fc.oneof(fc.dictionary(anyText, fc.oneof(anyLine, anyValue), { maxKeys: 3 }), anyValue),
  },
);

/** A result that a person can use: within its contract, without a crash of a check, printable in every form. */
function assertUsable(result: DoctorResult): void {
  assert.deepEqual(validateDocument('doctor-output', result, 'output'), []);
  const crashed = result.checks.filter((check) => check.reason?.startsWith('the check could not be done'));
  assert.deepEqual(crashed, [], 'no check threw');
  for (const width of [30, 80]) assert.notEqual(formatDoctor(result, { width, colour: true }), '');
  assert.notEqual(doctorAnnotations(result), '');
  assert.notEqual(doctorStepSummary(result), '');
  assert.equal(JSON.parse(doctorSarif(result, '1.2.3')).version, '2.1.0');
  assert([0, 1, 75].includes(doctorExitCode(result)));
}

test(`${runs} made-up manifests and package.json files: a finding or a pass, never a throw, never over a second`, async (t) => {
  await examineInMemory(projectFiles, only); // What is loaded once is not counted.
  let slowestMs = 0;
  const seen = { valid: 0, scripts: 0, ill: 0 };
  const property = fc.asyncProperty(anyManifest, anyPackage, fc.boolean(), async (manifest, packageJson, both) => {
    const files = {
      ...projectFiles,
      'runtime-manifest.json': manifest,
      ...(both ? { 'package.json': packageJson } : {}),
    };
    const startMs = cpuMs();
    const result = await examineInMemory(both ? files : { ...projectFiles, 'package.json': packageJson }, only);
    slowestMs = Math.max(slowestMs, cpuMs() - startMs);
    assertUsable(result);
    assert(slowestMs < durationMaxMs, `${slowestMs} ms of CPU`);
    if (result.checks.every((check) => check.status !== 'unknown')) seen.valid += 1;
    if (result.summary.fail > 0) seen.ill += 1;
    if (result.checks.some((check) => check.id === 'script-targets' && check.findings.length > 0)) seen.scripts += 1;
    const { manifest: reading } = Object.fromEntries(result.checks.map((check) => [check.id, check]));
    const needs = result.checks.filter((check) => check.reason === 'it needs a valid runtime-manifest.json');
    assert(needs.length === 0 || reading?.status === 'fail', 'a manifest that nothing can be done with has a finding');
  });
  await fc.assert(property, { numRuns: runs });
  t.diagnostic(`${runs} runs, the slowest ${Math.round(slowestMs)} ms; ${JSON.stringify(seen)}`);
  for (const count of Object.values(seen)) assert(count > runs / 20, `it reaches every kind: ${JSON.stringify(seen)}`);
});

test('the project that the made-up ones are made from has nothing wrong', async () => {
  const result = await examineInMemory(projectFiles, only);
  assert.deepEqual([result.ok, result.summary.fail, result.summary.warn], [true, 0, 0]);
});
