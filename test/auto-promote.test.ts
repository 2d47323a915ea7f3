/** Auto-promote against real git: what it lands, what it refuses, and what it leaves alone. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { thisProgram } from '../scripts/effects/program.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import type { PromotionReport } from '../scripts/report/promotion.ts';
import {
  assertNothingLeft,
  commitFile,
  controllerOf,
  countOf,
  isGone,
  movesOfMain,
  sandboxFor,
  told,
} from './helpers/sandbox.ts';

async function promote(sandbox: Sandbox, ...args: readonly string[]) {
  const end = await sandbox.loopbreaker('auto-promote', '--json', ...args);
  assert.notEqual(end.stdout, '', told(end));
  const report: PromotionReport = JSON.parse(end.stdout);
  assert.deepEqual(validateDocument('auto-promote-output', report, 'stdout'), []);
  return { ...end, report };
}

const ran = (report: PromotionReport): readonly string[] =>
  report.phases.filter((phase) => phase.ran).map((phase) => phase.name);

/** Commits on top of the remote's main as somebody else would. */
async function pushAsSomebodyElse(sandbox: Sandbox, name: string): Promise<string> {
  const main = await sandbox.git('rev-parse', 'refs/remotes/origin/main');
  const tree = await sandbox.git('rev-parse', `${main}^{tree}`);
  const commit = await sandbox.git('commit-tree', tree, '-p', main, '-m', name);
  await sandbox.git('push', '--quiet', sandbox.remote, `${commit}:refs/heads/main`);
  return commit;
}

test('a green branch lands as exactly the commit that was tested, and a second run is a no-op that says so', async (t) => {
  const sandbox = await sandboxFor(t);
  const head = await commitFile(sandbox, 'work.txt', 'work\n');
  const first = await promote(sandbox);
  assert.equal(first.exitCode, 0, told(first));
  assert.equal(first.report.outcome, 'promoted');
  assert.deepEqual(ran(first.report), ['preflight', 'fetch', 'merge', 'worktree', 'qa', 'push', 'cleanup']);
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), head);
  const second = await promote(sandbox);
  assert.equal(second.exitCode, 0);
  assert.equal(second.report.outcome, 'already-promoted');
  assert.ok(!ran(second.report).includes('push'));
  assert.equal(await movesOfMain(sandbox), 1);
  await assertNothingLeft(sandbox);
});

test('the user’s work tree, index, stash, HEAD, refs and config are byte for byte what they were', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'work\n');
  sandbox.write('work.txt', 'stashed\n');
  await sandbox.git('stash', 'push', '--quiet');
  sandbox.write('work.txt', 'staged\n');
  await sandbox.git('add', 'work.txt');
  sandbox.write('work.txt', 'staged, then edited\n');
  sandbox.write('untracked.txt', 'untracked\n');
  const look = async () => ({
    status: await sandbox.git('status', '--porcelain=v2', '--untracked-files=all'),
    index: readFileSync(path.join(sandbox.clone, '.git', 'index')).toString('hex'),
    config: readFileSync(path.join(sandbox.clone, '.git', 'config'), 'utf8'),
    head: await sandbox.git('symbolic-ref', 'HEAD'),
    stash: await sandbox.git('stash', 'list'),
    refs: (await sandbox.git('for-each-ref')).split('\n').filter((line) => !line.includes('refs/loopbreaker/')),
  });
  const before = await look();
  const end = await promote(sandbox);
  assert.equal(end.report.outcome, 'promoted', told(end));
  assert.deepEqual(await look(), before);
});

test('a red gate blocks after one run of the gate, an empty commit does not re-arm it, a new tree does', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'broken.txt', 'x\n');
  const red = await promote(sandbox);
  assert.equal(red.exitCode, 1);
  assert.equal(red.report.outcome, 'blocked');
  assert.equal(red.report.failure?.rule, 'qa-red');
  assert.match(red.report.failure?.tail ?? '', /broken\.txt must not be here/);
  await sandbox.git('commit', '--quiet', '--allow-empty', '--message=try again');
  const again = await promote(sandbox);
  assert.equal(again.report.failure?.rule, 'blocked-before');
  assert.ok(!ran(again.report).includes('qa'), 'the gate is not run again for the same tree');
  await sandbox.git('rm', '--quiet', 'broken.txt');
  await commitFile(sandbox, 'mended.txt', 'x\n');
  const green = await promote(sandbox);
  assert.equal(green.report.outcome, 'promoted', told(green));
  assert.equal(controllerOf(sandbox).circuits.promote.state, 'closed');
  await assertNothingLeft(sandbox);
});

