/** A loop clears away what a dead run left before it judges whether the repository is fit, and needs no person for it. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { findGit } from '../scripts/effects/git.ts';
import { ended, prepared } from './helpers/dead-runs.ts';
import { repositoryAt } from './helpers/repository.ts';
import { assertNothingLeft, commitFile, commitLines, countOf, sandboxFor, told } from './helpers/sandbox.ts';

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

test('packed-refs.lock of a run that was killed while it deleted its refs does not stop the next run', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'x\n');
  const [folder, lock] = [path.join(sandbox.directory, 'shim'), path.join(sandbox.clone, '.git/packed-refs.lock')];
  const real = findGit(sandbox.env, sandbox.clone);
  mkdirSync(folder);
  // The git that is killed has made its lock, and its parent dies with it.
  const script = `#!/bin/sh
case " $* " in *' update-ref -d '*)
  if [ ! -e '${folder}/fired' ]; then : > '${folder}/fired'; : > '${lock}'; kill -9 $PPID; exit 137; fi ;;
esac
exec '${real}' "$@"
`;
  writeFileSync(path.join(folder, 'git'), script);
  chmodSync(path.join(folder, 'git'), 0o755);
  sandbox.env.PATH = `${folder}:${sandbox.env.PATH ?? ''}`;
  const killed = await sandbox.loopbreaker('auto-promote');
  assert.deepEqual([killed.signal, existsSync(lock)], ['SIGKILL', true], told(killed));
  const next = await sandbox.loopbreaker('auto-promote');
  assert.equal(next.exitCode, 0, told(next));
  assert.match(next.stdout, /is on origin\/main already/);
  assert(!existsSync(lock));
  await assertNothingLeft(sandbox);
});
