/** What was wrong outside of the program is mended: the next run, or the one that waits, notices it without a clear. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { absent } from '../scripts/core/evidence.ts';
import { GitFailed } from '../scripts/core/git-failed.ts';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { gatherEvidence } from '../scripts/effects/evidence.ts';
import { openWorkspace } from '../scripts/workspace.ts';
import {
  commitFile,
  commitLines,
  controllerOf,
  countOf,
  loopbreakerWith,
  sandboxFor,
  told,
} from './helpers/sandbox.ts';
import { until } from './helpers/until.ts';

const scripted = ['node', 'agent.mjs'];

/** The text of policy/loop.json whose agent is this command. */
const loopPolicy = (command: readonly string[], more: object = {}) =>
  JSON.stringify({ agent: { command, timeoutSeconds: 60, idleTimeoutSeconds: 30 }, ...more });

const progress = { run: ['echo x >> note.txt'] };

/** Starts the loop for one iteration, whatever it finds. */
const once = (sandbox: Sandbox, env: Readonly<Record<string, string>> = {}) =>
  loopbreakerWith(sandbox, env, 'loop', '--max-iterations', '1');

test('an agent command that is corrected in the policy is tried at the next start, and the same one is not', async (t) => {
  const sandbox = await sandboxFor(t, { 'policy/loop.json': loopPolicy(['no-such-agent-here']) });
  const first = await once(sandbox);
  assert.equal(first.exitCode, 78, told(first));
  assert.match(first.stdout, /depends on: no-such-agent-here on PATH\n.*\n?.*noticed by itself/);
  assert.equal((await once(sandbox)).exitCode, 78);
  assert.equal(countOf(sandbox, 'agent-begun'), 1, 'nothing had changed');
  sandbox.write('policy/loop.json', loopPolicy(scripted));
  sandbox.plan([progress]);
  const mended = await once(sandbox);
  assert.equal(mended.exitCode, 0, told(mended));
  assert.equal(controllerOf(sandbox).circuits.agent.state, 'closed');
});

test('an agent that is installed after all is tried at the next start', async (t) => {
  const sandbox = await sandboxFor(t, { 'policy/loop.json': loopPolicy(['late-agent']) });
  const bin = path.join(sandbox.directory, 'bin');
  const env = { PATH: `${bin}:${process.env.PATH}` };
  assert.equal((await once(sandbox, env)).exitCode, 78);
  mkdirSync(bin);
  const program = path.join(bin, 'late-agent');
  writeFileSync(program, '#!/bin/sh\nexec node agent.mjs\n');
  assert.equal((await once(sandbox, env)).exitCode, 78, 'it cannot be executed yet');
  chmodSync(program, 0o755);
  sandbox.plan([progress]);
  const mended = await once(sandbox, env);
  assert.equal(mended.exitCode, 0, told(mended));
  assert.equal(countOf(sandbox, 'agent-begun'), 2);
});

