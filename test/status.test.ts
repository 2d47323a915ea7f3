/** Status, clear, hold and classify as a person or a script calls them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withTrigger } from '../scripts/core/controller.ts';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { executeDirectly } from '../scripts/effects/process.ts';
import { thisProgram } from '../scripts/effects/program.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import type { StatusReport } from '../scripts/report/status.ts';
import { openWorkspace } from '../scripts/workspace.ts';
import { commitFile, countOf, sandboxFor, told } from './helpers/sandbox.ts';

async function statusOf(sandbox: Sandbox): Promise<StatusReport> {
  const end = await sandbox.loopbreaker('status', '--json');
  assert.equal(end.exitCode, 0, told(end));
  const report: StatusReport = JSON.parse(end.stdout);
  assert.deepEqual(validateDocument('status-output', report, 'stdout'), []);
  return report;
}

test('status of a repository in which nothing ran yet says so and changes nothing', async (t) => {
  const sandbox = await sandboxFor(t);
  const report = await statusOf(sandbox);
  assert.equal(report.alive, false);
  assert.equal(report.state, 'first-run');
  assert.equal(report.whyNotRunning, null);
  assert.equal(report.nextEligibleAt, null);
});

test('status tells a blocked branch with its reason and what mends it', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'broken.txt', 'x\n');
  await sandbox.loopbreaker('auto-promote');
  const report = await statusOf(sandbox);
  assert.equal(report.triggers[0]?.state, 'blocked');
  assert.match(report.triggers[0]?.why ?? '', /QA gate is red/);
  const text = await sandbox.loopbreaker('status');
  assert.match(text.stdout, /blocked\s+agent\/work at [0-9a-f]{10}[\s\S]*to mend it/);
});

test('a block that stands against an empty commit is told with what frees it, and not once its branch is mended', async (t) => {
  const sandbox = await sandboxFor(t);
  const sha = await commitFile(sandbox, 'broken.txt', 'x\n');
  await sandbox.loopbreaker('auto-promote');
  await sandbox.git('commit', '--quiet', '--allow-empty', '-m', 'again');
  await sandbox.loopbreaker('auto-promote');
  const { triggers } = await statusOf(sandbox);
  assert.deepEqual(
    triggers.map((trigger) => [trigger.state, trigger.sha]),
    [['blocked', sha]],
  );
  const text = (await sandbox.loopbreaker('status')).stdout;
  assert.match(text, /\.log/, 'where its output is');
  const [, command = ''] = /^ *npm run (clear -- agent\/work --why "your reason")$/m.exec(text) ?? [];
  await commitFile(sandbox, 'other.txt', 'x\n');
  assert.deepEqual((await statusOf(sandbox)).triggers, [], 'another tree is another question');
  await sandbox.git('revert', '--no-edit', 'HEAD');
  assert.equal((await statusOf(sandbox)).triggers[0]?.sha, sha);
  const [clear = '', , ...args] = command.replaceAll('"', '').split(' ');
  const cleared = await sandbox.loopbreaker(clear, ...args.slice(0, 2), args.slice(2).join(' '));
  assert.equal(cleared.exitCode, 0, told(cleared));
  assert.deepEqual((await statusOf(sandbox)).triggers, []);
});

test('a blocked commit that is being judged anew is told once, as what it is now', async (t) => {
  const sandbox = await sandboxFor(t);
  const sha = await commitFile(sandbox, 'broken.txt', 'x\n');
  await sandbox.loopbreaker('auto-promote');
  const { clone: directory, env } = sandbox;
  const workspace = await openWorkspace({ directory, env, stderr: process.stderr });
  const pending = { branch: 'refs/heads/agent/work', sha, state: 'pending', notBefore: null } as const;
  await workspace.store.update((controller) => ({ controller: withTrigger(controller, pending), entries: [] }));
  const { triggers } = await statusOf(sandbox);
  assert.deepEqual(
    triggers.map(({ state }) => state),
    ['pending'],
  );
});

test('status tells why nothing runs, what would change that, and when', async (t) => {
  const sandbox = await sandboxFor(t);
  await sandbox.git('remote', 'rename', 'origin', 'elsewhere');
  await sandbox.loopbreaker('auto-promote');
  const report = await statusOf(sandbox);
  assert.match(report.whyNotRunning ?? '', /no remote "origin"/);
  assert.match(report.whatWouldChangeIt ?? '', /git remote add.*noticed by itself.*clear -- promote/);
  const untilMs = Date.parse(report.nextEligibleAt ?? '') - Date.now();
  assert.ok(untilMs > 86_000_000 && untilMs < 86_500_000, `a day, not ${untilMs} ms`);
});

test('a held circuit has no next time: only a person ends it', async (t) => {
  const sandbox = await sandboxFor(t);
  await sandbox.loopbreaker('hold', '--why', 'holidays');
  const report = await statusOf(sandbox);
  assert.equal(report.nextEligibleAt, null);
  assert.match(report.whyNotRunning ?? '', /holidays \(held by \S+\)/);
});

test('clear and hold want a reason and a name that exists', async (t) => {
  const sandbox = await sandboxFor(t);
  for (const args of [
    ['clear', 'promote'],
    ['hold'],
    ['hold', 'nonsense', '--why', 'x'],
    ['clear', 'no-such-branch', '--why', 'x'],
  ]) {
    const end = await sandbox.loopbreaker(...args);
    assert.equal(end.exitCode, 2, `${args.join(' ')}: ${told(end)}`);
    assert.match(end.stderr, /to mend it/);
  }
  assert.equal(countOf(sandbox, 'cleared'), 0);
});

test('state is shared by linked worktrees, and each has a loop of its own', async (t) => {
  const sandbox = await sandboxFor(t);
  await sandbox.loopbreaker('hold', 'promote', '--why', 'seen from everywhere');
  await sandbox.git('worktree', 'add', '--quiet', '-b', 'agent/two', '../two');
  const end = await sandbox.loopbreaker('status', '--json', '-C', '../two');
  assert.match(JSON.parse(end.stdout).whyNotRunning, /seen from everywhere/);
});

test('broken policies are refused by every command with file, line and pointer, never with a stack', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.write('policy/breaker.json', '{\n  "failuresMaxx": 3\n}\n');
  for (const command of ['loop', 'auto-promote']) {
    const end = await sandbox.loopbreaker(command);
    assert.equal(end.exitCode, 78, told(end));
    assert.match(end.stderr, /policy\/breaker\.json:2:3.*failuresMaxx[\s\S]*did you mean "failuresMax"/);
    assert.doesNotMatch(end.stderr, /\n\s+at .*:\d+:\d+/);
  }
});

for (const file of ['policy/breaker.json', 'runtime-manifest.json']) {
  test(`${file}, deleted by a commit, is brought back by the command that the doctor prints, to which loop and promote send`, async (t) => {
    const sandbox = await sandboxFor(t);
    await sandbox.git('rm', '--quiet', file);
    await sandbox.git('commit', '--quiet', '-m', 'gone');
    await commitFile(sandbox, 'later.txt', 'x\n');
    for (const command of ['loop', 'auto-promote']) {
      const end = await sandbox.loopbreaker(command);
      assert.equal(end.exitCode, 78, told(end));
      assert.match(end.stderr, /is missing[\s\S]*npm run doctor prints/);
    }
    const { stdout } = await sandbox.loopbreaker('doctor');
    const [printed = ''] =
      /git checkout \S+\^ -- \S+$|git checkout "\$\([^;]*/m.exec(stdout.replaceAll(/\n {6}/g, ' ')) ?? [];
    const typed = await executeDirectly({ argv: ['sh', '-c', printed], cwd: sandbox.clone, env: sandbox.env });
    assert.equal(typed.exitCode, 0, `${printed}: ${told(typed)}\n${stdout}`);
    assert.doesNotMatch((await sandbox.loopbreaker('auto-promote')).stderr, /is missing/);
  });
}

