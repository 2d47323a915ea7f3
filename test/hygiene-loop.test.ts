/** A loop clears away what a dead run left before it judges whether the repository is fit, and needs no person for it. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ended, prepared } from './helpers/dead-runs.ts';
import { repositoryAt } from './helpers/repository.ts';
import { assertNothingLeft, commitLines, countOf, sandboxFor, told } from './helpers/sandbox.ts';

test('an old lock of a ref of ours and half a worktree neither make the doctor red nor stay', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.plan([{ run: commitLines('work.txt'), claim: true }]);
  const lock = path.join(sandbox.clone, '.git/refs/loopbreaker/remotes/origin/main.lock');
  mkdirSync(path.dirname(lock), { recursive: true });
  writeFileSync(lock, '');
  utimesSync(lock, 1, 1);
  prepared(repositoryAt(sandbox.clone), ended);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 0, told(end));
  assert(!existsSync(lock));
  assert.deepEqual([countOf(sandbox, 'git-lock-removed'), countOf(sandbox, 'worktree-removed')], [1, 1]);
  await assertNothingLeft(sandbox);
});
