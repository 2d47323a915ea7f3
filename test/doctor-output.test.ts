import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { type DoctorResult, doctorExitCode, type Finding, withSuppressions } from '../scripts/core/doctor.ts';
import { findingCodes } from '../scripts/core/finding-codes.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { doctorAnnotations, doctorStepSummary, summaryBytesMax } from '../scripts/report/github.ts';
import { doctorJson } from '../scripts/report/json.ts';
import { doctorSarif } from '../scripts/report/sarif.ts';
import { formatDoctor, printable } from '../scripts/report/terminal.ts';
import { builtCli } from './helpers/built-program.ts';
import {
  annotationsIn,
  findingWith,
  resultWith,
  sarifRun,
  toldByAnnotations,
  toldByJson,
  toldByPretty,
  toldBySarif,
} from './helpers/doctor-results.ts';
import { examine, makeProject, manifestWith } from './helpers/project.ts';
import { cleanEnvironment, temporaryDirectory } from './helpers/repository.ts';

const sarifSchema: object = JSON.parse(
  readFileSync(new URL('fixtures/sarif-used.schema.json', import.meta.url), 'utf8'),
);
const isSarif = new Ajv({ validateFormats: false }).compile(sarifSchema);

/** One result told by every format; the annotations only where GitHub would show them all. */
function assertAgree(result: DoctorResult): void {
  const json = doctorJson(result);
  assert.deepEqual(validateDocument('doctor-output', JSON.parse(json), 'output'), []);
  const told = toldByJson(json);
  const sarif = doctorSarif(result, '1.2.3');
  assert.equal(isSarif(JSON.parse(sarif)), true, JSON.stringify(isSarif.errors));
  assert.deepEqual(toldBySarif(sarif, result), told);
  const annotations = doctorAnnotations(result);
  const few = ['error', 'warning', 'note'].every((one) => told.filter((line) => line.startsWith(one)).length < 9);
  if (few && result.summary.unknown < 2) assert.deepEqual(toldByAnnotations(annotations), told.map(printable).sort());
  const codes = told.map((line) => line.split(' ', 2).join(' ')).sort();
  for (const colour of [false, true]) {
    assert.deepEqual(toldByPretty(formatDoctor(result, { width: 80, colour })), codes);
  }
  const summary = doctorStepSummary(result);
  for (const one of new Set(result.checks.flatMap((check) => check.findings))) assert(summary.includes(one.code));
  const silent = result.checks.flatMap(({ id, reason, leftOut }) => {
    return [...(reason === undefined ? [] : [id]), ...(leftOut === undefined ? [] : [id])];
  });
  const notified = sarifRun(sarif).invocations[0]?.toolExecutionNotifications.map((one) => one.properties.check);
  assert.deepEqual(notified, silent, 'what was not looked at is told too');
  const exitCode = doctorExitCode(result);
  assert.equal(sarifRun(sarif).invocations[0]?.exitCode, exitCode);
  assert.match(
    annotations,
    exitCode === 0 ? /^fit to run/m : exitCode === 1 ? /^not fit to run/m : /^not known to be/m,
  );
  assert.equal(result.ok, exitCode === 0);
}

const anyText = fc.oneof(
  fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }),
  fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }),
  fc.constantFrom(
    'a\n::error::forged',
    '%0A::set-output',
    '| table | <b>',
    '``` fence',
    'größe 文 "x"',
    '::stop-commands::x',
  ),
);
const codeNames: readonly string[] = Object.keys(findingCodes);
const anyFinding = fc.record({
  code: fc.constantFrom(...codeNames),
  severity: fc.constantFrom('error', 'warning', 'note'),
  problem: anyText,
  remedy: anyText,
  commands: fc.array(anyText, { maxLength: 3 }),
  path: fc.option(anyText, { nil: undefined }),
  line: fc.option(fc.integer({ min: 1, max: 9999 }), { nil: undefined }),
});
const anyOutcome = fc.record({
  findings: fc.array(anyFinding, { maxLength: 4 }),
  unknown: fc.option(anyText, { nil: undefined, freq: 4 }),
});

test('whatever is found, all formats tell the same findings and the same verdict, and each is valid', () => {
  fc.assert(
    fc.property(fc.array(anyOutcome, { maxLength: 4 }), (outcomes) => {
      // Through JSON, so that absent keys are absent, as checks leave them.
      assertAgree(resultWith(...JSON.parse(JSON.stringify(outcomes))));
    }),
    { numRuns: 200 },
  );
});

