/** Several loops, worktrees and hosts around one repository: what one of them does must not turn into a storm. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Attempt } from '../scripts/core/controller.ts';
import { type ControllerFile, decodeController, encodeController } from '../scripts/core/controller-file.ts';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { kernelLocks } from '../scripts/effects/lock.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { openWorld } from '../scripts/effects/world.ts';
import { commitFile, commitLines, controllerOf, countOf, sandboxFor, stateDirectory, told } from './helpers/sandbox.ts';
import { until } from './helpers/until.ts';

const waiting = JSON.stringify({
  agent: { command: ['node', 'agent.mjs'], output: 'text', timeoutSeconds: 60, idleTimeoutSeconds: 30 },
  whenQuarantined: 'wait',
});

function startLoop(sandbox: Sandbox, directory: string) {
  const [node, ...argv] = sandbox.argv('loop');
  const child = spawn(node, argv, {
    cwd: directory,
    env: sandbox.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { stop: () => child.kill('SIGINT'), exit, says: (words: RegExp) => until(() => words.test(said)) };
}

test('a loop in a second worktree does not re-arm the circuit that the first one’s broken file has opened', async (t) => {
  const sandbox = await sandboxFor(t, { 'policy/loop.json': waiting });
  const second = path.join(sandbox.directory, 'second');
  await sandbox.git('worktree', 'add', '--quiet', '-b', 'agent/second', second);
  const { symlinkSync } = await import('node:fs');
  symlinkSync(path.join(sandbox.clone, 'node_modules'), path.join(second, 'node_modules'));
  // The doctor is green: the file links, and throws when it is run.
  const entryPoint = sandbox.program.commandFile('auto-promote');
  const breakIt = `printf 'throw new Error("broken at run time");\\n' > ${entryPoint}`;
  const commit = `git commit --quiet -m "break auto-promote" ${entryPoint}`;
  sandbox.plan([{ run: [breakIt, commit], claim: true }]);
  const first = startLoop(sandbox, sandbox.clone);
  await until(() => countOf(sandbox, 'promotion-ended') === 1);
  const other = startLoop(sandbox, second);
  const looks = () => countOf(sandbox, 'circuit-half-open');
  // Both loops look once a second; five seconds are ten looks.
  await pause(5000);
  assert.equal(looks(), 0, 'nothing was re-armed');
  assert.equal(countOf(sandbox, 'promotion-begun'), 1);
  first.stop();
  other.stop();
  await Promise.all([first.exit, other.exit]);
});

/** Holds the promote lock, as another run would. */
async function holdPromoteLock(sandbox: Sandbox) {
  await sandbox.loopbreaker('status'); // It makes the state directory.
  const held = await kernelLocks(openWorld())(path.join(stateDirectory(sandbox), 'promote.lock'), 0, null);
  assert.ok(held !== null);
  return held;
}

test('a promote lock that is held by another run is waited for, without attempts', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.plan([{ run: commitLines('work.txt'), claim: true }]);
  const held = await holdPromoteLock(sandbox);
  const loop = startLoop(sandbox, sandbox.clone);
  await until(() => countOf(sandbox, 'agent-begun') === 1);
  await pause(3000);
  assert.equal(countOf(sandbox, 'promotion-begun'), 0);
  held.release();
  await loop.exit;
  assert.equal(countOf(sandbox, 'promotion-begun'), 1);
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), await sandbox.git('rev-parse', 'agent/work'));
});

test('Ctrl-C while a claim waits for another run keeps the claim: the next loop promotes it without the agent', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.plan([{ run: commitLines('work.txt'), claim: true }]);
  const held = await holdPromoteLock(sandbox);
  const loop = startLoop(sandbox, sandbox.clone);
  await loop.says(/waiting: another promotion is running/);
  loop.stop();
  assert.equal(await loop.exit, 130);
  held.release();
  const claimed = await sandbox.git('rev-parse', 'agent/work');
  const [trigger] = controllerOf(sandbox).triggers;
  assert.deepEqual([trigger?.sha, trigger?.state], [claimed, 'pending']);
  assert.equal(controllerOf(sandbox).circuits.agent.consecutiveFailures, 0, 'the agent did its part');
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 0, told(end));
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), claimed);
  assert.equal(countOf(sandbox, 'agent-begun'), 1);
});

test('a held circuit tells the same while another run is busy: exit 78, what frees it, and the branch waits', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'content');
  await sandbox.loopbreaker('hold', 'promote', '--why', 'release freeze');
  const idle = await sandbox.loopbreaker('auto-promote', '--json');
  await sandbox.loopbreaker('clear', 'agent/work', '--why', 'again');
  const held = await holdPromoteLock(sandbox);
  const busy = await sandbox.loopbreaker('auto-promote', '--json');
  assert.deepEqual([idle.exitCode, busy.exitCode], [78, 78], told(busy));
  const [first, second] = [idle, busy].map(({ stdout }) => JSON.parse(stdout));
  assert.match(second.why, /release freeze/);
  assert.deepEqual([second.outcome, second.why, second.failure], [first.outcome, first.why, first.failure]);
  assert.deepEqual(validateDocument('auto-promote-output', second, 'stdout'), []);
  assert.equal(controllerOf(sandbox).triggers[0]?.state, 'quarantined');
  const loop = await sandbox.loopbreaker('loop');
  assert.equal(loop.exitCode, 78, told(loop));
  await sandbox.loopbreaker('clear', 'promote', '--why', 'the freeze is over');
  const later = await sandbox.loopbreaker('auto-promote');
  assert.equal(later.exitCode, 75, told(later));
  assert.match(later.stdout, /promote-lock-busy/);
  assert.deepEqual(controllerOf(sandbox).attempts, []);
  held.release();
});

