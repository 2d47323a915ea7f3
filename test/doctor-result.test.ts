import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import type { Check } from '../scripts/checks/check.ts';
import { checks } from '../scripts/checks/index.ts';
import { allCodes } from '../scripts/core/codes.ts';
import {
  type CheckOutcome,
  type DoctorResult,
  doctorExitCode,
  type Finding,
  resultOf,
  statusOf,
  summarise,
} from '../scripts/core/doctor.ts';
import { findingCodes } from '../scripts/core/finding-codes.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { doctorJson } from '../scripts/report/json.ts';
import { formatDoctor, styleFor } from '../scripts/report/terminal.ts';
import { examine, findingsOf, makeProject, manifestWith, projectManifest, troubles } from './helpers/project.ts';
import { cleanEnvironment, temporaryDirectory } from './helpers/repository.ts';

const finding: Finding = {
  code: 'path-ignored',
  severity: 'error',
  problem:
    'scripts/auto-promote.mjs is on disk but ignored (.gitignore:3: *.mjs), so it is not in the index; runtime-manifest.json names it.',
  remedy: 'change that rule, or add the file all the same',
  commands: [
    'git add -f scripts/auto-promote.mjs-with-a-name-that-is-longer-than-any-terminal-is-wide-so-that-it-could-only-be-wrapped',
  ],
  path: 'scripts/auto-promote.mjs',
};

const warning: Finding = { ...finding, severity: 'warning' };

const outcomes: readonly (readonly [CheckOutcome, string])[] = [
  [{ findings: [] }, 'pass'],
  [{ findings: [{ ...finding, severity: 'note' }] }, 'pass'],
  [{ findings: [warning] }, 'warn'],
  [{ findings: [warning, finding] }, 'fail'],
  [{ findings: [], skipped: 'why' }, 'skip'],
  [{ findings: [], unknown: 'why' }, 'unknown'],
  [{ findings: [warning], unknown: 'why' }, 'unknown'],
  [{ findings: [finding], unknown: 'why' }, 'fail'],
];

for (const [outcome, status] of outcomes) {
  test(`${JSON.stringify(Object.keys(outcome))} with ${outcome.findings.map((one) => one.severity).join(' and ') || 'nothing'} found is ${status}`, () => {
    assert.equal(statusOf(outcome), status);
  });
}

function resultWith(...list: readonly CheckOutcome[]): DoctorResult {
  const results = list.map((outcome, index) => resultOf({ id: `check-${index}`, title: 'a question' }, outcome, 1));
  return summarise('index', '41 files of the index', results);
}

test('a failed check exits 1, one that could not be done 75, and only else 0', () => {
  assert.equal(doctorExitCode(resultWith({ findings: [finding] }, { findings: [], unknown: 'why' })), 1);
  assert.equal(doctorExitCode(resultWith({ findings: [warning] }, { findings: [], unknown: 'why' })), 75);
  assert.equal(doctorExitCode(resultWith({ findings: [warning] }, { findings: [], skipped: 'why' })), 0);
});

test('the JSON is one line that its schema accepts, with every status in it, and the summary adds up', async (t) => {
  const result = resultWith(...outcomes.map(([outcome]) => outcome));
  for (const one of [result, await examine(makeProject(t), 'worktree')]) {
    const json = doctorJson(one);
    assert.equal(json.split('\n').length, 2);
    assert.deepEqual(validateDocument('doctor-output', JSON.parse(json), 'output'), []);
    const sum = Object.values(one.summary).reduce((total, count) => total + count, 0);
    assert.equal(sum, one.checks.length);
  }
});

for (const width of [40, 80, 120]) {
  test(`at ${width} columns nothing but a command is wider, and the command is whole on its line`, () => {
    const text = formatDoctor(resultWith(...outcomes.map(([outcome]) => outcome)), { width, colour: false });
    const lines = text.trimEnd().split('\n');
    const [command = ''] = finding.commands;
    assert(lines.some((line) => line.trim() === command));
    assert.deepEqual(
      lines.filter((line) => line.length > width && line.trim() !== command),
      [],
    );
    assert.equal(lines[0], 'doctor: 41 files of the index');
    assert.match(text, /\nnot fit to run: 2 of 8 checks\s+failed/);
  });
}

test('colour is for terminals, and NO_COLOR and FORCE_COLOR decide before that', () => {
  const terminal = { isTTY: true, columns: 100 };
  assert.deepEqual(styleFor(terminal, {}), { width: 100, colour: true });
  assert.deepEqual(styleFor({}, {}), { width: 80, colour: false });
  assert.equal(styleFor({ isTTY: true, columns: 0 }, {}).width, 80, 'a terminal that does not say');
  assert.equal(styleFor(terminal, { NO_COLOR: '1' }).colour, false);
  assert.equal(styleFor(terminal, { NO_COLOR: '' }).colour, true);
  assert.equal(styleFor(terminal, { TERM: 'dumb' }).colour, false);
  assert.equal(styleFor({}, { FORCE_COLOR: '1' }).colour, true);
  const plain = formatDoctor(resultWith({ findings: [finding] }), { width: 80, colour: false });
  const colour = formatDoctor(resultWith({ findings: [finding] }), { width: 80, colour: true });
  assert(!plain.includes('\u001b'));
  assert.equal(stripVTControlCharacters(colour), plain);
});

