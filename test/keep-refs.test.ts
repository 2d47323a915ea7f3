/** Which kept commits have landed: exact for every strategy, and at a price that does not grow with how many there are. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openGit, type RunGit } from '../scripts/effects/git.ts';
import { integrationQuestionsOf } from '../scripts/effects/git-integration.ts';
import { questionsOf } from '../scripts/effects/git-questions.ts';
import { keepPrefix, landedAmong } from '../scripts/promote/landed.ts';
import { commitFile, sandboxFor } from './helpers/sandbox.ts';

/** A repository in which branch work is kept, with what git is asked from here on. */
async function keptWork(t: TestContext) {
  const sandbox = await sandboxFor(t);
  const head = await commitFile(sandbox, 'work.txt', 'work\n');
  await sandbox.git('update-ref', `${keepPrefix}run-1`, head);
  const asked: string[] = [];
  const door = openGit(sandbox.clone, sandbox.env);
  const run: RunGit = (args, options) => {
    asked.push(args.join(' '));
    return door(args, options);
  };
  const world = { git: questionsOf(run), integration: integrationQuestionsOf(run, `${sandbox.clone}/.git`) };
  const commit = (...args: readonly string[]) => sandbox.git('commit-tree', ...args);
  return { sandbox, head, asked, world, commit };
}

test('a kept commit has landed as itself, by the trailer that names it, or by its patch; another one has not', async (t) => {
  const { sandbox, head, world, commit } = await keptWork(t);
  const other = await commit('main^{tree}', '-p', 'main', '-m', 'given up');
  await sandbox.git('update-ref', `${keepPrefix}run-2`, other);
  const kept = [head, other];
  const named = await commit('agent/work^{tree}', '-p', 'main', '-m', `work\n\nLoopbreaker-Source: ${head}`);
  const picked = await commit('agent/work^{tree}', '-p', 'main', '-m', 'picked by hand');
  assert.deepEqual([...(await landedAmong(world, 'ff-only', head, kept))], [head]);
  assert.deepEqual([...(await landedAmong(world, 'ff-only', named, kept))], []);
  assert.deepEqual([...(await landedAmong(world, 'squash', named, kept))], [head]);
  assert.deepEqual([...(await landedAmong(world, 'squash', picked, kept))], []);
  assert.deepEqual([...(await landedAmong(world, 'rebase', picked, kept))], [head]);
});

test('twenty kept lines of work cost no more git processes than two', async (t) => {
  const { sandbox, head, asked, world, commit } = await keptWork(t);
  const kept = [head];
  for (let line = 0; line < 20; line += 1) {
    const sha = await commit('main^{tree}', '-p', 'main', '-m', `line ${line}`);
    await sandbox.git('update-ref', `${keepPrefix}run-1${line}`, sha);
    kept.push(sha);
  }
  const main = await sandbox.git('rev-parse', 'main');
  assert.equal((await landedAmong(world, 'squash', main, kept)).size, 0);
  assert.equal(asked.length, 3, asked.join('\n'));
});
