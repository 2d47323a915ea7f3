/** What an agent and a person are told of a gate's output: on real outputs of what teams run, each with 60 tests or 40 files. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { classify } from '../scripts/core/classify.ts';
import { tellingPart } from '../scripts/core/failure-excerpt.ts';
import { builtInRules } from '../scripts/core/failure-rules.ts';
import { seededRandom } from '../scripts/core/seeded-random.ts';
import { cpuMs } from './helpers/cpu-time.ts';

const outputOf = (name: string): string =>
  readFileSync(new URL(`fixtures/gate-outputs/${name}.txt`, import.meta.url), 'utf8');

/** What must be said of the first of two failures, and the last line that tells how it ended. */
const told: readonly (readonly [runner: string, first: RegExp, end: RegExp])[] = [
  ['node-tap', /^not ok 8 - adds 7 and 8\n[\s\S]*sum\.test\.mjs:25:1[\s\S]*15 !== 16/m, /# fail 2/],
  ['node-spec', /^✖ adds 7 and 8[\s\S]*15 !== 16/m, /83 !== 84/],
  ['vitest', /^ FAIL {2}sum\.test\.mjs > adds 7 and 8\nAssertionError: expected 15 to be 16/m, /2 failed \| 59 passed/],
  ['jest', /^ {2}● adds 7 and 8\n[\s\S]*Expected: 16\n {4}Received: 15/m, /Tests: {7}2 failed, 59 passed/],
  ['mocha', /^ {2}1\) sum\n {7}adds 7 and 8:\n[\s\S]*15 !== 16/m, /sum\.test\.mjs:128:10/],
  ['pytest', /^_+ test_adds_7 _+\n[\s\S]*E {7}assert 15 == 16/m, /2 failed, 58 passed/],
  ['unittest', /^FAIL: test_adds_07[\s\S]*AssertionError: 15 != 16/m, /FAILED \(failures=2\)/],
  [
    'cargo',
    /^---- tests::adds_41 stdout ----\n[\s\S]* left: 83\n right: 84/m,
    /test result: FAILED\. 58 passed; 2 failed/,
  ],
  ['eslint', /^\/home\/me\/sum\/m00\.js\n {2}1:7 {2}error {2}'unused0' is assigned/m, /✖ 80 problems/],
  ['biome', /^src\/m00\.ts:2:21 lint\/suspicious\/noDebugger[\s\S]*debugger statement/m, /Found 40 errors\./],
];

for (const [runner, first, end] of told) {
  test(`of a red ${runner} the first failure is told with its reason, and how it ended`, () => {
    for (const max of [1400, 3000]) {
      const text = tellingPart(outputOf(runner), max);
      assert.ok(text.length <= max, `${text.length} characters`);
      assert.match(text, first);
      assert.match(text, end);
      assert.doesNotMatch(text.slice(text.lastIndexOf('left out)')), /^\s*(?:ok \d|[✓✔] )/m, 'no test that passed');
    }
  });
}

const passed = (count: number): string => Array.from({ length: count }, (_, at) => `ok ${at} - works\n`).join('');

test('a failure far above the end is told, also under a table of coverage, and lines that were left out are counted', () => {
  const failure = 'not ok 7 - adds\n  ---\n  error: "3 !== 4"\n  ...\n';
  const table = Array.from({ length: 90 }, (_, at) => `src/module-${at}.ts | 100 | 100 | 100 |\n`).join('');
  const text = tellingPart(`${passed(300)}${failure}${passed(300)}1..601\n# fail 1\n${table}`, 1400);
  assert.match(text, /^… \(300 lines left out\)\nnot ok 7 - adds\n[\s\S]*3 !== 4[\s\S]*\n… \(\d+ lines left out\)\n/);
  assert.ok(text.trimEnd().endsWith('module-89.ts | 100 | 100 | 100 |'));
});

test('what a passing test prints as an error is not taken for the failure', () => {
  const noise = 'console.error\n  Error: simulated, this one is expected\n';
  const failure = '--- FAIL: TestAdds (0.00s)\n    sum_test.go:5: got 3, want 4\n';
  const text = tellingPart(`${noise}${passed(400)}${failure}FAIL\nFAIL\tsum\t0.002s\n`, 1000);
  assert.match(text, /FAIL: TestAdds \(0\.00s\)\n {4}sum_test\.go:5: got 3, want 4/);
  assert.doesNotMatch(text, /simulated/);
});

test('a short output stands as it is, and one that announces nothing is told by its end', () => {
  assert.equal(tellingPart('\nall of it\n', 100), 'all of it');
  const text = tellingPart(Array.from({ length: 999 }, (_, at) => `line ${at}`).join('\n'), 1000);
  assert.match(text, /^… \(\d+ lines left out\)\nline \d+[\s\S]*\nline 998$/);
  assert.ok(text.length > 900);
});

test('whatever the output, what is told fits into its room and is found quickly', () => {
  const random = seededRandom(7);
  const words = [
    'not ok 1 - x',
    '1) x',
    'Error: y',
    'ok 2',
    '',
    '✖ z',
    'a.ts:1:2 m',
    `${'x'.repeat(5000)}`,
    '  at f (node:fs:1)',
  ];
  const pick = () => words[Math.floor(random() * words.length)] ?? '';
  for (let round = 0; round < 200; round += 1) {
    const text = Array.from({ length: 1 + Math.floor(random() * 400) }, pick).join('\n');
    const max = 1000 + Math.floor(random() * 3000);
    assert.ok(tellingPart(text, max).length <= max);
  }
  const beganMs = cpuMs();
  for (const line of ['1)x', '1) x', 'Error:', '_'.repeat(200), 'FAIL ', '\t']) {
    tellingPart(`${line}\n`.repeat(64 * 1024).slice(-64 * 1024), 4000);
  }
  const tookMs = cpuMs() - beganMs;
  assert.ok(tookMs < 3000, `${tookMs} ms of CPU`);
});

test('of an npm that refuses, the reason is told and not the help of its command', () => {
  const reason = 'npm error Missing: left-pad@1.3.0 from lock file';
  const output = outputOf('npm-usage');
  const text = tellingPart(output, 1400);
  assert.match(text, new RegExp(`^npm error code EUSAGE\n[\\s\\S]*^${reason}$`, 'm'));
  assert.doesNotMatch(text, /Usage:|--install-strategy|npm help ci|left out/);
  assert.match(text, /A complete log of this run/, 'what follows the help stays');
  const many = output.replace(reason, `${reason}\n`.repeat(300));
  assert.match(tellingPart(many, 1400), /^npm error code EUSAGE\n[\s\S]*Missing: left-pad/);
});

test('the failure of a gate carries that part, and its signature is that of the whole output', () => {
  const text = outputOf('node-tap');
  const judge = (said: string) => classify({ phase: 'qa', exitCode: 1, text: said }, builtInRules);
  assert.match(judge(text).tail ?? '', /not ok 8[\s\S]*not ok 42[\s\S]*# fail 2/);
  assert.notEqual(judge(text).signature, judge(text.replaceAll('adds 50 and 51', 'adds more')).signature);
});
