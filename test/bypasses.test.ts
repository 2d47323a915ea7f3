/** What went round a hook: where its reason is told, and where it is kept. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { bypassesIn, bypassRecord } from '../scripts/core/bypass.ts';
import { nightOf } from '../scripts/core/night.ts';
import { forgetBypasses, readBypasses } from '../scripts/effects/bypasses.ts';
import { openGit } from '../scripts/effects/git.ts';
import { readWholeJournal } from '../scripts/effects/journal.ts';
import { findRepository } from '../scripts/effects/repository.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { stateFiles } from '../scripts/effects/state-files.ts';
import { readController } from '../scripts/effects/store.ts';
import { openWorld } from '../scripts/effects/world.ts';
import { cleanEnvironment, makeRepository } from './helpers/repository.ts';
import { defaultBreakerPolicy, hourMs, start } from './helpers/state.ts';

const at = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

test('the reason for a bypass outlasts the remark: the journal has it once the hook has passed, and the night tells it', async (t) => {
  const team = makeRepository(t);
  const repository = await findRepository(openGit(team.directory, cleanEnvironment()), team.directory);
  const files = stateFiles(repository.stateDirectory);
  const lines = Array.from({ length: 7 }, (_, hour) => `${at(start + hour * hourMs)}\tmain\tthe doctor is broken\n`);
  team.write({ '.git/loopbreaker/bypass/pre-commit.main': `${lines.join('')}half a li` });
  await forgetBypasses(repository, 'pre-push');
  assert.equal(existsSync(files.journal), false, 'another hook has passed');
  await forgetBypasses(repository, 'pre-commit');
  assert.deepEqual(readBypasses(repository), []);
  const told = readWholeJournal(files.journal);
  assert.deepEqual([told.length, told[0]?.at, told[7]?.why], [8, new Date(start).toISOString(), 'half a li']);
  for (const line of told) assert.deepEqual(validateDocument('journal-event', line, 'events.jsonl'), []);
  const night = nightOf(told, start + hourMs, Date.now(), 10);
  assert.equal(night.whole, true);
  const { event, about, why } = night.events[0] ?? {};
  assert.deepEqual([event, about, why], ['hook-bypassed', 'pre-commit main', 'the doctor is broken']);
  const options = { policy: defaultBreakerPolicy(), retryTokens: 1, world: openWorld() };
  assert.equal(readController(options, files).kind, 'first-run', 'a loop may still begin here');
});

test('a reason that cannot be written into the journal is not forgotten, and the hook passes all the same', async (t) => {
  const team = makeRepository(t, { files: { 'a.txt': '' } });
  const repository = await findRepository(openGit(team.directory, cleanEnvironment()), team.directory);
  team.write({ '.git/loopbreaker/bypass/pre-commit.main': `${at(start)}\tmain\twhy\n` });
  mkdirSync(stateFiles(repository.stateDirectory).journal);
  await forgetBypasses(repository, 'pre-commit');
  const file = path.join(repository.stateDirectory, 'bypass/pre-commit.main');
  assert.match(readFileSync(file, 'utf8'), /why/);
});

test('a bypass stands in the night where it happened, although it is written down late', () => {
  const [bypass] = bypassesIn({ hook: 'pre-commit', worktree: 'main' }, `${at(start + hourMs)}\tmain\twhy`, 1);
  assert.ok(bypass !== undefined);
  const line = (ms: number) =>
    ({ at: new Date(start + ms).toISOString(), event: 'claimed', severity: 'info' }) as const;
  const lines = [line(0), line(2 * hourMs), bypassRecord(bypass, start + 3 * hourMs)];
  const { events } = nightOf(lines, start, start + 3 * hourMs, 10);
  assert.deepEqual(
    events.map(({ event }) => event),
    ['claimed', 'hook-bypassed', 'claimed'],
  );
});
