/** What gathers in the state directory stays bounded, and nothing young or foreign goes. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { keepHouse } from '../scripts/effects/housekeeping.ts';
import { stateFiles } from '../scripts/effects/state-files.ts';
import { temporaryDirectory } from './helpers/repository.ts';

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
  keepHouse(files, now);
  const runs = readdirSync(files.runs);
  assert.equal(runs.length, 201);
  assert.ok(runs.includes('run-0.json') && !runs.includes('run-299.json'), 'the newest are kept');
  assert.ok(runs.includes('somebody-elses.txt'));
  const left = readdirSync(files.directory);
  assert.equal(left.filter((name) => name.includes('unreadable')).length, 20);
  assert.ok(left.includes('controller.json') && !left.includes('controller.json.1.2.tmp'));
  assert.deepEqual(readdirSync(files.verdicts), ['young.json.1.2.tmp']);
});