test('a person’s clear lets a blocked branch be judged again', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'broken.txt', 'x\n');
  await promote(sandbox);
  const cleared = await sandbox.loopbreaker('clear', 'agent/work', '--why', 'the gate was wrong');
  assert.equal(cleared.exitCode, 0, told(cleared));
  const again = await promote(sandbox);
  assert.equal(again.report.failure?.rule, 'qa-red', 'the gate really ran');
});

test('a target that has moved on blocks an ff-only branch, and moving again re-arms it', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'work\n');
  const other = await pushAsSomebodyElse(sandbox, 'other');
  const blocked = await promote(sandbox);
  assert.equal(blocked.report.failure?.rule, 'not-fast-forward');
  assert.match(blocked.report.failure?.remedy ?? '', /git rebase origin\/main/);
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), other);
  await sandbox.git('fetch', '--quiet', 'origin');
  await sandbox.git('rebase', '--quiet', 'origin/main');
  const landed = await promote(sandbox);
  assert.equal(landed.report.outcome, 'promoted', told(landed));
});

test('a target that moves while the gate runs is never overwritten', async (t) => {
  const move = 'git --git-dir="$SANDBOX/remote.git" update-ref refs/heads/main "$(cat "$SANDBOX/moved")"';
  const policy = {
    prepare: [['sh', '-c', move]],
    qa: [{ name: 'check', command: ['node', 'check.mjs'], timeoutSeconds: 60 }],
  };
  const sandbox = await sandboxFor(t, { 'policy/promote.json': JSON.stringify(policy) });
  const main = await sandbox.remoteGit('rev-parse', 'main');
  const moved = await sandbox.remoteGit('commit-tree', `${main}^{tree}`, '-p', main, '-m', 'moved');
  writeFileSync(path.join(sandbox.directory, 'moved'), moved);
  await commitFile(sandbox, 'work.txt', 'work\n');
  const end = await promote(sandbox);
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), moved, 'the other commit is still there');
  assert.equal(end.report.failure?.rule, 'not-fast-forward', told(end));
  await assertNothingLeft(sandbox).catch((error: unknown) => {
    // The commit that did not land stays reachable; nothing else may be left.
    assert.match(String(error), /refs\/loopbreaker\/keep|Expected values to be strictly equal/);
  });
});

test('a branch that changes protected paths is blocked', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'policy/promote.json', JSON.stringify({ prepare: [], qa: [] }));
  const end = await promote(sandbox);
  assert.equal(end.report.failure?.rule, 'protected-paths', told(end));
  assert.match(end.report.failure?.problem ?? '', /policy\/promote\.json/);
});

test('a candidate whose merge drops an imported file is refused by the doctor', async (t) => {
  const sandbox = await sandboxFor(t, {}, thisProgram);
  await sandbox.git('rm', '--quiet', 'scripts/core/retry.ts');
  await sandbox.git('commit', '--quiet', '--message=drop a file that is imported');
  const git = ['--git-dir', path.join(sandbox.clone, '.git'), '--work-tree', sandbox.clone];
  await sandbox.git(...git, 'checkout', 'main', '--', 'scripts/core/retry.ts');
  await sandbox.git('reset', '--quiet');
  const end = await promote(sandbox);
  assert.equal(end.report.failure?.rule, 'candidate-doctor-red', told(end));
  assert.match(end.report.failure?.tail ?? '', /retry\.ts/);
});

/** A repository whose gate runs "npm ci" without QA that needs packages, with this lockfile on the target. */
async function gateOfNpm(t: Parameters<typeof sandboxFor>[0], lockfile: string, promotePolicy: object = {}) {
  const qa = [{ name: 'check', command: ['node', 'check.mjs'], timeoutSeconds: 60 }];
  const policy = JSON.stringify({ prepare: [['npm', 'ci']], qa, ...promotePolicy });
  return await sandboxFor(t, { 'policy/promote.json': policy, [lockfile]: '{}' });
}

