/** What gathers in the state directory stays bounded, and nothing young or foreign goes. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type TriggerId, verdictFileName } from '../scripts/core/verdict.ts';
import { keepHouse } from '../scripts/effects/housekeeping.ts';
import { stateFiles } from '../scripts/effects/state-files.ts';
import { verdictsKept } from '../scripts/spent-verdicts.ts';
import { temporaryDirectory } from './helpers/repository.ts';
import { commitFile, sandboxFor, stateDirectory, told } from './helpers/sandbox.ts';

const dayMs = 24 * 60 * 60 * 1000;

test('old runs, passes, copies and temp files are bounded; the newest, the young and what is not ours stay', (t) => {
  const files = stateFiles(temporaryDirectory(t));
  const now = Date.now();
  for (const directory of [files.runs, files.passes, files.verdicts]) mkdirSync(directory);
  const put = (directory: string, name: string, ageMs: number) => {
    writeFileSync(path.join(directory, name), '');
    utimesSync(path.join(directory, name), (now - ageMs) / 1000, (now - ageMs) / 1000);
  };
  for (let index = 0; index < 300; index += 1) put(files.runs, `run-${index}.json`, dayMs + index * 1000);
  put(files.runs, 'somebody-elses.txt', 400 * dayMs);
  for (let index = 0; index < 30; index += 1)
    put(files.directory, `controller.json.unreadable-${index}`, dayMs + index);
  put(files.directory, 'controller.json', 400 * dayMs);
  put(files.directory, 'controller.json.1.2.tmp', dayMs);
  put(files.verdicts, 'young.json.1.2.tmp', 1000);
  for (let index = 0; index < 60; index += 1) {
    mkdirSync(path.join(files.salvage, `run-${index}`), { recursive: true });
    const at = (now - index * 1.3 * dayMs) / 1000;
    utimesSync(path.join(files.salvage, `run-${index}`), at, at);
  }
  keepHouse(files, now);
  // The newest twenty, and what is younger than thirty days.
  assert.equal(readdirSync(files.salvage).length, 24);
  const runs = readdirSync(files.runs);
  assert.equal(runs.length, 201);
  assert.ok(runs.includes('run-0.json') && !runs.includes('run-299.json'), 'the newest are kept');
  assert.ok(runs.includes('somebody-elses.txt'));
  const left = readdirSync(files.directory);
  assert.equal(left.filter((name) => name.includes('unreadable')).length, 20);
  assert.ok(left.includes('controller.json') && !left.includes('controller.json.1.2.tmp'));
  assert.deepEqual(readdirSync(files.verdicts), ['young.json.1.2.tmp']);
});

test('old verdicts that decide nothing any more go, those that still stand against a branch stay', async (t) => {
  const sandbox = await sandboxFor(t);
  const { verdicts } = stateFiles(stateDirectory(sandbox));
  mkdirSync(verdicts, { recursive: true });
  const fileOf = (trigger: TriggerId) => path.join(verdicts, verdictFileName(trigger));
  const put = (trigger: TriggerId, at: string, more: object) => {
    const verdict = { version: 1, ...trigger, at, ...more };
    writeFileSync(fileOf(trigger), JSON.stringify(verdict));
  };
  const landed = await sandbox.git('rev-parse', 'main');
  const blocked = {
    ...{ verdict: 'blocked', inputs: { tree: landed, policy: 'p', target: null }, rule: 'qa-red' },
    ...{ signature: 'sha256:00', why: 'red', remedy: 'mend it', tail: '' },
  };
  await sandbox.git('switch', '--quiet', '--create', 'agent/other');
  const standing = { branch: 'refs/heads/agent/other', sha: await commitFile(sandbox, 'other.txt', 'other') };
  await sandbox.git('switch', '--quiet', 'agent/work');
  const spent = [
    { branch: 'refs/heads/agent/gone', sha: landed },
    { branch: 'refs/heads/agent/other', sha: 'a'.repeat(40) },
    { branch: 'refs/heads/agent/other', sha: landed },
  ];
  put(standing, '2020-01-01T00:00:00.000Z', blocked);
  for (const trigger of spent) put(trigger, '2020-01-02T00:00:00.000Z', blocked);
  const promoted = { verdict: 'promoted', candidate: landed, target: 'origin/main' };
  for (let index = 0; index < verdictsKept; index += 1) {
    const sha = index.toString(16).padStart(40, '0');
    put({ branch: 'refs/heads/x', sha }, '2021-01-01T00:00:00.000Z', promoted);
  }
  await commitFile(sandbox, 'work.txt', 'work');
  const end = await sandbox.loopbreaker('auto-promote');
  assert.equal(end.exitCode, 0, told(end));
  assert.ok(existsSync(fileOf(standing)), 'the oldest, and it still blocks a branch');
  assert.deepEqual(spent.map(fileOf).filter(existsSync), []);
  assert.equal(readdirSync(verdicts).length, verdictsKept + 1, 'the kept ones and the one that stands');
});
