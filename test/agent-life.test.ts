/** Agents that crash, hang, leak, flood or outlive their loop: real processes, and what is left of them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { findGit } from '../scripts/effects/git.ts';
import {
  commitLines,
  controllerOf,
  countOf,
  isGone,
  journalOf,
  sandboxFor,
  stateDirectory,
  told,
} from './helpers/sandbox.ts';
import { until } from './helpers/until.ts';

const pidsOf = (sandbox: Sandbox): readonly number[] => {
  const file = path.join(sandbox.directory, 'pids');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
};

function policyOf(agent: object, more: object = {}) {
  const limits = { output: 'text', timeoutSeconds: 60, idleTimeoutSeconds: 30 };
  return { 'policy/loop.json': JSON.stringify({ agent: { ...limits, ...agent }, ...more }) };
}

/** An agent that is a line of the shell; $$ of everything it starts goes to the file `pids`. */
const shell = (line: string, more: object = {}) =>
  policyOf({ command: ['sh', '-c', line], ...more }, { iterationsMax: 1 });

const note = 'echo $$ >> "$SANDBOX/pids"';

test('an agent that crashes each time is run three times, and a start in the morning pays for none', async (t) => {
  const sandbox = await sandboxFor(t, policyOf({ command: ['sh', '-c', 'echo segfault >&2; kill -SEGV $$'] }));
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 75, told(end));
  assert.match(end.stdout, /The agent ended with SIGSEGV/);
  assert.equal((await sandbox.loopbreaker('loop')).exitCode, 75);
  assert.equal(countOf(sandbox, 'agent-begun'), 3);
});

for (const [name, agent, rule] of [
  ['prints nothing', { line: `${note}; sleep 1000`, idleTimeoutSeconds: 1 }, 'agent-idle'],
  ['prints for ever', { line: `${note}; while :; do echo x; sleep 0.2; done`, timeoutSeconds: 2 }, 'agent-timeout'],
  [
    'does not listen to SIGTERM',
    { line: `trap "" TERM; ${note}; while :; do sleep 0.2; done`, timeoutSeconds: 1 },
    'agent-timeout',
  ],
] as const) {
  test(`an agent that ${name} is ended with everything it started, and counted as ${rule}`, async (t) => {
    const { line, ...limits } = agent;
    const sandbox = await sandboxFor(t, shell(line, limits));
    const end = await sandbox.loopbreaker('loop');
    assert.ok(
      journalOf(sandbox).some((entry) => entry.event === 'agent-ended' && entry.rule === rule),
      told(end),
    );
    assert.equal(pidsOf(sandbox).length, 1);
    for (const pid of pidsOf(sandbox)) assert.ok(isGone(pid));
    assert.equal(controllerOf(sandbox).circuits.agent.consecutiveFailures, 1);
  });
}

test('children that an agent leaves behind in sessions of their own are gone when its run has ended', async (t) => {
  const leak = `setsid sh -c '${note}; exec sleep 1000' & setsid setsid sh -c 'cd /; ${note}; exec sleep 1000' &`;
  const wait = 'while [ "$(wc -l < "$SANDBOX/pids" || echo 0)" -lt 2 ]; do sleep 0.05; done 2>/dev/null';
  const sandbox = await sandboxFor(t, shell(`${leak} ${wait}; echo done > done.txt`));
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 0, told(end));
  assert.equal(pidsOf(sandbox).length, 2);
  for (const pid of pidsOf(sandbox)) assert.ok(isGone(pid), `${pid} is gone`);
});

test('a quarter of a gigabyte without one newline costs neither memory nor the claim that follows it', async (t) => {
  const flood = 'head -c 268435456 /dev/zero; echo; echo "$LOOPBREAKER_COMPLETION_TOKEN"';
  const sandbox = await sandboxFor(t, shell([...commitLines('work.txt'), flood].join(' && '), { timeoutSeconds: 600 }));
  const line = `ulimit -v unlimited; exec "$0" --max-old-space-size=128 "$@" > /dev/null`;
  const child = spawn('sh', ['-c', line, ...sandbox.argv('loop')], {
    cwd: sandbox.clone,
    env: sandbox.env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peakKb = 0;
  const watch = setInterval(() => {
    const status = `/proc/${child.pid}/status`;
    const peak = existsSync(status) ? /VmHWM:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1] : undefined;
    peakKb = Math.max(peakKb, Number(peak ?? 0));
  }, 100);
  const code = await new Promise((resolve) => child.on('exit', resolve));
  clearInterval(watch);
  t.diagnostic(`peak of the loop: ${Math.round(peakKb / 1024)} MiB`);
  assert.equal(code, 0);
  assert.ok(peakKb < 400 * 1024, `${peakKb} KiB`);
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), await sandbox.git('rev-parse', 'agent/work'));
});

function startLoop(t: TestContext, sandbox: Sandbox) {
  const [node, ...argv] = sandbox.argv('loop');
  const child = spawn(node, argv, {
    cwd: sandbox.clone,
    env: sandbox.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  const listen = (chunk: Buffer) => {
    text += chunk.toString('utf8');
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.on('exit', (code, signal) => resolve(code ?? signal)),
  );
  return { kill: (signal: NodeJS.Signals) => child.kill(signal), exit, said: () => text };
}

/** Kills the loop at the first git command of it for which a test of the shell is true. */
function killLoopWhen(sandbox: Sandbox, condition: string): void {
  const folder = path.join(sandbox.directory, 'shim');
  const real = findGit(sandbox.env, sandbox.clone);
  const script = `#!/bin/sh
if [ ! -e '${folder}/fired' ] && [ -z "$LOOPBREAKER_CHILD" ] && ${condition}; then : > '${folder}/fired'; kill -9 $PPID; exit 137; fi
exec '${real}' "$@"
`;
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'git'), script);
  chmodSync(path.join(folder, 'git'), 0o755);
  sandbox.env.PATH = `${folder}:${sandbox.env.PATH ?? ''}`;
}

