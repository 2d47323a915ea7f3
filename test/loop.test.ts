/** The loop: what it makes of an agent's end, what it refuses, when it stops, and what it says. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { thisProgram } from '../scripts/effects/program.ts';
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

const loopPolicy = (changes: object) =>
  JSON.stringify({
    agent: { command: ['node', 'agent.mjs'], output: 'text', timeoutSeconds: 60, idleTimeoutSeconds: 30 },
    ...changes,
  });

test('an agent that changes nothing three times opens the agent circuit, and a second start runs nothing', async (t) => {
  const sandbox = await sandboxFor(t);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 75, told(end));
  assert.equal(countOf(sandbox, 'agent-begun'), 3);
  assert.match(end.stdout, /to free it: look at .*agent\.prompt.*\nloop: {7}npm run clear -- agent/);
  const [, ...named] = /npm run (status) -- (--run) (run-\w+)/.exec(end.stdout) ?? [];
  const run = await sandbox.loopbreaker(...named);
  assert.match(run.stdout, /agent-ended .*rule=no-progress/, told(run));
  const again = await sandbox.loopbreaker('loop');
  assert.equal(again.exitCode, 75);
  assert.equal(countOf(sandbox, 'agent-begun'), 3, 'no agent run was paid for');
});

test('a claim with uncommitted work, or with nothing to promote, is refused and told to the agent', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.plan([
    { claim: true },
    { run: ['echo x > dirty.txt'], claim: true },
    { run: ['git add dirty.txt', 'git commit -qm ok'], claim: true },
  ]);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 0, told(end));
  const [, second, third] = sandbox.prompts();
  assert.match(second ?? '', /holds no commit that the target lacks/);
  assert.match(third ?? '', /uncommitted changes[\s\S]*dirty\.txt/);
});

test('a claim for a commit that has landed is no progress, however long ago the target was fetched', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.plan([{ run: commitLines('work.txt'), claim: true }]);
  assert.equal((await sandbox.loopbreaker('loop')).exitCode, 0);
  sandbox.plan([{ claim: true }]);
  const idle = await sandbox.loopbreaker('loop', '--max-iterations', '1');
  assert.match(idle.stdout, /no commit that the target lacks\. \[no-progress\]/, told(idle));
  assert.equal(countOf(sandbox, 'promotion-begun'), 1);
});

test('a token that is echoed with the prompt, quoted, or old is no claim', async (t) => {
  const sandbox = await sandboxFor(t, { 'policy/loop.json': loopPolicy({ iterationsMax: 3 }) });
  const work = commitLines('work.txt');
  sandbox.plan([
    {
      run: [
        ...work,
        'tail -n 1 "$SANDBOX/prompts.jsonl" | node -e "console.log(JSON.parse(require(\'fs\').readFileSync(0)))"',
      ],
      say: ' ',
    },
    { run: ['echo 2 > 2.txt', 'echo "I will not print $LOOPBREAKER_COMPLETION_TOKEN yet"'], say: ' ' },
    { run: ['echo 3 > 3.txt', 'echo "<promise>COMPLETE 0000000000000000</promise>"'], say: ' ' },
  ]);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(countOf(sandbox, 'promotion-begun'), 0, told(end));
  assert.equal(end.exitCode, 0);
});

test('a prompt that is echoed word for word claims nothing', async (t) => {
  const sandbox = await sandboxFor(t, {
    'policy/loop.json': loopPolicy({ agent: { command: ['cat'], output: 'text' }, iterationsMax: 1 }),
  });
  const end = await sandbox.loopbreaker('loop');
  assert.equal(countOf(sandbox, 'promotion-begun'), 0, told(end));
  assert.match(end.stdout, /without changing anything/);
});

test('an agent command that does not exist is a matter of configuration at its first run', async (t) => {
  const sandbox = await sandboxFor(t, {
    'policy/loop.json': loopPolicy({ agent: { command: ['no-such-agent-here'] } }),
  });
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 78, told(end));
  assert.match(
    end.stdout,
    /"no-such-agent-here" of "agent\.command" in policy\/loop\.json could not be started \(ENOENT\)/,
  );
  assert.equal(countOf(sandbox, 'agent-begun'), 1);
});

test('an emptied auto-promote that exits 0 is no promotion', async (t) => {
  const sandbox = await sandboxFor(t);
  const file = sandbox.program.commandFile('auto-promote');
  const empty = [`git update-index --skip-worktree ${file}`, `: > ${file}`];
  sandbox.plan([{ run: [...commitLines('work.txt'), ...empty], claim: true }]);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 78, told(end));
  assert.equal(countOf(sandbox, 'promotion-begun'), 1);
  assert.equal(controllerOf(sandbox).triggers[0]?.state, 'quarantined');
});

test('installed packages that vanish while the agent runs are the same incident, and coming back the same cure', async (t) => {
  const sandbox = await sandboxFor(t, {}, thisProgram);
  sandbox.plan([{ run: [...commitLines('work.txt'), 'mv node_modules "$SANDBOX/packages"'], claim: true }]);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 78, told(end));
  assert.equal(countOf(sandbox, 'promotion-begun'), 1);
  renameSync(path.join(sandbox.directory, 'packages'), path.join(sandbox.clone, 'node_modules'));
  const cured = await sandbox.loopbreaker('loop');
  assert.equal(cured.exitCode, 0, told(cured));
  assert.equal(countOf(sandbox, 'promotion-begun'), 2);
});

test('evidence that changes but leaves the doctor red spends no permit and no agent run', async (t) => {
  const sandbox = await sandboxFor(t, { 'policy/loop.json': loopPolicy({ whenQuarantined: 'wait' }) });
  const entryPoint = sandbox.program.commandFile('auto-promote');
  const file = path.join(sandbox.clone, entryPoint);
  const vanish = [`git update-index --skip-worktree ${entryPoint}`, `rm ${entryPoint}`];
  sandbox.plan([{ run: [...commitLines('work.txt'), ...vanish], claim: true }]);
  const { child, exit } = startLoop(sandbox);
  await until(() => countOf(sandbox, 'promotion-ended') === 1);
  writeFileSync(file, "import './not-there.ts';\n");
  // Half-open because the file changed, open again because the doctor looked first.
  await until(() => countOf(sandbox, 'circuit-open') === 2);
  assert.equal(countOf(sandbox, 'promotion-begun'), 1, 'still the one attempt');
  assert.equal(countOf(sandbox, 'agent-begun'), 1);
  await sandbox.git('update-index', '--no-skip-worktree', entryPoint);
  await sandbox.git('checkout', '--', entryPoint);
  assert.equal(await exit, 0, 'and goes on by itself once it is whole');
  assert.equal(countOf(sandbox, 'promotion-begun'), 2);
  child.kill();
});

test('a red doctor at the start runs nothing and exits 78', async (t) => {
  const sandbox = await sandboxFor(t);
  rmSync(path.join(sandbox.clone, 'PROMPT.md'));
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 78);
  assert.match(end.stderr, /PROMPT\.md/);
  assert.equal(countOf(sandbox, 'agent-begun'), 0);
});

for (const [name, place] of [
  ['an empty file', (file: string) => writeFileSync(file, '')],
  ['half a file', (file: string) => writeFileSync(file, '{"version":1,"revi')],
  ['a newer version', (file: string) => writeFileSync(file, '{"version":2}')],
  ['a folder', (file: string) => mkdirSync(file)],
] as const) {
  test(`a controller that is ${name} stops the loop with 75 and a sentence, before any agent run`, async (t) => {
    const sandbox = await sandboxFor(t);
    mkdirSync(stateDirectory(sandbox), { recursive: true });
    place(path.join(stateDirectory(sandbox), 'controller.json'));
    const end = await sandbox.loopbreaker('loop');
    assert.equal(end.exitCode, 75, told(end));
    assert.match(end.stderr, /controller\.json cannot be read/);
    assert.doesNotMatch(end.stderr, /\n\s+at .*:\d+:\d+/, 'no stack trace');
    assert.equal(countOf(sandbox, 'agent-begun'), 0);
    const status = await sandbox.loopbreaker('status');
    assert.equal(status.exitCode, 0, told(status));
  });
}

test('a hold stops the loop before the agent, survives, and ends by a clear', async (t) => {
  const sandbox = await sandboxFor(t);
  assert.equal((await sandbox.loopbreaker('hold', 'promote', '--why', 'release freeze')).exitCode, 0);
  const held = await sandbox.loopbreaker('loop');
  assert.equal(held.exitCode, 78, told(held));
  assert.match(held.stdout, /release freeze/);
  assert.equal((await sandbox.loopbreaker('clear', 'promote', '--why', 'over')).exitCode, 0);
  sandbox.plan([{ run: commitLines('work.txt'), claim: true }]);
  assert.equal((await sandbox.loopbreaker('loop')).exitCode, 0);
});

test('a loop that reaches its limit says why nothing landed, and status says it in the morning', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.plan([{ run: commitLines('broken.txt'), claim: true }]);
  const red = await sandbox.loopbreaker('loop', '--max-iterations', '1');
  const said = /iterationsMax \(1\) is reached, and nothing has landed: The QA gate is red/;
  assert.match(red.stdout.trimEnd().split('\n').at(-1) ?? '', said);
  assert.match((await sandbox.loopbreaker('status')).stdout.replace(/\s+/g, ' '), said);
  sandbox.plan([{ run: ['echo x > dirty.txt'], claim: true }, { run: ['echo y > dirty.txt'] }]);
  const dirty = await sandbox.loopbreaker('loop', '--max-iterations', '1');
  assert.match(dirty.stdout, /nothing has landed: The agent claimed completion with uncommitted changes.*dirty\.txt/);
  const silent = await sandbox.loopbreaker('loop', '--max-iterations', '1');
  assert.match(silent.stdout, /nothing has landed: the agent has not claimed completion yet \(exit 0\)/);
});

test('the daily limit of agent runs survives restarts', async (t) => {
  const sandbox = await sandboxFor(t, { 'policy/loop.json': loopPolicy({ agentRunsMaxPerDay: 2 }) });
  sandbox.plan([{ run: ['echo 1 > 1.txt'] }, { run: ['echo 2 > 2.txt'] }, { run: ['echo 3 > 3.txt'] }]);
  const first = await sandbox.loopbreaker('loop', '--max-iterations', '1');
  assert.equal(first.exitCode, 0, told(first));
  const second = await sandbox.loopbreaker('loop');
  assert.match(second.stdout, /agentRunsMaxPerDay \(2\) is reached/);
  assert.equal(countOf(sandbox, 'agent-begun'), 2);
});

function startLoop(sandbox: Sandbox) {
  const [node, ...argv] = sandbox.argv('loop');
  const child = spawn(node, argv, { cwd: sandbox.clone, env: sandbox.env, stdio: 'ignore' });
  const exit = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  return { child, exit };
}

test('Ctrl-C ends the agent with its children, exits 130, and counts as nobody’s failure; a second loop is refused', async (t) => {
  const sandbox = await sandboxFor(t);
  const pidFile = path.join(sandbox.directory, 'agent.pid');
  sandbox.plan([{ run: [`echo $$ > ${pidFile}; exec sleep 1000`] }]);
  const { child, exit } = startLoop(sandbox);
  await until(() => existsSync(pidFile));
  const second = await sandbox.loopbreaker('loop');
  assert.equal(second.exitCode, 75, told(second));
  assert.match(second.stderr, /Another loop runs in this worktree/);
  const status = await sandbox.loopbreaker('status', '--json');
  assert.equal(JSON.parse(status.stdout).alive, true);
  child.kill('SIGINT');
  assert.equal(await exit, 130);
  assert.equal(controllerOf(sandbox).circuits.agent.consecutiveFailures, 0);
  const [last, before] = journalOf(sandbox).slice(-2).reverse();
  assert.deepEqual([before?.rule, last?.event, last?.exitCode], ['interrupted', 'loop-ended', 130]);
});

test('a loop that was killed while the agent ran is noticed: the orphan is ended and the run counted', async (t) => {
  const sandbox = await sandboxFor(t);
  const pidFile = path.join(sandbox.directory, 'agent.pid');
  const { readFileSync } = await import('node:fs');
  sandbox.plan([{ run: [`echo $$ > ${pidFile}; exec sleep 1000`] }, { run: commitLines('work.txt'), claim: true }]);
  const { child, exit } = startLoop(sandbox);
  await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '');
  child.kill('SIGKILL');
  await exit;
  const orphan = Number(readFileSync(pidFile, 'utf8'));
  const status = JSON.parse((await sandbox.loopbreaker('status', '--json')).stdout);
  assert.deepEqual([status.attempts[0].owner, status.attempts[0].orphans > 0], ['dead', true]);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 0, told(end));
  assert.ok(isGone(orphan), 'the orphan is gone');
  assert.match(end.stdout, /^loop: ended (?:a process|\d processes) that a dead loop had left at work$/m);
  assert.equal(countOf(sandbox, 'abandoned'), 1);
});

test('a promotion that goes on after its loop was killed is under way to status and to the doctor', async (t) => {
  const wait = 'until [ -e "$SANDBOX/go" ]; do sleep 0.05; done';
  const qa = [{ name: 'slow', command: ['sh', '-c', `touch "$SANDBOX/begun"; ${wait}`], timeoutSeconds: 120 }];
  const sandbox = await sandboxFor(t, { 'policy/promote.json': JSON.stringify({ prepare: [], qa }) });
  sandbox.plan([{ run: commitLines('work.txt'), claim: true }]);
  const { child, exit } = startLoop(sandbox);
  await until(() => existsSync(path.join(sandbox.directory, 'begun')));
  child.kill('SIGKILL');
  await exit;
  const { attempts } = JSON.parse((await sandbox.loopbreaker('status', '--json')).stdout);
  const promotion = attempts.find((one: { circuit: string }) => one.circuit === 'promote');
  assert.deepEqual([promotion.owner, promotion.phase], ['alive', 'qa']);
  const doctor = await sandbox.loopbreaker('doctor', '--only', 'state');
  assert.doesNotMatch(doctor.stdout, new RegExp(promotion.runId), 'it was not ended in the middle');
  writeFileSync(path.join(sandbox.directory, 'go'), '');
  assert.equal((await sandbox.loopbreaker('loop')).exitCode, 0);
});

test('a loop whose output nobody reads on goes on to its end', async (t) => {
  const sandbox = await sandboxFor(t);
  const argv = sandbox.argv('loop', '--max-iterations', '2');
  const options = { cwd: sandbox.clone, env: sandbox.env, stdio: 'ignore' } as const;
  const child = spawn('sh', ['-c', '"$0" "$@" | head -n 1', ...argv], options);
  await new Promise((resolve) => child.on('close', resolve));
  await until(() => existsSync(stateDirectory(sandbox)) && countOf(sandbox, 'agent-ended') === 2);
  await until(() => controllerOf(sandbox).attempts.length === 0);
  assert.equal(countOf(sandbox, 'agent-begun'), 2);
});
