import assert from 'node:assert/strict';
import { test } from 'node:test';
import { artifact } from '../scripts/checks/artifact.ts';
import { diagnose } from '../scripts/checks/diagnose.ts';
import { type CheckResult, subjectOf } from '../scripts/core/doctor.ts';
import { openDiagnosis } from '../scripts/diagnose.ts';
import { contextWith } from './helpers/machine.ts';
import { examine, makeProject, manifestWith } from './helpers/project.ts';
import { cleanEnvironment, type Repository } from './helpers/repository.ts';

const packageJson = {
  name: 'it',
  version: '1.0.0',
  type: 'module',
  bin: { it: 'scripts/main.js' },
  files: ['scripts', 'policy', 'runtime-manifest.json'],
};
const withFiles = (keys: Readonly<Record<string, unknown>> = {}): string => JSON.stringify({ ...packageJson, ...keys });

async function look({ directory }: Repository, tree = 'worktree'): Promise<CheckResult> {
  const result = await openDiagnosis({ directory, tree, env: cleanEnvironment(), only: ['artifact'], deep: true });
  const [first] = result.checks;
  if (first === undefined) throw new Error('the check did not run');
  return first;
}

async function found(project: Repository, tree = 'worktree'): Promise<readonly string[]> {
  return (await look(project, tree)).findings.map((one) => `${one.code} ${subjectOf(one)}`);
}

test('a package that holds what it must and nothing untracked is fine, and nothing is written or run by looking', async (t) => {
  const project = makeProject(t, {
    'package.json': withFiles({ scripts: { prepack: 'touch it-ran', prepare: 'touch it-ran' } }),
  });
  for (const tree of ['worktree', 'index', 'HEAD']) assert.deepEqual([tree, await found(project, tree)], [tree, []]);
  assert.equal(project.git('status', '--porcelain', '--ignored'), '');
});

test('what lies about in a shipped folder would be published: that is an error, unless it is declared as generated', async (t) => {
  const project = makeProject(t, { 'package.json': withFiles(), '.gitignore': '*.env\nbuilt/\n' });
  project.write({ 'scripts/secret.env': 'TOKEN=1\n', 'scripts/left over.js': '', 'scripts/built/x.js': '' });
  const all = ['scripts/built/x.js', 'scripts/left over.js', 'scripts/secret.env'];
  assert.deepEqual(
    [...(await found(project))].sort(),
    all.map((file) => `artifact-untracked ${file}`),
  );
  assert.deepEqual(await found(project, 'HEAD'), [], 'a clean checkout has none of them');
  project.write({
    'runtime-manifest.json': manifestWith({ generated: [{ path: 'scripts/built/**', by: 'npm run build' }] }),
  });
  project.remove('scripts/secret.env', 'scripts/left over.js');
  assert.deepEqual(await found(project), []);
});

test('many such files are told by their number', async (t) => {
  const project = makeProject(t, { 'package.json': withFiles() });
  project.write(Object.fromEntries(Array.from({ length: 14 }, (_, index) => [`scripts/x${index}.js`, ''])));
  const { findings } = await look(project);
  assert.equal(findings.length, 10);
  assert.match(findings[9]?.problem ?? '', /And 4 more\.$/);
});

test('a file of the contract that npm leaves out although "files" covers it is an error', async (t) => {
  const project = makeProject(t, { 'package.json': withFiles(), 'policy/.npmignore': 'breaker.json\n' });
  assert.deepEqual(await found(project), ['artifact-lacks policy/breaker.json']);
  assert.deepEqual(await found(project, 'HEAD'), ['artifact-lacks policy/breaker.json']);
  project.write({ 'package.json': withFiles({ files: ['scripts'] }) });
  assert.deepEqual(await found(project), [], 'what is not meant to be shipped is not missed');
});

test('a program that would be shipped without what it imports fails wherever it is installed', async (t) => {
  const project = makeProject(t, { 'package.json': withFiles(), 'scripts/.npmignore': 'core/two.js\n' });
  assert.deepEqual(await found(project), ['artifact-lacks scripts/core/two.js']);
  assert.deepEqual(await found(project, 'HEAD'), ['artifact-lacks scripts/core/two.js']);
});

test('a program or entry that package.json names and npm does not find is an error', async (t) => {
  const project = makeProject(t, {
    'package.json': withFiles({
      bin: { it: 'scripts/main.js', gone: './bin/gone.js' },
      exports: { '.': { import: './scripts/main.js' }, './x': './dist/x.js', './p/*': './p/*.js' },
    }),
    'runtime-manifest.json': manifestWith({ generated: [{ path: 'dist/**', by: 'npm run build' }] }),
  });
  assert.deepEqual(await found(project), ['artifact-lacks bin/gone.js']);
});

test('what is not published is not looked at, and without --deep nothing is', async (t) => {
  const project = makeProject(t, { 'package.json': withFiles({ private: true }) });
  assert.match((await look(project)).reason ?? '', /private/);
  project.write({ 'package.json': '{}' });
  assert.match((await look(project)).reason ?? '', /no name and version/);
  const [shallow] = (await examine(project, 'worktree', ['artifact'])).checks;
  assert.deepEqual([shallow?.status, shallow?.reason], ['skip', 'it is looked at with --deep']);
});

test('an npm that fails or says nothing makes it unknown', async (t) => {
  const project = makeProject(t, { 'package.json': withFiles() });
  const context = await contextWith(project, {});
  const ends = [
    { exitCode: 1, signal: null, stdout: '', stderr: 'npm error code ENEEDAUTH' },
    { exitCode: 0, signal: null, stdout: 'not JSON', stderr: '' },
    { exitCode: null, signal: null, stdout: '', stderr: '', spawnError: 'ENOENT' },
  ];
  for (const end of ends) {
    const result = await diagnose({ ...context, deep: true, execute: () => Promise.resolve(end) }, [artifact]);
    assert.deepEqual([result.checks[0]?.status, result.checks[0]?.findings], ['unknown', []]);
  }
});