test('a path cannot move the cursor or forge a line of the report', () => {
  const evil = { ...finding, problem: 'a\u001b[2Jb\nfit to run\u202e' };
  const text = formatDoctor(resultWith({ findings: [evil] }), { width: 80, colour: false });
  assert.match(text, /a\\u001b\[2Jb\\u000afit to run\\u202e/);
});

test('a check that throws is unknown, with what it threw', async (t) => {
  const { diagnose } = await import('../scripts/checks/diagnose.ts');
  const project = makeProject(t);
  const good = await examine(project, 'worktree', ['tracked']);
  assert.equal(good.ok, true);
  const broken: Check = {
    id: 'broken',
    title: 'it throws',
    asks: '?',
    run: () => {
      throw new Error('this and that');
    },
  };
  const tree = {
    kind: 'worktree',
    name: 'worktree',
    population: 'x',
    entries: new Map(),
    has: () => false,
    read: () => Promise.resolve(null),
  } as const;
  const nothing = () => Promise.reject(new Error('not asked'));
  const result = await diagnose(
    {
      tree,
      manifest: { ok: false, problems: [] },
      disk: { root: '/', kindOf: () => 'absent', isExecutable: () => false, read: () => null, realPath: () => null },
      git: nothing,
      execute: nothing,
      env: {},
      commonDirectory: '/',
      documents: {
        parse: () => ({ ok: false, problems: [] }),
        parseWithSchema: () => ({ ok: false, problems: [] }),
        objectProblem: () => undefined,
        locate: () => undefined,
      },
      scanModule: nothing,
      today: '2026-01-01',
      elapsedMs: () => 0,
    },
    [broken],
  );
  assert.deepEqual([result.ok, result.checks[0]?.status], [false, 'unknown']);
  assert.match(result.checks[0]?.reason ?? '', /this and that/);
});

test('a suppression accepts one finding until its day, and is itself reported once it is of no use', async (t) => {
  const one = { code: 'path-missing', path: 'gone.md', reason: 'it comes with the next release' };
  const manifest = (suppress: readonly object[], files = ['gone.md', 'lost.md']) => manifestWith({ suppress, files });
  const project = makeProject(t, { 'runtime-manifest.json': manifest([{ ...one, until: '2999-01-01' }]) });
  const accepted = await examine(project, 'worktree');
  assert.deepEqual(troubles(accepted), ['tracked: path-missing lost.md']);
  const [note] = findingsOf(accepted, 'tracked');
  assert.match(note?.problem ?? '', /^accepted until 2999-01-01 \(it comes with the next release\): /);
  project.write({ 'runtime-manifest.json': manifest([{ ...one, until: '2020-01-01' }]) });
  assert.deepEqual(troubles(await examine(project, 'worktree')), [
    'manifest: suppression-expired runtime-manifest.json',
    'tracked: path-missing gone.md',
    'tracked: path-missing lost.md',
  ]);
  project.write({ 'runtime-manifest.json': manifest([{ ...one, until: '2999-01-01' }], ['PROMPT.md']) });
  assert.deepEqual(troubles(await examine(project, 'worktree')), [
    'manifest: suppression-unused runtime-manifest.json',
  ]);
  assert.deepEqual(
    troubles(await examine(project, 'worktree', ['manifest'])),
    [],
    'what was not looked for is not unused',
  );
  project.write({
    'runtime-manifest.json': manifest([{ ...one, code: 'path-mising', until: '2999-01-01' }], ['PROMPT.md']),
  });
  const [unknown] = findingsOf(await examine(project, 'worktree'), 'manifest');
  assert.deepEqual([unknown?.code, unknown?.remedy], ['suppression-unknown-code', 'write "path-missing"']);
});

test('a manifest or policy that is broken, missing or a folder is told with file, line and pointer', async (t) => {
  const project = makeProject(t);
  project.write({ 'runtime-manifest.json': '{\n  "entryPoint": []\n}' });
  const broken = await examine(project);
  const [unknownKey] = findingsOf(broken, 'manifest');
  assert.deepEqual([unknownKey?.code, unknownKey?.line], ['document-unknown-key', 2]);
  assert.match(unknownKey?.problem ?? '', /runtime-manifest\.json:2:3 \/entryPoint: .* did you mean "entryPoints"\?/);
  assert.deepEqual(broken.checks.find((check) => check.id === 'tracked')?.status, 'unknown');
  assert.equal(doctorExitCode(broken), 1);
  project.remove('runtime-manifest.json');
  assert.equal(findingsOf(await examine(project), 'manifest')[0]?.code, 'document-missing');
  project.write({ 'runtime-manifest.json/x': '' });
  assert.equal(findingsOf(await examine(project), 'manifest')[0]?.code, 'document-unreadable');
  project.git('checkout', '-q', 'HEAD', '--', '.');
});

test('policies are read from the graded tree, validated, and judged together', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({
      policies: [...projectManifest.policies, { path: 'mine.json', schema: 'mine.schema.json' }, { path: 'free.json' }],
    }),
    'mine.json': '{ "a": "x" }',
    'mine.schema.json': '{ "type": "object", "properties": { "a": { "type": "number" } } }',
    'free.json': '{}',
    'policy/breaker.json': '{\n  "probeLeaseSeconds": 60\n}',
  });
  assert.deepEqual(troubles(await examine(project, 'HEAD', ['policies'])), [
    'policies: policy-cannot-work policy/breaker.json',
    'policies: document-wrong-type mine.json',
    'policies: policy-schema-missing free.json',
  ]);
  project.git('rm', '-q', 'policy/loop.json');
  const [check] = (await examine(project, 'index', ['policies'])).checks;
  assert.match(check?.reason ?? '', /not in this tree: policy\/loop\.json/);
});

