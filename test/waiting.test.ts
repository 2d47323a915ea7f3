/** A loop that waits: it costs next to nothing, notices what frees it, and ends when it is told to. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { waitForChange } from '../scripts/effects/changes.ts';
import { askedSeldom } from '../scripts/effects/evidence.ts';
import { openWorld } from '../scripts/effects/world.ts';
import { temporaryDirectory } from './helpers/repository.ts';
import { commitLines, controllerOf, countOf, sandboxFor } from './helpers/sandbox.ts';
import { handClock, hourMs, minuteMs } from './helpers/state.ts';
import { until } from './helpers/until.ts';

const agent = { command: ['node', 'agent.mjs'], output: 'text', timeoutSeconds: 60, idleTimeoutSeconds: 30 };
const waiting = { 'policy/loop.json': JSON.stringify({ agent, whenQuarantined: 'wait' }) };

interface RunningLoop {
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly exit: Promise<number | null>;
  readonly said: () => string;
}

function startLoop(t: TestContext, sandbox: Sandbox): RunningLoop {
  const [node, ...argv] = sandbox.argv('loop');
  const child = spawn(node, argv, {
    cwd: sandbox.clone,
    env: sandbox.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { pid: child.pid ?? 0, kill: (signal) => child.kill(signal), exit, said: () => text };
}

/** CPU time that a process and the children it has waited for have used, ms (proc(5): fields 14 to 17, in 1/100 s). */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

/** A loop whose promote script has just vanished under it and which waits for that to change. */
async function quarantinedLoop(t: TestContext) {
  const sandbox = await sandboxFor(t, waiting);
  const entryPoint = sandbox.program.commandFile('auto-promote');
  const script = path.join(sandbox.clone, entryPoint);
  const away = path.join(sandbox.directory, 'away.cjs');
  const vanish = [`git update-index --skip-worktree ${entryPoint}`, `mv ${script} ${away}`];
  sandbox.plan([{ run: [...commitLines('work.txt'), ...vanish], claim: true }]);
  const loop = startLoop(t, sandbox);
  await until(() => /waiting/.test(loop.said()));
  // The look that follows what it wrote itself.
  await pause(2500);
  return { sandbox, loop, script, away };
}

test('a waiting loop uses next to no CPU, and notices that the missing file is back', async (t) => {
  const { sandbox, loop, script, away } = await quarantinedLoop(t);
  const before = cpuMs(loop.pid);
  await pause(5000);
  const used = cpuMs(loop.pid) - before;
  t.diagnostic(`${used} ms of CPU in 5 s`);
  assert.ok(used <= 150, `${used} ms of CPU in 5 s`);
  renameSync(away, script);
  // A day before its time. That it looks once a second is held below, on a clock that is moved by hand.
  await until(() => countOf(sandbox, 'circuit-half-open') === 1);
  assert.equal(await loop.exit, 0);
  assert.equal(countOf(sandbox, 'promotion-begun'), 2);
});

test('Ctrl-C ends a waiting loop at once with 130, and what it waited for is still known', async (t) => {
  const { sandbox, loop } = await quarantinedLoop(t);
  let code: number | null | undefined;
  void loop.exit.then((ended) => {
    code = ended;
  });
  loop.kill('SIGINT');
  await until(() => code !== undefined);
  assert.equal(code, 130);
  assert.equal(controllerOf(sandbox).triggers[0]?.state, 'quarantined');
});

test('a person’s clear is obeyed by a loop that waits for one, and would wait for ever', async (t) => {
  const sandbox = await sandboxFor(t, waiting);
  await sandbox.loopbreaker('hold', 'agent', '--why', 'lunch');
  sandbox.plan([{ run: commitLines('work.txt'), claim: true }]);
  const loop = startLoop(t, sandbox);
  await until(() => /waiting: lunch/.test(loop.said()));
  assert.equal((await sandbox.loopbreaker('clear', 'agent', '--why', 'back')).exitCode, 0);
  await until(() => countOf(sandbox, 'agent-begun') === 1);
  assert.equal(await loop.exit, 0);
});

test('a wait is over when a file changes, appears or goes, at the next look of a second', async (t) => {
  const directory = temporaryDirectory(t);
  const [there, urgent, late] = ['there', 'urgent', 'late'].map((name) => path.join(directory, name));
  assert.ok(there !== undefined && urgent !== undefined && late !== undefined);
  const changes = [
    () => writeFileSync(late, 'now'),
    () => utimesSync(there, 1, 1),
    () => rmSync(there),
    () => writeFileSync(urgent, 'longer'),
  ];
  for (const file of [there, urgent]) writeFileSync(file, 'x');
  for (const change of changes) {
    const clock = handClock();
    let steps = 0;
    const sleep = (ms: number) => {
      steps += 1;
      clock.pass(ms);
      if (steps === 3) change();
      return Promise.resolve();
    };
    const { signal } = new AbortController();
    await waitForChange({ world: { clock: clock.read, sleep }, files: [there, late], urgent, ms: hourMs, signal });
    assert.equal(steps, 3, String(change));
  }
});

test('a machine that slept through the end of a wait goes on at its next step, and a wall clock that is set changes nothing', async (t) => {
  const directory = temporaryDirectory(t);
  const clock = handClock();
  const steps: number[] = [];
  const sleep = (ms: number) => {
    steps.push(ms);
    clock.pass(steps.length === 3 ? 8 * hourMs : ms);
    clock.setWallBy(-minuteMs);
    return Promise.resolve();
  };
  const { signal } = new AbortController();
  const urgent = path.join(directory, 'controller.json');
  await waitForChange({ world: { clock: clock.read, sleep }, files: [], urgent, ms: hourMs, signal });
  assert.deepEqual(steps, [1000, 1000, 1000]);
});

test('a wait that is aborted, or over before it began, does not sleep; the urgent file wakes the sleeper', async (t) => {
  const directory = temporaryDirectory(t);
  const urgent = path.join(directory, 'controller.json');
  const { clock, sleep } = openWorld();
  let overslept = 0;
  const sleepLong = async (_ms: number, wake?: AbortSignal) => {
    await sleep(20_000, wake);
    if (wake?.aborted !== true) overslept += 1;
  };
  const world = { clock, sleep: sleepLong };
  const base = { world, files: [], urgent, ms: hourMs };
  await waitForChange({ ...base, signal: AbortSignal.abort() });
  await waitForChange({ ...base, ms: 0, signal: new AbortController().signal });
  const abort = new AbortController();
  const waits = waitForChange({ ...base, signal: abort.signal });
  abort.abort();
  await waits;
  const change = waitForChange({ ...base, signal: new AbortController().signal });
  writeFileSync(`${urgent}.tmp`, 'new');
  renameSync(`${urgent}.tmp`, urgent);
  await change;
  assert.equal(overslept, 0);
});

test('a remote is asked at most once a minute, a failing one too', async () => {
  const clock = handClock();
  let asked = 0;
  const ask = askedSeldom({ clock: clock.read }, () => {
    asked += 1;
    return asked === 2 ? Promise.reject(new Error('down')) : Promise.resolve(asked);
  });
  for (const [ms, answer] of [
    [0, 1],
    [59_000, 1],
    [1000, 'down'],
    [59_999, 'down'],
    [1, 3],
  ] as const) {
    clock.pass(ms);
    assert.equal(await ask().catch((error: Error) => error.message), answer);
  }
});
