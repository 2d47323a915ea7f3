/** Landed, not landed and cannot know are three answers; litter on the remote is named and left alone. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { findGit } from '../scripts/effects/git.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { type PromotionReport, promotionText } from '../scripts/report/promotion.ts';
import { commitFile, movesOfMain, sandboxFor, told } from './helpers/sandbox.ts';

async function promote(sandbox: Sandbox): Promise<PromotionReport> {
  const end = await sandbox.loopbreaker('auto-promote', '--json');
  const report: PromotionReport = JSON.parse(end.stdout);
  assert.deepEqual(validateDocument('auto-promote-output', report, 'stdout'), [], told(end));
  return report;
}

/** Puts a git before the real one: shell lines that see its arguments, `$real` and a place `$note` of their own. */
function withGit(sandbox: Sandbox, lines: string): () => void {
  const folder = path.join(sandbox.directory, 'shim');
  const real = findGit(sandbox.env, sandbox.clone);
  mkdirSync(folder);
  const head = `#!/bin/sh\nreal='${real}' note='${path.join(sandbox.directory, 'note')}'`;
  writeFileSync(path.join(folder, 'git'), `${head}\n${lines}\nexec "$real" "$@"\n`);
  chmodSync(path.join(folder, 'git'), 0o755);
  const before = sandbox.env.PATH ?? '';
  sandbox.env.PATH = `${folder}:${before}`;
  return () => {
    sandbox.env.PATH = before;
  };
}

/** The connection is lost after the push has arrived: its exit code is lost, and so is every later question. */
const losePushAnswers = `say() { echo 'fatal: the remote end hung up unexpectedly' >&2; exit 128; }
case " $* " in
*' push '*) "$real" "$@" >/dev/null 2>&1; : > "$note"; say ;;
*' ls-remote '*) [ -e "$note" ] && say ;;
esac`;

test('a push whose end cannot be known is told as that, and the next run asks the remote before anything else', async (t) => {
  const sandbox = await sandboxFor(t);
  const sha = await commitFile(sandbox, 'work.txt', 'x\n');
  const mend = withGit(sandbox, losePushAnswers);
  const unknown = await promote(sandbox);
  assert.deepEqual([unknown.outcome, unknown.landed], ['try-later', 'unknown']);
  assert.equal(unknown.failure?.rule, 'push-outcome-unknown');
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), sha, 'it had landed');
  assert.match(
    promotionText(unknown),
    /^auto-promote: cannot tell whether agent\/work \(.*\) landed on origin\/main\n/,
  );
  mend();
  const known = await promote(sandbox);
  assert.deepEqual([known.outcome, known.landed], ['already-promoted', 'yes']);
  assert.deepEqual(
    known.phases.filter((phase) => phase.ran).map((phase) => phase.name),
    ['preflight', 'fetch', 'cleanup'],
  );
  assert.equal(await movesOfMain(sandbox), 1);
});

test('a later try that fails on its way to the remote has not answered for the push before it', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'x\n');
  withGit(sandbox, `${losePushAnswers}\ncase " $* " in *' merge-base '*) [ -e "$note" ] && kill -9 $$ ;; esac`);
  const report = await promote(sandbox);
  assert.deepEqual([report.outcome, report.landed], ['try-later', 'unknown']);
  assert.equal(report.failure?.rule, 'push-outcome-unknown');
});

test('a git that is killed once, when only its settings are asked, is asked again', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'x\n');
  withGit(
    sandbox,
    `case " $* " in
*' push '*) "$real" "$@"; code=$?; : > "$note"; exit $code ;;
*' config --list '*) [ -e "$note" ] && [ ! -e "$note.once" ] && : > "$note.once" && kill -9 $$ ;;
esac`,
  );
  const report = await promote(sandbox);
  assert.deepEqual([report.outcome, report.landed], ['promoted', 'yes']);
  assert.ok(existsSync(path.join(sandbox.directory, 'note.once')), 'it was killed');
});

test('a lock that a killed server left is named as the remote’s, tried later, and never removed from here', async (t) => {
  const sandbox = await sandboxFor(t, { 'policy/breaker.json': '{ "retry": { "attemptsMax": 1 } }' });
  await commitFile(sandbox, 'work.txt', 'x\n');
  const lock = path.join(sandbox.remote, 'refs/heads/main.lock');
  writeFileSync(lock, '');
  const report = await promote(sandbox);
  assert.deepEqual([report.outcome, report.landed, report.failure?.rule], ['try-later', 'no', 'remote-lock-held']);
  assert(existsSync(lock));
  rmSync(lock);
  assert.equal((await promote(sandbox)).outcome, 'promoted');
});

test('of a line of work that does not pass there is one keep ref, however often it was tried', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'broken.txt', 'x\n');
  assert.deepEqual([(await promote(sandbox)).outcome, await kept(sandbox)], ['blocked', 1]);
  const last = await commitFile(sandbox, 'more.txt', 'x\n');
  assert.deepEqual([(await promote(sandbox)).outcome, await kept(sandbox)], ['blocked', 1]);
  await sandbox.git('switch', '--quiet', 'main');
  await sandbox.git('branch', '-D', 'agent/work');
  assert.equal(await sandbox.git('for-each-ref', '--format=%(objectname)', 'refs/loopbreaker/keep'), last);
});

async function kept(sandbox: Sandbox): Promise<number> {
  const refs = await sandbox.git('for-each-ref', '--format=%(refname)', 'refs/loopbreaker/keep');
  return refs === '' ? 0 : refs.split('\n').length;
}
