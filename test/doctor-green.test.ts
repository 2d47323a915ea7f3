import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { countingHook } from './helpers/counting-hook.ts';
import { makeProject } from './helpers/project.ts';

test('a commit that was found fit is not examined again and takes no git call, the first one five', (t) => {
  const project = makeProject(t);
  const hook = countingHook(t, project);
  const first = hook();
  assert.deepEqual([first.exitCode, first.examined], [0, true], first.output);
  assert(first.calls.length <= 5, first.calls.join('\n'));
  const second = hook();
  assert.deepEqual([second.exitCode, second.examined, second.output], [0, false, first.output]);
  assert.equal(second.calls.length, 0, second.calls.join('\n'));
  project.write({ 'scripts/core/two.js': 'export const two = 4;\n' });
  project.git('add', '-A');
  const changed = hook();
  assert.deepEqual([changed.exitCode, changed.examined], [0, false], changed.output);
  assert.equal(changed.calls.length, 0, changed.calls.join('\n'));
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
    assert.equal(hook().examined, true);
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
