/** What the QA gate remembers, and what its commands must leave alone. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { findGit, openGit } from '../scripts/effects/git.ts';
import { openUnpinnedPackages } from '../scripts/effects/package-files.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { cleanEnvironment, makeRepository } from './helpers/repository.ts';
import {
  assertNothingLeft,
  commitFile,
  commitLines,
  countOf,
  journalOf,
  loopbreakerWith,
  sandboxFor,
  told,
} from './helpers/sandbox.ts';
import { promote } from './helpers/strategies.ts';

/** A sandbox whose gate notes each run and then does these shell lines. */
function gateSandbox(t: TestContext, lines: string, more: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
  const command = ['sh', '-c', `echo ran >> "$SANDBOX/gate-ran"; ${lines}`];
  const policy = { prepare: [], qa: [{ name: 'check', command, timeoutSeconds: 60 }] };
  return sandboxFor(t, { 'policy/promote.json': JSON.stringify(policy), ...more });
}

function runsOf(sandbox: Sandbox): number {
  return readFileSync(path.join(sandbox.directory, 'gate-ran'), 'utf8').trimEnd().split('\n').length;
}

test('a pass is remembered: the gate does not run again for the same tree, commands and packages', async (t) => {
  const sandbox = await gateSandbox(t, ':');
  await commitFile(sandbox, 'work.txt', 'work\n');
  const hook = path.join(sandbox.remote, 'hooks', 'pre-receive');
  writeFileSync(hook, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const refused = await promote(sandbox);
  assert.equal(refused.report.failure?.phase, 'push', told(refused));
  rmSync(hook);
  await sandbox.loopbreaker('clear', 'agent/work', '--why', 'the server takes it now');
  const landed = await promote(sandbox);
  assert.equal(landed.report.outcome, 'promoted', told(landed));
  assert.equal(runsOf(sandbox), 1);
});

test('packages that no tree pins are part of the key of a pass; what the user’s checkout has of a pinned one is not', async (t) => {
  const repository = makeRepository(t);
  const lockfile = { 'package-lock.json': '{"lockfileVersion": 3}' };
  repository.write({ '.gitignore': 'yarn.lock\nnode_modules\n', ...lockfile });
  repository.commit('pinned');
  const tree = repository.git('rev-parse', 'HEAD^{tree}');
  const runGit = openGit(repository.directory, cleanEnvironment());
  const places = { root: repository.directory, below: path.join(repository.directory, 'loop/tmp-wt') };
  const ask = () => openUnpinnedPackages(places, runGit)(tree);
  const first = await ask();
  assert.equal(await ask(), first, 'the same packages, the same key');
  repository.write({ 'package-lock.json': '{"lockfileVersion": 3, "edited": true}' });
  assert.equal(await ask(), first, 'the tree pins it');
  repository.write({ 'yarn.lock': 'ignored 1' });
  const second = await ask();
  assert.notEqual(second, first);
  repository.write({ 'yarn.lock': 'ignored 2' });
  const third = await ask();
  assert.notEqual(third, second);
  repository.write({ 'pnpm-lock.yaml': 'untracked' });
  const fourth = await ask();
  assert.notEqual(fourth, third);
  repository.write({ 'node_modules/.package-lock.json': '{"packages": {}}' });
  assert.notEqual(await ask(), fourth, 'a checkout below the work tree resolves what is installed there');
});

test('the same tree that was red and is green is told as a flake, in the result, the journal and the status', async (t) => {
  const sandbox = await gateSandbox(t, '[ -e "$SANDBOX/green" ] || { echo no luck; exit 1; }');
  await commitFile(sandbox, 'work.txt', 'work\n');
  const red = await promote(sandbox);
  assert.equal(red.report.failure?.rule, 'qa-red', told(red));
  assert.equal(red.report.flake, undefined);
  assert.equal(countOf(sandbox, 'flake'), 0);
  writeFileSync(path.join(sandbox.directory, 'green'), '');
  await sandbox.loopbreaker('clear', 'agent/work', '--why', 'it was bad luck');
  const green = await promote(sandbox);
  assert.equal(green.report.outcome, 'promoted', told(green));
  assert.equal(green.report.flake?.command, 'check');
  assert.equal(countOf(sandbox, 'flake'), 1);
  assert.match(journalOf(sandbox).find(({ event }) => event === 'flake')?.why ?? '', /cannot be relied on/);
  const status = await sandbox.loopbreaker('status', '--json');
  const shown = JSON.parse(status.stdout);
  assert.deepEqual(validateDocument('status-output', shown, 'stdout'), []);
  assert.deepEqual(shown.flakes, [green.report.flake]);
  assert.match((await sandbox.loopbreaker('status')).stdout, /flaky gate\n {2}"check" failed at/);
  await assertNothingLeft(sandbox);
});

test('a gate that could not run says nothing about the tree, so a pass after it is no flake', async (t) => {
  const sandbox = await gateSandbox(t, '[ -e "$SANDBOX/green" ] || exit 127');
  await commitFile(sandbox, 'work.txt', 'work\n');
  assert.equal((await promote(sandbox)).report.failure?.rule, 'qa-tool-missing');
  writeFileSync(path.join(sandbox.directory, 'green'), '');
  await sandbox.loopbreaker('clear', 'promote', '--why', 'it is installed now');
  const green = await promote(sandbox);
  assert.equal(green.report.outcome, 'promoted', told(green));
  assert.equal(green.report.flake, undefined);
});

/** Types the first command of a remedy as a person does. */
function typeIn(sandbox: Sandbox, remedy: string): void {
  const [command = ''] = remedy.split(' puts it back.');
  const typed = spawnSync('sh', ['-c', command], { cwd: sandbox.clone, encoding: 'utf8' });
  assert.equal(typed.status, 0, `${command}\n${typed.stderr}`);
}

/** What a gate does to the repository around it, what is told of it, and the file below .git that it is about. */
const sideEffects: readonly {
  readonly lines: string;
  readonly told: RegExp;
  readonly file: string;
}[] = [
  { lines: 'git config user.name x', told: /\.git\/config \(user\.name\)/, file: 'config' },
  // As husky's prepare does it.
  { lines: 'git config core.hooksPath .husky/_', told: /\.git\/config \(core\.hookspath\)/, file: 'config' },
  { lines: 'git config user.name x; echo red; exit 1', told: /user\.name/, file: 'config' },
  {
    lines: 'printf "[core]\\n\\tbare = true\\n" > "$(git rev-parse --git-common-dir)/config.worktree"',
    told: /config\.worktree \(core\.bare\), which was not there/,
    file: 'config.worktree',
  },
  {
    lines: 'echo "exit 1" > "$(git rev-parse --git-common-dir)/hooks/commit-msg"',
    told: /commit-msg, which was not there \(put back; what it had become is kept in .*gate-hook-commit-msg\)/,
    file: 'hooks/commit-msg',
  },
  {
    lines: 'rm "$(git rev-parse --git-common-dir)/hooks/pre-commit"',
    told: /\.git\/hooks\/pre-commit/,
    file: 'hooks/pre-commit',
  },
  {
    lines: 'echo "exit 1" >> "$(git rev-parse --git-common-dir)/hooks/pre-commit"',
    told: /\.git\/hooks\/pre-commit/,
    file: 'hooks/pre-commit',
  },
];

test('a gate command that changes the repository around it is no pass, and what is printed puts it back', async (t) => {
  const sandbox = await gateSandbox(t, '. "$SANDBOX/effect"');
  const hook = path.join(sandbox.clone, '.git', 'hooks', 'pre-commit');
  writeFileSync(hook, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  const main = await sandbox.remoteGit('rev-parse', 'main');
  for (const [index, effect] of sideEffects.entries()) {
    const file = path.join(sandbox.clone, '.git', effect.file);
    const look = () => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? null : [readFileSync(file, 'hex'), stat.mode];
    };
    const before = look();
    writeFileSync(path.join(sandbox.directory, 'effect'), effect.lines);
    await commitFile(sandbox, 'work.txt', `work ${index}\n`);
    const end = await promote(sandbox);
    assert.equal(end.exitCode, 1, told(end));
    const { rule = '', problem = '', remedy = '', class: failureClass } = end.report.failure ?? {};
    assert.deepEqual([rule, failureClass], ['gate-changed-repository', 'policy-terminal']);
    assert.match(problem, effect.told);
    if (effect.file.startsWith('hooks/')) assert.match(problem, / \(put back/);
    else {
      assert.notDeepEqual(look(), before, 'we do not write the user’s settings ourselves');
      typeIn(sandbox, remedy);
    }
    assert.deepEqual(look(), before, effect.lines);
  }
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), main, 'nothing landed');
});