test('a broken policy does not take the brake away: hold, clear and status work, and say what is wrong', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.write('policy/loop.json', '{ "iterationMax": 3 }\n');
  for (const args of [['hold', '--why', 'stop'], ['status'], ['clear', '--why', 'go on']]) {
    const end = await sandbox.loopbreaker(...args);
    assert.equal(end.exitCode, 0, told(end));
    assert.match(end.stderr, /policy\/loop\.json:1.*iterationMax/);
  }
  assert.equal(countOf(sandbox, 'held'), 2);
});

test('a file of ours that vanished is named by whatever command needs it, with the commands that bring it back', async (t) => {
  const sandbox = await sandboxFor(t, {}, thisProgram);
  await sandbox.git('update-index', '--skip-worktree', 'scripts/core/breaker.ts');
  await sandbox.git('rm', '--quiet', '--cached', 'scripts/core/stop.ts');
  const { rmSync } = await import('node:fs');
  rmSync(`${sandbox.clone}/scripts/core/breaker.ts`);
  const end = await sandbox.loopbreaker('doctor');
  assert.equal(end.exitCode, 78, told(end));
  const commands = end.stderr.split('\n').filter((line) => line.startsWith('      '));
  assert.equal(commands.length, 2, end.stderr);
  for (const line of commands) await sandbox.git(...line.trim().replaceAll("'", '').split(' ').slice(1));
  const mended = await sandbox.loopbreaker('status');
  assert.equal(mended.exitCode, 0, told(mended));
});

test('outside of a repository every command says where to go', async (t) => {
  const sandbox = await sandboxFor(t);
  for (const command of ['loop', 'auto-promote', 'status', 'doctor']) {
    const end = await sandbox.loopbreaker(command, '-C', '/');
    assert.equal(end.exitCode, 78, `${command}: ${told(end)}`);
    assert.match(end.stderr, /not inside a git repository[\s\S]*-C DIR/);
  }
});

async function classify(args: readonly string[], input: string) {
  const argv = [process.execPath, '--import', 'tsx', 'scripts/cli.ts', 'classify', ...args] as const;
  return await executeDirectly({ argv: [argv[0], ...argv.slice(1)], cwd: process.cwd(), env: process.env, input });
}

test('classify answers one object for a text and one line for each line of --jsonl, in order', async () => {
  const one = await classify(
    ['--phase', 'spawn', '--exit-code', '1'],
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/x'",
  );
  assert.deepEqual(validateDocument('classify-output', JSON.parse(one.stdout), 'stdout'), []);
  assert.equal(JSON.parse(one.stdout).class, 'config-fatal');
  const lines = ['spawn', 'qa'].map((phase) =>
    JSON.stringify({ id: phase, phase, exitCode: 1, text: 'ERR_MODULE_NOT_FOUND' }),
  );
  const many = await classify(['--jsonl'], `${lines.join('\n')}\n`);
  const answers = many.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    answers.map(({ id, class: found }) => [id, found]),
    [
      ['spawn', 'config-fatal'],
      ['qa', 'policy-terminal'],
    ],
  );
});

test('classify refuses a phase that does not exist and a line that is no JSON', async () => {
  assert.equal((await classify(['--phase', 'nope', '--exit-code', '1'], 'x')).exitCode, 2);
  assert.equal((await classify(['--jsonl'], 'not json\n')).exitCode, 2);
});