/** Starts a loop and returns its end; it is gone after the test. */
function startLoop(t: TestContext, sandbox: Sandbox) {
  const [node, ...argv] = sandbox.argv('loop');
  const child = spawn(node, argv, { cwd: sandbox.clone, env: sandbox.env, stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  return new Promise<number | null>((resolve) => child.on('exit', resolve));
}

test('a loop that waits for its agent to be mended goes on with the corrected command', async (t) => {
  const wait = { whenQuarantined: 'wait' };
  const sandbox = await sandboxFor(t, { 'policy/loop.json': loopPolicy(['no-such-agent-here'], wait) });
  sandbox.plan([{ run: ['git checkout -- policy', ...commitLines('work.txt')], claim: true }]);
  const exit = startLoop(t, sandbox);
  await until(() => countOf(sandbox, 'loop-waiting') === 1);
  sandbox.write('policy/loop.json', '{ "half": ');
  sandbox.write('policy/loop.json', loopPolicy(scripted, wait));
  await until(() => countOf(sandbox, 'agent-begun') === 2);
  assert.equal(await exit, 0);
});

test('a remote that was unplugged is tried again when it answers, and never before', async (t) => {
  const sandbox = await sandboxFor(t);
  const away = path.join(sandbox.directory, 'unplugged.git');
  sandbox.plan([{ run: [...commitLines('work.txt'), `mv ${sandbox.remote} ${away}`], claim: true }]);
  const gone = await sandbox.loopbreaker('loop');
  assert.equal(gone.exitCode, 78, told(gone));
  assert.match(gone.stdout, /depends on: answer of origin\n.*\n?.*answers again/);
  assert.equal((await sandbox.loopbreaker('loop')).exitCode, 78);
  assert.equal(countOf(sandbox, 'promotion-begun'), 1, 'it could not be asked, so nothing was tried');
  renameSync(away, sandbox.remote);
  const back = await sandbox.loopbreaker('loop');
  assert.equal(back.exitCode, 0, told(back));
  assert.equal(countOf(sandbox, 'promotion-begun'), 2);
  assert.equal(countOf(sandbox, 'agent-begun'), 1);
});

test('a remote that answers to fetch and calls a push missing is tried once, also when its target moves', async (t) => {
  const sandbox = await sandboxFor(t);
  const hook = path.join(sandbox.remote, 'hooks', 'pre-receive');
  mkdirSync(path.dirname(hook), { recursive: true });
  writeFileSync(hook, '#!/bin/sh\necho "ERROR: Repository not found." >&2\nexit 1\n', { mode: 0o755 });
  await commitFile(sandbox, 'work.txt', 'work\n');
  const refused = await sandbox.loopbreaker('auto-promote');
  assert.match(refused.stdout, /\[remote-missing\]/, told(refused));
  const { promote } = controllerOf(sandbox).circuits;
  assert.equal(promote.state === 'open' ? promote.evidence?.kind : null, 'remote', 'it is the push that does not work');
  assert.equal((await sandbox.loopbreaker('auto-promote')).exitCode, 78);
  const colleague = await sandbox.git('commit-tree', 'main^{tree}', '-p', 'main', '-m', 'of a colleague');
  await sandbox.git(
    'push',
    '--quiet',
    `--receive-pack=git -c core.hooksPath=/dev/null receive-pack`,
    'origin',
    `${colleague}:main`,
  );
  assert.equal((await sandbox.loopbreaker('auto-promote')).exitCode, 78);
  assert.equal(countOf(sandbox, 'promotion-begun'), 1);
});

test('a remote that cannot be asked has not changed, whatever it had answered before', async (t) => {
  const sandbox = await sandboxFor(t);
  const workspace = await openWorkspace({ directory: sandbox.clone, env: sandbox.env, stderr: process.stderr });
  let answer: string | null | undefined;
  const askTarget = () =>
    answer === undefined
      ? Promise.reject(new GitFailed(['ls-remote'], { exitCode: 128, signal: null, text: 'gone' }))
      : Promise.resolve(answer);
  const source = { ...workspace.evidence, askTarget };
  const opened = await gatherEvidence('remote-gone', source);
  assert.equal(opened.inputs.find(({ name }) => name === 'answer of origin')?.sha256, absent);
  assert.equal((await gatherEvidence('remote-gone', source, opened)).hash, opened.hash);
  answer = 'a'.repeat(40);
  const answered = await gatherEvidence('remote-gone', source, opened);
  assert.notEqual(answered.hash, opened.hash);
  answer = 'b'.repeat(40);
  assert.equal((await gatherEvidence('remote-gone', source, answered)).hash, answered.hash, 'a colleague has pushed');
  assert.equal((await gatherEvidence('remote-gone', source)).hash, answered.hash, 'it is asked when it fails');
  answer = undefined;
  assert.equal((await gatherEvidence('remote-gone', source, answered)).hash, answered.hash);
  await sandbox.git('remote', 'set-url', 'origin', '/elsewhere.git');
  assert.notEqual((await gatherEvidence('remote-gone', source, opened)).hash, opened.hash);
});