test('a target whose gate installs with the package manager of before is a stop for a person, freed by the target', async (t) => {
  const sandbox = await gateOfNpm(t, 'pnpm-lock.yaml');
  await commitFile(sandbox, 'work.txt', 'work\n');
  const { report, ...end } = await promote(sandbox);
  assert.deepEqual([report.outcome, report.failure?.rule], ['config-fatal', 'gate-installs-otherwise'], told(end));
  assert.match(report.failure?.remedy ?? '', /push that to the target yourself, then rebase the branch$/);
  assert.match(
    report.failure?.tail ?? '',
    /policy\/promote\.json runs "npm ci", but the lockfile here is pnpm-lock\.yaml/,
  );
  assert.equal((await promote(sandbox)).report.outcome, 'quarantined', 'not tried again');
  await pushAsSomebodyElse(sandbox, 'the gate, corrected');
  assert.equal((await promote(sandbox)).report.failure?.rule, 'not-fast-forward', 'a moved target frees it');
  const merging = await gateOfNpm(t, 'pnpm-lock.yaml', { strategy: 'merge' });
  await commitFile(merging, 'work.txt', 'work\n');
  assert.match((await promote(merging)).report.failure?.remedy ?? '', /push that to the target yourself$/);
});

test('a branch that takes the lockfile of the gate away is told to put it back, not to push round the gate', async (t) => {
  const sandbox = await gateOfNpm(t, 'package-lock.json');
  await sandbox.git('rm', '--quiet', 'package-lock.json');
  await commitFile(sandbox, 'pnpm-lock.yaml', "lockfileVersion: '9.0'\n");
  const { report, ...end } = await promote(sandbox);
  assert.deepEqual([report.outcome, report.failure?.rule], ['blocked', 'candidate-doctor-red'], told(end));
  assert.match(report.failure?.remedy ?? '', /^put the lockfile back .* or ask a person to change the gate .* first$/);
  assert.match(report.failure?.tail ?? '', /runs "npm ci", but the lockfile here is pnpm-lock\.yaml/);
  await commitFile(sandbox, 'package.json', JSON.stringify({ dependencies: { gone: 'file:gone.tgz' } }));
  const both = (await promote(sandbox)).report.failure?.remedy;
  assert.match(both ?? '', /^put the lockfile back .* first; of the rest: npm run doctor on the branch/);
});

test('no manifest on the target is a matter of configuration, tried once and re-armed by the target alone', async (t) => {
  const sandbox = await sandboxFor(t);
  const empty = await sandbox.git('commit-tree', await sandbox.git('mktree'), '-m', 'before adoption');
  await sandbox.git('push', '--quiet', '--force', sandbox.remote, `${empty}:refs/heads/main`);
  const end = await promote(sandbox);
  assert.equal(end.exitCode, 78);
  assert.equal(end.report.failure?.rule, 'manifest-missing-on-target');
  const again = await promote(sandbox);
  assert.equal(again.report.outcome, 'quarantined');
  assert.equal(again.exitCode, 78);
  await sandbox.git('push', '--quiet', '--force', sandbox.remote, 'main:refs/heads/main');
  await commitFile(sandbox, 'work.txt', 'work\n');
  const cured = await promote(sandbox);
  assert.equal(cured.report.outcome, 'promoted', told(cured));
});

test('a remote that is not configured opens the circuit once; configuring it is noticed', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'work\n');
  await sandbox.git('remote', 'rename', 'origin', 'elsewhere');
  const end = await promote(sandbox);
  assert.equal(end.report.failure?.rule, 'remote-not-configured');
  assert.equal((await promote(sandbox)).report.outcome, 'quarantined');
  assert.equal(countOf(sandbox, 'promotion-begun'), 1);
  await sandbox.git('remote', 'rename', 'elsewhere', 'origin');
  assert.equal((await promote(sandbox)).report.outcome, 'promoted');
});

test('a gate that hangs is stopped with everything it has started', async (t) => {
  const hang = ['sh', '-c', 'setsid sleep 1000 & echo $! > "$SANDBOX/pid"; sleep 1000'];
  const policy = { prepare: [], qa: [{ name: 'hang', command: hang, timeoutSeconds: 1 }] };
  const sandbox = await sandboxFor(t, { 'policy/promote.json': JSON.stringify(policy) });
  await commitFile(sandbox, 'work.txt', 'work\n');
  const end = await promote(sandbox);
  assert.equal(end.report.failure?.rule, 'qa-timeout', told(end));
  const pid = Number(readFileSync(path.join(sandbox.directory, 'pid'), 'utf8'));
  assert.ok(isGone(pid), 'the process that left its group is gone too');
});

