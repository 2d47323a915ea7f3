import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { examine, makeProject, troubles } from './helpers/project.ts';

const only = ['closure'];

test('a scan is remembered by content: a file that did not change is not parsed again, a torn memory is no memory', async (t) => {
  const project = makeProject(t);
  const memory = path.join(project.directory, '.git/loopbreaker/cache/doctor');
  const verdicts = async () => (await examine(project, 'HEAD', only)).checks.map(({ status }) => status);
  assert.deepEqual(await verdicts(), ['pass']);
  const whole = readFileSync(memory, 'utf8');
  assert.match(whole, /"scan1 \.js [0-9a-f]{40}",\[\["import","\.\/two\.js"\]\]/);
  for (const broken of ['', 'x', whole.slice(0, -3), whole.replace('./two.js', './six.js')]) {
    writeFileSync(memory, broken);
    assert.deepEqual(await verdicts(), ['pass'], JSON.stringify(broken.slice(0, 20)));
    assert.equal(readFileSync(memory, 'utf8').length, whole.length, 'it is written anew');
  }
  rmSync(memory);
  mkdirSync(memory);
  assert.deepEqual(await verdicts(), ['pass'], 'a folder in its place costs time and nothing else');
});

test('a remembered file is followed into a new one: the memory is of texts, not of trees', async (t) => {
  const project = makeProject(t);
  assert.equal((await examine(project, 'index', only)).ok, true);
  project.git('rm', '-q', 'scripts/core/two.js');
  assert.deepEqual(troubles(await examine(project, 'index', only)), ['closure: path-missing scripts/core/two.js']);
});