test('a loop that waits for another run ends when a person holds promotion meanwhile', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.plan([{ run: commitLines('work.txt'), claim: true }]);
  const held = await holdPromoteLock(sandbox);
  const loop = startLoop(sandbox, sandbox.clone);
  await loop.says(/waiting: another promotion is running/);
  await sandbox.loopbreaker('hold', 'promote', '--why', 'release freeze');
  assert.equal(await loop.exit, 78);
  assert.equal(countOf(sandbox, 'promotion-begun'), 0);
  assert.equal(controllerOf(sandbox).triggers[0]?.state, 'quarantined');
  held.release();
});

test('a promote command that a branch brings along is not obeyed', async (t) => {
  const sandbox = await sandboxFor(t);
  const main = await sandbox.remoteGit('rev-parse', 'main');
  const command = ['sh', '-c', 'git push -q origin HEAD:main'];
  await commitFile(sandbox, 'policy/promote.json', JSON.stringify({ prepare: [], qa: [], command }));
  sandbox.plan([{ run: commitLines('work.txt'), claim: true }]);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 78, told(end));
  assert.match(end.stdout, /policy-differs-from-target/);
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), main);
});

test('a promote command that stands on the target is run, and believed only if the commit is there', async (t) => {
  const command = [
    'sh',
    '-c',
    'test -e "$SANDBOX/really" && git push -q origin "$LOOPBREAKER_SHA:refs/heads/main"; exit 0',
  ];
  const policy = JSON.stringify({ prepare: [], qa: [], command });
  const sandbox = await sandboxFor(t, { 'policy/promote.json': policy });
  sandbox.plan([{ run: commitLines('work.txt'), claim: true }]);
  const nothing = await sandbox.loopbreaker('loop');
  assert.equal(nothing.exitCode, 78, told(nothing));
  assert.match(nothing.stdout, /promote-command-did-nothing/);
  writeFileSync(path.join(sandbox.directory, 'really'), '');
  await sandbox.loopbreaker('clear', 'promote', '--why', 'the command works now');
  const landed = await sandbox.loopbreaker('loop');
  assert.equal(landed.exitCode, 0, told(landed));
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), await sandbox.git('rev-parse', 'agent/work'));
});

function editController(sandbox: Sandbox, attempts: readonly Attempt[]): void {
  const file = path.join(stateDirectory(sandbox), 'controller.json');
  const stored: ControllerFile = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify(encodeController({ ...decodeController(stored), attempts })));
}

test('runs of hosts that cannot be asked are refused in a sentence when there are too many, and clear forgets them', async (t) => {
  const sandbox = await sandboxFor(t);
  await sandbox.loopbreaker('hold', '--why', 'to have a controller');
  await sandbox.loopbreaker('clear', '--why', 'to have a controller');
  const owner = { host: 'elsewhere', bootId: 'elsewhere', pid: 1, startTime: '1' };
  const base = { circuit: 'promote', era: 2, phase: 'spawn', owner, startedAt: Date.now(), trigger: null } as const;
  editController(
    sandbox,
    Array.from({ length: 16 }, (_, index) => ({ ...base, runId: `run-${100000 + index}` })),
  );
  await commitFile(sandbox, 'work.txt', 'work\n');
  const refused = await sandbox.loopbreaker('auto-promote');
  assert.equal(refused.exitCode, 75, told(refused));
  assert.match(refused.stderr, /npm run clear/);
  assert.equal((await sandbox.loopbreaker('clear', '--why', 'those containers are gone')).exitCode, 0);
  const end = await sandbox.loopbreaker('auto-promote');
  assert.equal(end.exitCode, 0, told(end));
});

test('one dead agent run is counted once, however many processes find it at the same time', async (t) => {
  const sandbox = await sandboxFor(t);
  await sandbox.loopbreaker('hold', 'agent', '--why', 'to have a controller');
  await sandbox.loopbreaker('clear', 'agent', '--why', 'to have a controller');
  const world = openWorld();
  const owner = { ...world.self, pid: 999_999_999 };
  const { era } = controllerOf(sandbox).circuits.agent;
  const run: Attempt = {
    runId: 'run-abcdef',
    circuit: 'agent',
    era,
    phase: 'agent',
    owner,
    startedAt: Date.now(),
    trigger: null,
  };
  editController(sandbox, [run]);
  await Promise.all([1, 2, 3].map(() => sandbox.loopbreaker('auto-promote', '--branch', 'main')));
  assert.equal(controllerOf(sandbox).circuits.agent.consecutiveFailures, 1);
  assert.equal(countOf(sandbox, 'abandoned'), 1);
});