test('the manifest must name the policies, the hooks, the lockfile and the doctor that the tree holds, by plain paths', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({
      policies: [],
      files: ['../x', '/etc/passwd', './PROMPT.md', 'a\\b', 'node_modules/x'],
      runtimeDirectories: ['scripts', 'script'],
    }),
    '.husky/pre-push': '',
    '.githooks/pre-push': '',
    'pnpm-lock.yaml': '',
    'scripts/doctor.mjs': '',
  });
  const result = await examine(project, 'HEAD', ['manifest']);
  const codes = findingsOf(result, 'manifest').map((one) => one.code);
  assert.equal(codes.filter((code) => code === 'manifest-path-unusable').length, 5);
  assert.equal(codes.filter((code) => code === 'manifest-leaves-out').length, 8);
  assert.equal(codes.filter((code) => code === 'runtime-directory-missing').length, 1);
  assert.equal(
    findingsOf(result, 'manifest').every((one) => one.line !== undefined && one.line > 1),
    true,
  );
});

test('where loopbreaker is a package, a scripts/doctor of the team is its own affair', async (t) => {
  const leftOut = async (packageJson: unknown): Promise<readonly string[]> => {
    const project = makeProject(t, { 'scripts/doctor.mjs': '', 'package.json': JSON.stringify(packageJson) });
    const found = findingsOf(await examine(project, 'HEAD', ['manifest']), 'manifest');
    return found.map((one) => one.code);
  };
  assert.deepEqual(await leftOut({ type: 'module' }), ['manifest-leaves-out']);
  assert.deepEqual(await leftOut({ type: 'module', devDependencies: { loopbreaker: '^0.1.0' } }), []);
});

test('every code is explained once, and every check that a code names exists', () => {
  const codes = allCodes();
  assert.equal(new Set(codes.map((entry) => entry.code)).size, codes.length);
  const ids = checks.map((check) => check.id);
  for (const [code, entry] of Object.entries(findingCodes)) {
    for (const id of entry.checks) assert(ids.includes(id), `${code} names the check ${id}`);
  }
  for (const entry of codes) assert(entry.title !== '' && entry.why !== '' && entry.remedy !== '', entry.code);
});

test('every code written in the sources is in the registry', () => {
  const scripts = fileURLToPath(new URL('../scripts/', import.meta.url));
  const known = new Set(allCodes().map((entry) => entry.code));
  const missing: string[] = [];
  for (const file of readdirSync(scripts, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    for (const match of readFileSync(scripts + file, 'utf8').matchAll(/\bcode: '([a-z]+(?:-[a-z]+)*)'/g)) {
      if (match[1] !== undefined && !known.has(match[1])) missing.push(`${file}: ${match[1]}`);
    }
  }
  assert.deepEqual(missing, []);
});

test('the commands answer on the command line: exit codes, JSON, and what was meant', (t) => {
  const cli = fileURLToPath(new URL('../scripts/cli.ts', import.meta.url));
  const run = (...args: readonly string[]) =>
    spawnSync('node', ['--import', 'tsx', cli, ...args], { env: cleanEnvironment(), encoding: 'utf8' });
  const { directory } = makeProject(t);
  const good = run('doctor', '-C', directory, '--json', '--only', 'tracked,manifest');
  assert.equal(good.status, 0, good.stderr);
  assert.deepEqual(validateDocument('doctor-output', JSON.parse(good.stdout), 'output'), []);
  assert.equal(run('doctor', '-C', directory, '--only', 'trakced').status, 2);
  assert.equal(run('doctor', '-C', directory, '--format', 'xml').status, 2);
  assert.equal(run('doctor', '-C', directory, '--tree', 'nowhere').status, 2);
  assert.equal(run('doctor', '-C', temporaryDirectory(t)).status, 78);
  assert.equal(run('explain', 'path-ignored').status, 0);
  const guess = run('explain', 'path-ignord');
  assert.equal(guess.status, 2);
  assert.match(guess.stderr, /did you mean "path-ignored"\?/);
});