test('branch names with shell characters are names and nothing else', async (t) => {
  const sandbox = await sandboxFor(t);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell would expand it, and that is the point.
  const branch = 'agent/$(touch${IFS}pwned);`x`\'"-é';
  await sandbox.git('switch', '--quiet', '--create', branch);
  const head = await commitFile(sandbox, 'work.txt', 'work\n');
  const end = await promote(sandbox, '--branch', branch);
  assert.equal(end.report.outcome, 'promoted', told(end));
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), head);
  await assertNothingLeft(sandbox);
});

test('a detached HEAD and an unknown branch are refused with the command that helps', async (t) => {
  const sandbox = await sandboxFor(t);
  const unknown = await sandbox.loopbreaker('auto-promote', '--branch', 'nope');
  assert.equal(unknown.exitCode, 1);
  assert.match(unknown.stderr, /no local branch refs\/heads\/nope[\s\S]*to mend it/);
  await sandbox.git('checkout', '--quiet', '--detach');
  const detached = await sandbox.loopbreaker('auto-promote');
  assert.match(detached.stderr, /HEAD is detached/);
  assert.doesNotMatch(detached.stderr, /at .*\.ts:\d+/, 'no stack trace');
});

test('a QA program that does not exist is named, tried once, and a matter of configuration', async (t) => {
  const policy = { prepare: [], qa: [{ name: 'check', command: ['no-such-qa-tool'], timeoutSeconds: 60 }] };
  const sandbox = await sandboxFor(t, { 'policy/promote.json': JSON.stringify(policy) });
  await commitFile(sandbox, 'work.txt', 'work\n');
  const end = await promote(sandbox);
  assert.equal(end.exitCode, 78, told(end));
  assert.equal(end.report.failure?.rule, 'qa-tool-missing');
  assert.doesNotMatch(end.stderr, /\n\s+at /);
});

test('a tracked .gitignore in the folder of worktrees stays where it is', async (t) => {
  const sandbox = await sandboxFor(t, { 'loop/tmp-wt/.gitignore': '*\n!.gitignore\n' });
  await commitFile(sandbox, 'work.txt', 'work\n');
  const end = await promote(sandbox);
  assert.equal(end.report.outcome, 'promoted', told(end));
  assert.equal(await sandbox.git('status', '--porcelain'), '');
});

test('an argument without a name is refused instead of ignored', async (t) => {
  const sandbox = await sandboxFor(t);
  const end = await sandbox.loopbreaker('auto-promote', 'agent/other');
  assert.equal(end.exitCode, 2, told(end));
  assert.match(end.stderr, /does not take the argument "agent\/other"/);
});

test('--sha takes a short sha of the branch, and refuses one that the branch does not hold', async (t) => {
  const sandbox = await sandboxFor(t);
  const head = await commitFile(sandbox, 'work.txt', 'work\n');
  await commitFile(sandbox, 'later.txt', 'not to be landed\n');
  const unknown = await sandbox.loopbreaker('auto-promote', '--sha', '0123456789012345678901234567890123456789');
  assert.equal(unknown.exitCode, 1, told(unknown));
  const end = await promote(sandbox, '--sha', head.slice(0, 10));
  assert.equal(end.report.outcome, 'promoted', told(end));
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), head);
});

test('a correction that is pushed to the target as told is noticed', async (t) => {
  const sandbox = await sandboxFor(t, {
    'policy/promote.json': JSON.stringify({ prepare: [], qa: [], strategy: 'merge' }),
  });
  await commitFile(sandbox, 'work.txt', 'work\n');
  await sandbox.git('config', 'commit.gpgSign', 'true');
  const end = await promote(sandbox);
  assert.equal(end.report.failure?.rule, 'signing-required', told(end));
  const unsigned = ['-c', 'commit.gpgSign=false'];
  await sandbox.git('switch', '--quiet', 'main');
  sandbox.write('policy/promote.json', JSON.stringify({ prepare: [], qa: [] }));
  await sandbox.git(...unsigned, 'commit', '--quiet', '--all', '--message=ff-only');
  await sandbox.git('push', '--quiet', 'origin', 'main');
  await sandbox.git('switch', '--quiet', 'agent/work');
  await sandbox.git(...unsigned, 'rebase', '--quiet', 'main');
  const cured = await promote(sandbox);
  assert.equal(cured.report.outcome, 'promoted', told(cured));
});