const lingering = [
  `(setsid sh -c '${note}; exec sleep 1000' &)`,
  'while [ ! -s "$SANDBOX/pids" ]; do sleep 0.05; done',
];

test('a loop that is killed while its agent and a child of it in another session run: the next one ends both and counts it', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.plan([{ run: [...lingering, `${note}; exec sleep 1000`] }, { run: commitLines('work.txt'), claim: true }]);
  const loop = startLoop(t, sandbox);
  await until(() => pidsOf(sandbox).length === 2);
  loop.kill('SIGKILL');
  assert.equal(await loop.exit, 'SIGKILL');
  assert.ok(
    pidsOf(sandbox).some((pid) => !isGone(pid)),
    'something of it lives on',
  );
  const status = JSON.parse((await sandbox.loopbreaker('status', '--json')).stdout);
  assert.deepEqual([status.alive, status.attempts[0]?.owner], [false, 'dead']);
  const next = startLoop(t, sandbox);
  await until(() => pidsOf(sandbox).every(isGone));
  assert.equal(await next.exit, 0, next.said());
  const events = journalOf(sandbox).map(({ event }) => event);
  assert.ok(events.indexOf('abandoned') < events.lastIndexOf('agent-begun'), 'before the next agent runs');
  assert.equal(countOf(sandbox, 'abandoned'), 1);
  assert.equal(countOf(sandbox, 'agent-begun'), 2);
});

test('an orphan is ended although the doctor then stops the loop', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.plan([{ run: [`${note}; rm PROMPT.md; exec sleep 1000`] }]);
  const loop = startLoop(t, sandbox);
  await until(() => pidsOf(sandbox).length === 1 && !existsSync(path.join(sandbox.clone, 'PROMPT.md')));
  loop.kill('SIGKILL');
  await loop.exit;
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 78, told(end));
  for (const pid of pidsOf(sandbox)) assert.ok(isGone(pid), `${pid} is gone`);
});

for (const [moment, condition, promotions] of [
  ['before its end was recorded', `[ -e "$SANDBOX/agent-done" ]`, 0],
  ['when its claim had been written down', `grep -q '"event":"claimed"' '%STATE%/events.jsonl' 2>/dev/null`, 1],
] as const) {
  test(`a loop that is killed after its agent, ${moment}, loses nothing and counts it at most once`, async (t) => {
    const sandbox = await sandboxFor(t);
    sandbox.plan([
      { run: [...commitLines('work.txt'), ': > "$SANDBOX/agent-done"'], claim: true },
      { run: ['git commit -q --allow-empty -m again'], claim: true },
    ]);
    killLoopWhen(sandbox, condition.replace('%STATE%', stateDirectory(sandbox)));
    const first = startLoop(t, sandbox);
    assert.equal(await first.exit, 'SIGKILL', first.said());
    const end = await sandbox.loopbreaker('loop');
    assert.equal(end.exitCode, 0, told(end));
    const { agent, promote } = controllerOf(sandbox).circuits;
    assert.deepEqual([agent.state, promote.state], ['closed', 'closed']);
    assert.equal(countOf(sandbox, 'agent-begun'), promotions === 1 ? 1 : 2, 'a claim that was noted needs no agent');
    assert.equal(countOf(sandbox, 'abandoned') + countOf(sandbox, 'interrupted'), 1);
    assert.equal(await sandbox.remoteGit('rev-parse', 'main'), await sandbox.git('rev-parse', 'agent/work'));
  });
}

test('Ctrl-C is gentle: the agent may end what it does, and what is kept is said; SIGTERM does the same', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const sandbox = await sandboxFor(
      t,
      shell(`trap 'echo saved > saved.txt; exit 0' TERM; ${note}; while :; do sleep 0.1; done`),
    );
    const loop = startLoop(t, sandbox);
    await until(() => pidsOf(sandbox).length === 1);
    loop.kill(signal);
    assert.equal(await loop.exit, 130, loop.said());
    assert.ok(existsSync(path.join(sandbox.clone, 'saved.txt')), 'the agent was asked, not killed');
    assert.match(loop.said(), /once more ends it at once.*kept as they are/);
    assert.equal(controllerOf(sandbox).circuits.agent.consecutiveFailures, 0);
  }
});

test('a second Ctrl-C ends everything at once: exit 130, nothing lives on, and it counts as nobody’s failure', async (t) => {
  const line = `trap "" TERM; setsid sh -c '${note}; exec sleep 1000' & ${note}; while :; do sleep 0.1; done`;
  const sandbox = await sandboxFor(t, shell(line));
  const loop = startLoop(t, sandbox);
  await until(() => pidsOf(sandbox).length === 2);
  loop.kill('SIGINT');
  await until(() => /once more/.test(loop.said()));
  await pause(600);
  const began = performance.now();
  loop.kill('SIGINT');
  assert.equal(await loop.exit, 130);
  // By itself this agent would be killed five seconds after it was asked to end.
  assert.ok(performance.now() - began < 4000, `${performance.now() - began} ms`);
  await until(() => pidsOf(sandbox).every(isGone));
  const next = await sandbox.loopbreaker('loop');
  assert.deepEqual([countOf(sandbox, 'abandoned'), countOf(sandbox, 'interrupted')], [0, 1], told(next));
});