test('what is found in a real repository is told the same by all formats, with the exit code of the command', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({
      files: ['gone.md', 'ä b:c,d%.md'],
      runtimeDirectories: ['script', 'scripts'],
    }),
  });
  project.write({ 'scripts/left-over.js': '' });
  const result = await examine(project, 'worktree');
  assert(result.summary.fail > 0 && result.summary.warn > 0);
  assertAgree(result);
});

test('on GitHub at most ten of a kind are annotated, the last of them says how many are not, and all are in the summary', () => {
  const many = (severity: Finding['severity'], count: number) =>
    Array.from({ length: count }, (_, index) => findingWith({ severity, path: `${severity}-${index}.ts` }));
  const result = resultWith(
    { findings: [...many('note', 11), ...many('warning', 10), ...many('error', 25)] },
    { findings: [], unknown: 'git did not answer' },
  );
  const { annotations, rest } = annotationsIn(doctorAnnotations(result));
  const kinds = annotations.map((one) => one.kind);
  const expected = [...Array(10).fill('error'), ...Array(10).fill('warning'), ...Array(10).fill('notice')];
  assert.deepEqual(kinds, expected, 'the worst come first');
  assert.match(annotations[0]?.title ?? '', /check-1 could not be checked/);
  assert.match(annotations[9]?.message ?? '', /^17 more of this kind/);
  assert.equal(annotations[19]?.file, 'warning-9.ts');
  assert.match(annotations[29]?.message ?? '', /^2 more of this kind/);
  assert.deepEqual(rest, ['not fit to run: 1 of 2 checks failed (1 could not be checked)']);
  const summary = doctorStepSummary(result);
  for (const one of result.checks.flatMap((check) => check.findings)) assert(summary.includes(one.path ?? '?'));
});

test('a step summary stays under its limit, whatever is found, and says what does not fit', () => {
  const findings = Array.from({ length: 3000 }, (_, index) =>
    findingWith({ problem: 'ß'.repeat(3000), path: `${index}.ts` }),
  );
  const result = resultWith({ findings });
  const summary = doctorStepSummary(result);
  assert(Buffer.byteLength(summary) <= summaryBytesMax && Buffer.byteLength(summary) > 0.99 * summaryBytesMax);
  assert.match(summary, /\n\d+ more findings do not fit here/);
  for (const left of [0, 10, 90, 500, 7000]) assert(Buffer.byteLength(doctorStepSummary(result, left)) <= left);
  assert.equal(doctorStepSummary(result, -5), '');
});

test('the fingerprint of a finding is the same when its line, the tree, other findings or an acceptance change', () => {
  const prints = (...findings: readonly Finding[]) =>
    sarifRun(doctorSarif(resultWith({ findings }), '1.2.3')).results.map(
      (one) => one.partialFingerprints['loopbreaker/v1'],
    );
  const one = findingWith({ problem: 'a.md is ignored (.gitignore:3: *.md), so it is not in the index.', line: 3 });
  const [print] = prints(one);
  const later = { ...one, problem: 'a.md is ignored (.gitignore:9: *.md), so it is not in the work tree.', line: 9 };
  const suppression = { code: one.code, path: 'a.ts', reason: 'it is right so', until: '2999-01-01' };
  const [accepted] = withSuppressions({ findings: [one] }, [suppression], '2026-01-01').findings;
  assert(accepted?.accepted !== undefined);
  for (const same of [later, accepted]) assert.deepEqual(prints(same), [print]);
  assert.equal(prints(findingWith({ path: 'b.ts' }), one)[1], print);
  assert.equal(new Set(prints(one, one, { ...one, path: 'b' }, { ...one, code: 'path-ignored' })).size, 4);
  const [result] = sarifRun(doctorSarif(resultWith({ findings: [accepted] }), '1.2.3')).results;
  assert.deepEqual(
    result?.suppressions?.map(({ justification }) => justification),
    ['it is right so (until 2999-01-01)'],
  );
});

test('a finding longer than the contract allows is cut off, one command of it never is', () => {
  const long = findingWith({ problem: 'x'.repeat(9000), commands: ['git add a', 'y'.repeat(5000)], path: '' });
  const result = resultWith({ findings: [long] }, { findings: Array.from({ length: 1500 }, () => findingWith()) });
  assertAgree(result);
  const [first] = result.checks[0]?.findings ?? [];
  assert.deepEqual([first?.problem.length, first?.commands, first?.path], [4000, [], undefined]);
  assert.deepEqual([result.checks[1]?.findings.length, result.checks[1]?.leftOut], [1000, 500]);
});

