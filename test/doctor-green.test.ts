import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findGit } from '../scripts/effects/git.ts';
import { makeProject } from './helpers/project.ts';
import { cleanEnvironment, type Repository, temporaryDirectory } from './helpers/repository.ts';

const cli = fileURLToPath(new URL('../scripts/cli.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

interface Counted {
  readonly exitCode: number | null;
  readonly output: string;
  /** The git commands that were started, such as `ls-files -v -s -z`. */
  readonly calls: readonly string[];
}

/** Runs the pre-commit hook with a git on PATH that counts how often it is started. */
function countingHook(owner: Parameters<typeof temporaryDirectory>[0], project: Repository): () => Counted {
  const shim = temporaryDirectory(owner);
  const log = path.join(shim, 'log');
  const real = findGit(cleanEnvironment(), project.directory);
  writeFileSync(path.join(shim, 'git'), `#!/bin/sh\necho "$*" >> '${log}'\nexec '${real}' "$@"\n`);
  chmodSync(path.join(shim, 'git'), 0o755);
  const env = cleanEnvironment({ PATH: `${shim}${path.delimiter}${process.env.PATH ?? ''}` });
  return () => {
    writeFileSync(log, '');
    const argv = ['--import', tsx, cli, 'hook', 'pre-commit'];
    const ended = spawnSync(process.execPath, argv, { cwd: project.directory, env, encoding: 'utf8' });
    const calls = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    return {
      exitCode: ended.status,
      output: ended.stderr,
      calls: calls.map((line) => line.replace(/^(-c \S+ )+/, '')),
    };
  };
}

test('a commit that was found fit is not examined again: two git calls, and three at most for a new one', (t) => {
  const project = makeProject(t);
  const hook = countingHook(t, project);
  const first = hook();
  assert.equal(first.exitCode, 0, first.output);
  assert(first.calls.length <= 3, first.calls.join('\n'));
  const second = hook();
  assert.deepEqual([second.exitCode, second.output], [0, first.output]);
  assert.equal(second.calls.length, 2, second.calls.join('\n'));
  project.write({ 'scripts/core/two.js': 'export const two = 4;\n' });
  project.git('add', '-A');
  const changed = hook();
  assert.equal(changed.exitCode, 0, changed.output);
  assert(changed.calls.length <= 3, changed.calls.join('\n'));
});

test('what was found fit is forgotten with the smallest change: a mode, a dropped or announced file, a torn memory', async (t) => {
  const project = makeProject(t, { 'scripts/core/three.js': '' });
  const hook = countingHook(t, project);
  const refused = (problem: RegExp) => {
    const end = hook();
    assert.equal(end.exitCode, 1, end.output);
    assert.match(end.output.replace(/\s+/g, ' '), problem);
  };
  project.write({ 'scripts/core/two.js': "import './three.js';\nexport const two = 2;\n" });
  project.git('add', '-A');
  for (let round = 0; round < 2; round += 1) assert.equal(hook().exitCode, 0);

  await t.test('a dropped file', () => {
    project.git('rm', '-q', '--cached', 'scripts/core/two.js');
    refused(/scripts\/core\/two\.js is on disk but not in the index/);
    project.git('add', '-A');
  });
  await t.test('an empty file that is announced and not added, which git lists in the same way', () => {
    const listing = project.git('ls-files', '-v', '-s');
    project.git('rm', '-q', '--cached', 'scripts/core/three.js');
    project.git('add', '-N', 'scripts/core/three.js');
    assert.equal(project.git('ls-files', '-v', '-s'), listing);
    refused(/scripts\/core\/three\.js is only announced/);
    project.git('add', '-A');
    assert.equal(hook().exitCode, 0);
  });
  await t.test('a torn memory', () => {
    const file = path.join(project.directory, '.git/loopbreaker/cache/green');
    rmSync(file, { force: true });
    project.write({ 'scripts/core/three.js': '// not empty\n' });
    project.git('add', '-A');
    assert.equal(hook().exitCode, 0);
    const whole = readFileSync(file, 'utf8');
    appendFileSync(file, ' ');
    assert.equal(hook().calls.length, 2, 'examined again');
    assert.equal(readFileSync(file, 'utf8'), whole, 'and remembered again');
    project.git('rm', '-q', '--cached', 'scripts/core/two.js');
    refused(/scripts\/core\/two\.js is on disk but not in the index/);
  });
});

test('a finding that depends on more than the tree is never remembered', (t) => {
  const scripts = { start: 'node app/run.js' };
  const project = makeProject(t, { 'package.json': JSON.stringify({ name: 'p', type: 'module', scripts }) });
  const exclude = path.join(project.directory, '.git/info/exclude');
  writeFileSync(exclude, 'app/\n');
  const hook = countingHook(t, project);
  assert.equal(hook().exitCode, 0, 'an ignored file that a build may write');
  writeFileSync(exclude, '');
  const end = hook();
  assert.equal(end.exitCode, 1, end.output);
  assert.match(end.output, /app\/run\.js/);
});
