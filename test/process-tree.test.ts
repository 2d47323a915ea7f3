/** What a gate command leaves running, whatever it has shed, against real processes. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { childEnvironment, runChild } from '../scripts/effects/agent.ts';
import { processStat } from '../scripts/effects/process-stat.ts';
import { cleanEnvironment, temporaryDirectory } from './helpers/repository.ts';
import { isGone } from './helpers/sandbox.ts';

const noProc = existsSync('/proc/self/stat') ? false : 'no /proc on this platform: the group is all that is reached';

/** Runs shell lines as a gate command whose own directory is `directory`. */
function gate(directory: string, script: string, more: { readonly timeoutMs?: number } = {}) {
  const marker = `run-${process.pid}/${process.hrtime.bigint()}`;
  return runChild({
    argv: ['bash', '-c', script],
    cwd: directory,
    env: childEnvironment(cleanEnvironment(), marker),
    marker,
    timeoutMs: 20_000,
    ownDirectory: directory,
    ...more,
  });
}

const pidIn = (file: string): number => Number(readFileSync(file, 'utf8'));

/** A process of a person's that works in the directory; ended after the test. */
async function bystander(t: TestContext, cwd: string): Promise<ChildProcess> {
  const child = spawn('/bin/sh', ['-c', 'echo up; exec sleep 1000'], { cwd, detached: true, env: {} });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

test('a process that left the group and the session and shed the marker is found by its directory', {
  skip: noProc,
}, async (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(path.join(directory, 'below'));
  const shed = 'env -i setsid sh -c "echo \\$\\$ > ../pid; exec sleep 1000" >/dev/null 2>&1 &';
  const end = await gate(directory, `cd below; ${shed} while [ ! -s ../pid ]; do :; done`);
  assert.equal(end.exitCode, 0, end.outputTail);
  assert.ok(isGone(pidIn(path.join(directory, 'pid'))), 'it is gone');
  assert.equal(end.reaped, 1);
});

test('a process that shed the marker and left the directory is found by the session, when only the group was left', {
  skip: noProc,
}, async (t) => {
  const directory = temporaryDirectory(t);
  const pid = path.join(directory, 'pid');
  // Job control gives each background job a group of its own in the same session.
  const shed = `set -m; cd /; env -i sh -c "echo \\$\\$ > '${pid}'; exec sleep 1000" >/dev/null 2>&1 &`;
  const end = await gate(directory, `${shed} while [ ! -s '${pid}' ]; do :; done`);
  assert.equal(end.exitCode, 0, end.outputTail);
  assert.ok(isGone(pidIn(pid)), 'it is gone');
});

test('a command that is stopped at its time limit leaves nothing behind either', { skip: noProc }, async (t) => {
  const directory = temporaryDirectory(t);
  const shed = 'env -i setsid sh -c "echo \\$\\$ > pid; exec sleep 1000" &';
  const end = await gate(directory, `${shed} while :; do sleep 1; done`, { timeoutMs: 700 });
  assert.equal(end.stoppedBy, 'timeout');
  assert.ok(isGone(pidIn(path.join(directory, 'pid'))), 'it is gone');
});

test('a process that was there before the command, or works in another directory, is left alone', {
  skip: noProc,
}, async (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(path.join(directory, 'tree'));
  mkdirSync(path.join(directory, 'tree-2'));
  const [older, elsewhere] = [path.join(directory, 'tree'), path.join(directory, 'tree-2')];
  const before = await bystander(t, older);
  // Start times are told in ticks of 10 ms: the command must be of a later one.
  const began = processStat(before.pid ?? 0)?.startTime;
  const probe = () => spawn('true').pid ?? 0;
  while (processStat(probe())?.startTime === began);
  const running = gate(older, 'while [ ! -e go ]; do :; done');
  const after = await bystander(t, elsewhere);
  writeFileSync(path.join(older, 'go'), '');
  const end = await running;
  assert.equal(end.exitCode, 0, end.outputTail);
  assert.ok(!isGone(before.pid ?? 0), 'the older process lives');
  assert.ok(!isGone(after.pid ?? 0), 'the process in another directory whose name begins alike lives');
});

test('a process on a terminal may be a person’s and is left alone', { skip: noProc }, async (t) => {
  if (spawnSync('script', ['--version']).error !== undefined) return t.skip('no script(1) here');
  const directory = temporaryDirectory(t);
  const running = gate(directory, 'while [ ! -e go ]; do :; done');
  const typed = `cd '${directory}' && echo $$ > pid.new && mv pid.new pid && : > go && exec sleep 1000`;
  const terminal = spawn('script', ['-qec', typed, '/dev/null'], { cwd: '/', stdio: ['pipe', 'ignore', 'ignore'] });
  t.after(() => terminal.kill('SIGKILL'));
  const end = await running;
  assert.equal(end.exitCode, 0, end.outputTail);
  assert.ok(!isGone(pidIn(path.join(directory, 'pid'))), 'it lives');
});
