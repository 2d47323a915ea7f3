/** Where two rules of auto-promote meet: each alone is right, and together they must be too. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { GitFailed } from '../scripts/core/git-failed.ts';
import { Refusal } from '../scripts/core/outcome.ts';
import { openAttributes } from '../scripts/effects/attributes.ts';
import { openZx } from '../scripts/effects/execute-zx.ts';
import { openGit } from '../scripts/effects/git.ts';
import { questionsOf } from '../scripts/effects/git-questions.ts';
import { executeDirectly } from '../scripts/effects/process.ts';
import { temporaryDirectory } from './helpers/repository.ts';
import { assertNothingLeft, commitFile, controllerOf, countOf, sandboxFor, told } from './helpers/sandbox.ts';
import { promote, pushFile, strategySandbox } from './helpers/strategies.ts';

test('the target itself is never deleted from the remote, also where promoted branches are', async (t) => {
  const sandbox = await strategySandbox(t, 'ff-only', { target: 'develop', deleteRemoteBranch: true });
  await sandbox.git('branch', 'develop', 'main');
  await sandbox.git('push', '--quiet', sandbox.remote, 'develop');
  await sandbox.git('switch', '--quiet', 'develop');
  const head = await commitFile(sandbox, 'work.txt', 'work\n');
  const end = await promote(sandbox);
  assert.equal(end.report.outcome, 'promoted', told(end));
  assert.equal(await sandbox.remoteGit('rev-parse', 'develop'), head);
});

test('a branch that was made straight, with the very same files, is no longer blocked for its merge commit', async (t) => {
  const sandbox = await strategySandbox(t, 'rebase');
  await commitFile(sandbox, 'one.txt', 'one\n');
  const other = await pushFile(sandbox, 'other.txt', 'other\n');
  await sandbox.git('fetch', '--quiet', 'origin');
  await sandbox.git('merge', '--quiet', '--no-edit', 'origin/main');
  const crooked = await promote(sandbox);
  assert.equal(crooked.report.failure?.rule, 'rebase-of-merge', told(crooked));
  await sandbox.git('rebase', '--quiet', other);
  const straight = await promote(sandbox);
  assert.equal(straight.report.outcome, 'promoted', told(straight));
});

test('a push that the server refused for its message is tried again with another message, not with one more commit', async (t) => {
  const sandbox = await sandboxFor(t);
  const hook = path.join(sandbox.remote, 'hooks', 'pre-receive');
  writeFileSync(
    hook,
    '#!/bin/sh\nread o n r; git log --format=%s $o..$n | grep -q "change work" && { echo "needs a ticket"; exit 1; }; exit 0\n',
  );
  chmodSync(hook, 0o755);
  await commitFile(sandbox, 'work.txt', 'work\n');
  const refused = await promote(sandbox);
  assert.equal(refused.report.failure?.rule, 'push-refused', told(refused));
  await sandbox.git('commit', '--quiet', '--allow-empty', '--message=TICKET-2');
  const more = await promote(sandbox);
  assert.equal(more.report.failure?.rule, 'blocked-before', told(more));
  assert.match(more.report.failure.remedy, /npm run clear/, 'the way out is told again');
  assert.match(more.report.failure.tail ?? '', /needs a ticket/, 'and what the server said');
  await sandbox.git('reset', '--quiet', '--soft', 'HEAD~2');
  await sandbox.git('commit', '--quiet', '--message=TICKET-1');
  const end = await promote(sandbox);
  assert.equal(end.report.outcome, 'promoted', told(end));
});

test('a dry run tells as blocked what a run would refuse: a protected change until a person accepts it', async (t) => {
  const sandbox = await sandboxFor(t);
  const blocked = async () => {
    const dry = await sandbox.loopbreaker('auto-promote', '--dry-run', '--json');
    return String(JSON.parse(dry.stdout).blocked);
  };
  await commitFile(sandbox, 'broken.txt', 'x\n');
  const head = await commitFile(sandbox, 'policy/note.txt', 'x\n');
  assert.match(await blocked(), /paths that only a person may change/);
  const end = await promote(sandbox);
  assert.equal(end.report.failure?.rule, 'protected-paths', told(end));
  assert.match(await blocked(), /paths that only a person may change/);
  const accepted = await promote(sandbox, '--branch', 'agent/work', '--accept-protected', head, '--why', 'reviewed');
  assert.equal(accepted.report.failure?.rule, 'qa-red', told(accepted));
  assert.doesNotMatch(await blocked(), /paths that only a person may change/);
});

test('a setting that redirects the push is told without the password in its name', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'work\n');
  await sandbox.git('config', `url.https://me:verysecret@example.invalid/.insteadOf`, sandbox.remote);
  const end = await promote(sandbox);
  assert.equal(end.report.failure?.rule, 'push-redirected', told(end));
  assert.doesNotMatch(end.stdout, /verysecret/);
  const doctor = await sandbox.loopbreaker('doctor', '--only', 'repository', '--json');
  assert.doesNotMatch(doctor.stdout, /verysecret/);
  const [command = ''] = (end.report.failure?.remedy ?? '').split(', if it was not');
  const mended = await executeDirectly({ argv: ['sh', '-c', command], cwd: sandbox.clone, env: sandbox.env });
  assert.equal(mended.exitCode, 0, told(mended));
  assert.doesNotMatch(await sandbox.git('config', '--list'), /verysecret/);
});

test('a person accepts a commit by its sha: a name would be whatever it points to by then', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'policy/note.txt', 'x\n');
  await sandbox.git('branch', 'abcdef1');
  for (const name of ['agent/work', 'HEAD', 'abcdef1']) {
    const args = ['--branch', 'agent/work', '--accept-protected', name, '--why', 'read it'];
    const end = await sandbox.loopbreaker('auto-promote', ...args);
    assert.equal(end.exitCode, 2, told(end));
    assert.match(end.stderr, /not the sha of a commit/);
  }
});

test('a git that cannot read its settings is not taken for a remote that is missing', async (t) => {
  const sandbox = await sandboxFor(t);
  const git = questionsOf(async () => ({
    exitCode: 128,
    signal: null,
    stdout: '',
    stderr: 'fatal: bad config line 1',
  }));
  await assert.rejects(git.remoteUrl('origin'), GitFailed);
  assert.equal(await questionsOf(openGit(sandbox.clone, sandbox.env)).remoteUrl('nowhere'), null);
});

for (const strategy of ['squash', 'rebase'] as const) {
  test(`${strategy}: once a branch has landed, its earlier heads that were refused are kept no longer either`, async (t) => {
    const sandbox = await strategySandbox(t, strategy);
    await commitFile(sandbox, 'broken.txt', 'red\n');
    await pushFile(sandbox, 'other.txt', 'other\n');
    const red = await promote(sandbox);
    assert.equal(red.report.failure?.rule, 'qa-red', told(red));
    await sandbox.git('mv', 'broken.txt', 'whole.txt');
    await sandbox.git('commit', '--quiet', '--message=mend');
    const dry = await sandbox.loopbreaker('auto-promote', '--dry-run');
    assert.match(dry.stdout, new RegExp(`gate +it judges what "${strategy}" makes of the branch`));
    const end = await promote(sandbox);
    assert.equal(end.report.outcome, 'promoted', told(end));
    await assertNothingLeft(sandbox);
  });
}

test('a file where the folder of worktrees belongs is told as that, and hinders nobody from looking', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'work\n');
  mkdirSync(path.join(sandbox.clone, 'loop'));
  sandbox.write('loop/tmp-wt', 'a file of somebody\n');
  const end = await sandbox.loopbreaker('auto-promote');
  assert.equal(end.exitCode, 78, told(end));
  assert.match(end.stderr, /move away the file that stands where a folder belongs: .*loop\/tmp-wt/);
  const worktrees = await sandbox.loopbreaker('worktrees');
  assert.equal(worktrees.exitCode, 0, told(worktrees));
  rmSync(path.join(sandbox.clone, 'loop'), { recursive: true });
  const again = await promote(sandbox);
  assert.equal(again.report.outcome, 'promoted', told(again));
  assert.deepEqual(
    [controllerOf(sandbox).circuits.promote.consecutiveFailures, countOf(sandbox, 'promotion-ended')],
    [0, 2],
  );
});

test('attributes that cannot be written are a refusal that names the place, not a bug', async (t) => {
  const sandbox = await sandboxFor(t);
  const git = questionsOf(openGit(sandbox.clone, sandbox.env));
  sandbox.write('occupied', '');
  const texts = async () => new Map([['.gitattributes', '']]);
  const withAttributes = openAttributes(path.join(sandbox.clone, 'occupied', 'x-'), git, texts);
  await assert.rejects(
    withAttributes('HEAD', async () => 'merged'),
    (error) => error instanceof Refusal && error.detail.problem.includes('occupied'),
  );
});

test('where somebody else lands the branch while the gate runs, their commit is reported and not the one made here', async (t) => {
  const move = 'git --git-dir="$SANDBOX/remote.git" update-ref refs/heads/main "$(cat "$SANDBOX/theirs")"';
  const sandbox = await strategySandbox(t, 'squash', { prepare: [['sh', '-c', move]] });
  const head = await commitFile(sandbox, 'work.txt', 'work\n');
  const message = `theirs\n\nLoopbreaker-Source: ${head}`;
  const theirs = await sandbox.git('commit-tree', `${head}^{tree}`, '-p', 'main', '-m', message);
  await sandbox.git('push', '--quiet', sandbox.remote, `${theirs}:refs/heads/elsewhere`);
  writeFileSync(path.join(sandbox.directory, 'theirs'), theirs);
  const end = await promote(sandbox);
  assert.deepEqual([end.report.landed, end.report.candidate], ['yes', theirs], told(end));
});

test('a branch that goes while the gate runs lands all the same, whether or not the target moves too', async (t) => {
  const move =
    'git --git-dir="$SANDBOX/remote.git" update-ref refs/heads/main "$(cat "$SANDBOX/moved")" "$(cat "$SANDBOX/old")" || true';
  const prepare = [['sh', '-c', `git update-ref -d refs/heads/agent/work; ${move}`]];
  const sandbox = await strategySandbox(t, 'merge', { prepare });
  const head = await commitFile(sandbox, 'work.txt', 'work\n');
  await sandbox.git('switch', '--quiet', '--detach');
  const old = await sandbox.remoteGit('rev-parse', 'main');
  const moved = await pushFile(sandbox, 'other.txt', 'other\n');
  await sandbox.remoteGit('update-ref', 'refs/heads/main', old);
  writeFileSync(path.join(sandbox.directory, 'old'), old);
  writeFileSync(path.join(sandbox.directory, 'moved'), moved);
  const end = await promote(sandbox, '--branch', 'agent/work');
  assert.equal(end.report.outcome, 'promoted', told(end));
  assert.equal(await sandbox.remoteGit('log', '-1', '--format=%P', 'main'), `${moved} ${head}`);
});

for (const input of [undefined, '', 'text']) {
  test(`a git that reads to the end of its input (${JSON.stringify(input)}) is not left waiting for more`, async () => {
    const execute = await openZx();
    const end = await execute({ argv: ['cat'], cwd: '.', env: process.env, input, timeoutMs: 20_000 });
    assert.deepEqual([end.exitCode, end.stdout], [0, input ?? '']);
  });
}

test('a git that ends without reading its input is told by its exit code', async () => {
  const execute = await openZx();
  const input = 'x'.repeat(1024 * 1024);
  const end = await execute({ argv: ['sh', '-c', 'exit 3'], cwd: '.', env: process.env, input, timeoutMs: 20_000 });
  assert.deepEqual([end.exitCode, end.stdout], [3, '']);
});

test('a service without a shell before it runs no start-up file of bash, and hands on the environment as it is', async (t) => {
  const home = temporaryDirectory(t);
  for (const file of ['.bashrc', 'environment'])
    writeFileSync(path.join(home, file), `echo ${file}; echo ${file} >&2\n`);
  const own = {
    BASH_ENV: path.join(home, 'environment'),
    'a.name': 'with a dot',
    'BASH_FUNC_cat%%': '() { echo function; }',
  };
  // No SHLVL: that is how systemd and cron start a program.
  const env = { PATH: process.env.PATH, HOME: home, ...own, SHELLOPTS: 'xtrace' };
  const execute = await openZx();
  for (const input of [undefined, 'text']) {
    const read = await execute({ argv: ['cat'], cwd: '.', env, input, timeoutMs: 20_000 });
    assert.deepEqual([read.exitCode, read.stdout, read.stderr], [0, input ?? '', '']);
    const { stdout } = await execute({ argv: ['env', '-0'], cwd: '.', env, input, timeoutMs: 20_000 });
    const seen = Object.fromEntries(stdout.split('\0').map((line) => line.split(/=(.*)/s)));
    assert.deepEqual({ ...seen, ...own }, seen);
  }
});

test('a run that ends half-way with a refusal is told by that reason, not as one that died', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'work\n');
  await promote(sandbox);
  await commitFile(sandbox, 'more.txt', 'more\n');
  const torn = path.join(sandbox.clone, '.git', 'loopbreaker', 'verdicts', `${'0'.repeat(64)}.json`);
  writeFileSync(torn, 'torn');
  const end = await sandbox.loopbreaker('auto-promote');
  assert.equal(end.exitCode, 75, told(end));
  assert.match(end.stderr, /verdicts\/0+\.json cannot be read/);
  const { attempts, circuits } = controllerOf(sandbox);
  assert.deepEqual(attempts, []);
  assert.equal(circuits.promote.lastFailureClass, 'transient');
  rmSync(torn);
  assert.equal((await promote(sandbox)).report.outcome, 'promoted');
});