test('what a hook tool installs while QA’s packages are installed does not reach the hooks of the repository', async (t) => {
  // As lefthook and simple-git-hooks do it.
  const lefthook = 'echo lefthook > "$(git rev-parse --git-path hooks)/pre-commit"';
  const simple =
    '[ "$SKIP_INSTALL_SIMPLE_GIT_HOOKS" = 1 ] || echo simple > "$(git rev-parse --git-common-dir)/hooks/pre-push"';
  const qa = [{ name: 'check', command: ['sh', '-c', '! git config core.hooksPath'], timeoutSeconds: 60 }];
  const policy = {
    prepare: [
      ['sh', '-c', lefthook],
      ['sh', '-c', simple],
    ],
    qa,
  };
  const sandbox = await sandboxFor(t, { 'policy/promote.json': JSON.stringify(policy), 'lefthook.yml': '' });
  const hooks = path.join(sandbox.clone, '.git', 'hooks');
  writeFileSync(path.join(hooks, 'pre-commit'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  await commitFile(sandbox, 'work.txt', 'work\n');
  const end = await promote(sandbox);
  assert.equal(end.report.outcome, 'promoted', told(end));
  assert.equal(readFileSync(path.join(hooks, 'pre-commit'), 'utf8'), '#!/bin/sh\nexit 0\n');
});

test('settings that git cannot read any more are told at once, with the command that brings them back', async (t) => {
  const sandbox = await gateSandbox(t, 'echo "[" >> "$(git rev-parse --git-common-dir)/config"');
  const config = path.join(sandbox.clone, '.git', 'config');
  const before = readFileSync(config, 'utf8');
  await commitFile(sandbox, 'work.txt', 'work\n');
  const end = await sandbox.loopbreaker('auto-promote');
  assert.equal(end.exitCode, 78, told(end));
  assert.match(end.stderr, /"check" ran, this changed: \.git\/config, which git cannot read any more/);
  assert.doesNotMatch(end.stderr, /at .*\.ts:\d+/, 'no stack trace');
  typeIn(sandbox, /to mend it: (.*)/.exec(end.stderr)?.[1] ?? '');
  assert.equal(readFileSync(config, 'utf8'), before);
});

test('a gate that changes tracked files of its checkout has judged something else; untracked ones are its own business', async (t) => {
  // What git notes of a branch in another worktree meanwhile is nobody's fault either.
  const noted = 'git config branch.other.remote origin';
  const sandbox = await gateSandbox(
    t,
    `${noted}; echo built > built.txt; [ ! -e work.txt ] || echo formatted > work.txt`,
  );
  await commitFile(sandbox, 'work.txt', 'work\n');
  const end = await promote(sandbox);
  assert.equal(end.exitCode, 1, told(end));
  assert.equal(end.report.failure?.rule, 'gate-changed-tree');
  assert.match(end.report.failure?.problem ?? '', /Changed: work\.txt\.$/);
  await sandbox.git('rm', '--quiet', 'work.txt');
  await commitFile(sandbox, 'other.txt', 'other\n');
  const green = await promote(sandbox);
  assert.equal(green.report.outcome, 'promoted', told(green));
});

test('ff-only without a QA command lands the branch head without any checkout', async (t) => {
  const sandbox = await sandboxFor(t, { 'policy/promote.json': JSON.stringify({ prepare: [], qa: [] }) });
  const trace = path.join(sandbox.directory, 'trace');
  const head = await commitFile(sandbox, 'work.txt', 'work\n');
  const shim = path.join(sandbox.directory, 'shim');
  mkdirSync(shim);
  const lines = ['#!/bin/sh', `echo "git $*" >> '${trace}'`, `exec '${findGit(sandbox.env, sandbox.clone)}' "$@"`];
  writeFileSync(path.join(shim, 'git'), `${lines.join('\n')}\n`, { mode: 0o755 });
  sandbox.env.PATH = `${shim}:${sandbox.env.PATH ?? ''}`;
  const end = await promote(sandbox);
  assert.equal(end.report.outcome, 'promoted', told(end));
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), head);
  const asked = readFileSync(trace, 'utf8');
  assert.match(asked, /git .*push/, 'the trace tells');
  assert.doesNotMatch(asked, / worktree (add|remove)| checkout | merge-tree | read-tree /);
});

test('the certificates that a person behind a proxy names reach the agent and the gate', async (t) => {
  const note = 'echo "$NODE_EXTRA_CA_CERTS" >> "$SANDBOX/told"';
  const qa = [{ name: 'check', command: ['sh', '-c', note], timeoutSeconds: 60 }];
  const sandbox = await sandboxFor(t, { 'policy/promote.json': JSON.stringify({ prepare: [], qa }) });
  const file = path.join(sandbox.directory, 'ca.pem');
  writeFileSync(file, '');
  sandbox.plan([{ run: [note, ...commitLines('work.txt')], claim: true }]);
  const end = await loopbreakerWith(sandbox, { NODE_EXTRA_CA_CERTS: file }, 'loop');
  assert.equal(end.exitCode, 0, told(end));
  assert.equal(readFileSync(path.join(sandbox.directory, 'told'), 'utf8'), `${file}\n${file}\n`);
});