test('an error and a warning come with what mends them in every format for people, a note does not', () => {
  for (const severity of ['error', 'warning', 'note'] as const) {
    const result = resultWith({ findings: [findingWith({ severity })] });
    const texts = [
      formatDoctor(result, { width: 80, colour: false }),
      doctorAnnotations(result),
      doctorStepSummary(result),
    ];
    for (const text of texts) assert.equal(/git checkout -- a.ts/.test(text), severity !== 'note', text);
  }
});

test('a title that says what is well stands beside a check that passed, and beside no other', () => {
  const outcomes = [
    [{ findings: [] }, 'a question'],
    [{ findings: [findingWith(), findingWith({ severity: 'warning' })] }, '1 error; 1 warning'],
    [{ findings: [findingWith({ severity: 'warning' })] }, '1 warning'],
    [
      { findings: [findingWith({ severity: 'warning' })], unknown: 'git did not answer' },
      '1 warning; git did not answer',
    ],
    [{ findings: [], skipped: 'it is about the work tree' }, 'it is about the work tree'],
  ] as const;
  const result = resultWith(...outcomes.map(([outcome]) => outcome));
  const pretty = formatDoctor(result, { width: 80, colour: false }).match(/(?<= check-\d {2}).*$/gm);
  const table = [...doctorStepSummary(result).matchAll(/^\| \w+ \| check-\d \| (.*) \|$/gm)].map(([, cell]) => cell);
  const expected = outcomes.map(([, words]) => words);
  assert.deepEqual([pretty, table], [expected, expected]);
});

test('a why is said once a code, and every later finding says that it stands above', () => {
  const findings = [findingWith(), findingWith({ path: 'b.ts' }), findingWith({ problem: 'a.ts is imported too.' })];
  const text = formatDoctor(resultWith({ findings }), { width: 80, colour: false });
  assert.deepEqual(text.match(/path-missing.*$/gm), [
    'path-missing',
    'path-missing (why: as above)',
    'path-missing (more as above)',
  ]);
  assert.deepEqual([text.match(/why: (?!as)/g)?.length, text.match(/to mend it:/g)?.length], [1, 2]);
  const narrow = formatDoctor(resultWith({ findings }), { width: 30, colour: false }).split('\n');
  assert.deepEqual(
    narrow.filter((line) => line.length > 30),
    [],
  );
});

test('a narrow terminal, a pipe and one without colour get the same words', () => {
  const result = resultWith({ findings: [findingWith()] }, { findings: [], unknown: 'git did not answer' });
  const words = (text: string) => stripVTControlCharacters(text).split(/\s+/).join(' ').trim();
  const wide = words(formatDoctor(result, { width: 200, colour: false }));
  for (const width of [30, 40, 80]) assert.equal(words(formatDoctor(result, { width, colour: true })), wide);
});

test('on the command line each format answers with the same exit code, and what cannot go together is refused', async (t) => {
  const cli = await builtCli();
  const { directory } = makeProject(t, { 'runtime-manifest.json': manifestWith({ files: ['gone.md'] }) });
  const summary = path.join(temporaryDirectory(t), 'summary.md');
  writeFileSync(summary, 'from an earlier command\n');
  const run = (...args: readonly string[]) => {
    const env = cleanEnvironment({ GITHUB_STEP_SUMMARY: summary });
    return spawnSync('node', [cli, 'doctor', '-C', directory, '--only', 'tracked', ...args], {
      env,
      encoding: 'utf8',
    });
  };
  const github = run('--format', 'github');
  assert.equal(github.status, 1, github.stderr);
  assert.match(
    github.stdout,
    /^::error file=runtime-manifest\.json,line=\d+,title=path-missing::gone\.md does not exist/,
  );
  assert.match(readFileSync(summary, 'utf8'), /^from an earlier command\n## doctor: 10 files of the work tree\n/);
  const sarif = run('--format', 'sarif', '--tree', 'HEAD');
  assert.equal(sarif.status, 1, sarif.stderr);
  assert.equal(isSarif(JSON.parse(sarif.stdout)), true, JSON.stringify(isSarif.errors));
  for (const wrong of [
    ['--format', 'sariff'],
    ['--json', '--format', 'sarif'],
    ['--dry-run'],
    ['--fix', '--tree', 'HEAD'],
  ]) {
    assert.equal(run(...wrong).status, 2, wrong.join(' '));
  }
});
