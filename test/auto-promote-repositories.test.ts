/** Repositories that are not the ordinary kind: each promotes, or says in a sentence why not. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { executeDirectly } from '../scripts/effects/process.ts';
import type { PromotionReport } from '../scripts/report/promotion.ts';
import { commitFile, controllerOf, loopbreakerWith, sandboxFor, told } from './helpers/sandbox.ts';

async function promote(sandbox: Sandbox, extra: Readonly<Record<string, string>> = {}) {
  const end = await loopbreakerWith(sandbox, extra, 'auto-promote', '--json');
  assert.match(end.stdout, /^\{/, told(end));
  const report: PromotionReport = JSON.parse(end.stdout);
  return { ...end, report };
}

/** git as a person would call it, with the repository's own settings. */
async function gitOf(sandbox: Sandbox, args: readonly string[], cwd = sandbox.clone): Promise<string> {
  const end = await executeDirectly({ argv: ['git', ...args], cwd, env: sandbox.env });
  assert.equal(end.exitCode, 0, `git ${args.join(' ')}: ${end.stderr}`);
  return end.stdout.trim();
}

/** Puts another clone in the place of the sandbox's own, on branch agent/work. */
async function replaceClone(sandbox: Sandbox, ...options: readonly string[]): Promise<void> {
  const old = path.join(sandbox.directory, 'old');
  renameSync(sandbox.clone, old);
  await gitOf(sandbox, ['clone', '--quiet', ...options, `file://${sandbox.remote}`, sandbox.clone], old);
  symlinkSync(path.join(old, 'node_modules'), path.join(sandbox.clone, 'node_modules'));
  await gitOf(sandbox, ['switch', '--quiet', '--create', 'agent/work']);
}

async function promotes(sandbox: Sandbox, text = 'work', extra: Readonly<Record<string, string>> = {}): Promise<void> {
  const head = await commitFile(sandbox, 'work.txt', `${text}\n`);
  const end = await promote(sandbox, extra);
  assert.equal(end.report.outcome, 'promoted', told(end));
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), head);
}

test('a branch that keeps files in git-lfs is refused once, with what to do', async (t) => {
  const sandbox = await sandboxFor(t);
  mkdirSync(path.join(sandbox.clone, 'art'));
  await commitFile(sandbox, 'art/.gitattributes', '# pictures\n*.psd filter=lfs diff=lfs merge=lfs -text\n');
  const end = await promote(sandbox);
  assert.equal(end.exitCode, 78, told(end));
  assert.equal(end.report.failure?.rule, 'lfs-unsupported');
  assert.match(end.report.why, /art\/\.gitattributes/);
  assert.equal(controllerOf(sandbox).circuits.promote.state, 'open');
});

test('attributes that only speak of lfs are no lfs', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, '.gitattributes', '# *.psd filter=lfs\n*.txt text filter=lfsx\n');
  await promotes(sandbox);
});

test('a candidate with submodules is refused where QA would miss them, and lands where there is no QA', async (t) => {
  const sandbox = await sandboxFor(t);
  const main = await sandbox.git('rev-parse', 'main');
  await sandbox.git('update-index', '--add', '--cacheinfo', `160000,${main},library`);
  await sandbox.git('commit', '--quiet', '--message=a submodule');
  const end = await promote(sandbox);
  assert.equal(end.exitCode, 78, told(end));
  assert.equal(end.report.failure?.rule, 'submodules-unsupported');
  assert.match(end.report.why, /library/);
  const without = await sandboxFor(t, { 'policy/promote.json': JSON.stringify({ prepare: [], qa: [] }) });
  await without.git('update-index', '--add', '--cacheinfo', `160000,${main},library`);
  await promotes(without);
});

test('QA sees every file although the person checked out only some of them', async (t) => {
  const check = "import { existsSync } from 'node:fs';\nprocess.exit(existsSync('docs/hidden.md') ? 0 : 1);\n";
  const sandbox = await sandboxFor(t, { 'docs/hidden.md': 'x\n', 'check.mjs': check });
  for (const cone of ['--cone', '--no-cone']) {
    const shown = cone === '--cone' ? [...sandbox.program.folders, 'policy'] : ['/*', '!/docs/'];
    await gitOf(sandbox, ['sparse-checkout', 'set', cone, ...shown]);
    assert.throws(() => readFileSync(path.join(sandbox.clone, 'docs/hidden.md')), { code: 'ENOENT' });
    await promotes(sandbox, cone);
  }
});

test('nobody’s name is needed to promote by fast-forward, and no signing key', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'other.txt', 'x\n');
  await sandbox.git('config', 'user.useConfigOnly', 'true');
  await sandbox.git('config', 'commit.gpgSign', 'true');
  await sandbox.git('config', 'gpg.program', '/bin/false');
  const nobody = { GIT_AUTHOR_NAME: '', GIT_AUTHOR_EMAIL: '', GIT_COMMITTER_NAME: '', GIT_COMMITTER_EMAIL: '' };
  const end = await promote(sandbox, nobody);
  assert.equal(end.report.outcome, 'promoted', told(end));
});

test('a shallow clone promotes while the target is in sight, and else names the command that mends it', async (t) => {
  const sandbox = await sandboxFor(t);
  await replaceClone(sandbox, '--depth=1');
  await promotes(sandbox);
  // Somebody else goes on from there, and the branch is started anew from a cut-off history of before.
  await sandbox.git('switch', '--quiet', '--orphan', 'elsewhere');
  await gitOf(sandbox, ['checkout', '--quiet', 'agent/work', '--', '.']);
  await sandbox.git('commit', '--quiet', '--message=another beginning');
  const end = await promote(sandbox);
  assert.equal(end.report.failure?.rule, 'shallow-clone', told(end));
  assert.match(end.report.failure?.remedy ?? '', /^git fetch --unshallow origin$/);
  await gitOf(sandbox, (end.report.failure?.remedy ?? '').split(' ').slice(1));
  assert.equal(await sandbox.git('rev-parse', '--is-shallow-repository'), 'false');
});

test('a partial clone promotes, and one whose remote names a program of its own is refused', async (t) => {
  const sandbox = await sandboxFor(t);
  await sandbox.remoteGit('config', 'uploadpack.allowFilter', 'true');
  await replaceClone(sandbox, '--filter=blob:none');
  await promotes(sandbox);
  await commitFile(sandbox, 'more.txt', 'x\n');
  await sandbox.git('config', 'remote.origin.uploadpack', 'evil');
  const end = await promote(sandbox);
  assert.equal(end.report.failure?.rule, 'push-redirected', told(end));
});

test('line endings that the person has converted are no change of what is tested and pushed', async (t) => {
  const sandbox = await sandboxFor(t);
  await sandbox.git('config', 'core.autocrlf', 'true');
  await promotes(sandbox);
  assert.equal(await sandbox.remoteGit('cat-file', 'blob', 'main:work.txt'), 'work');
});

test('a worktree of a bare repository promotes', async (t) => {
  const sandbox = await sandboxFor(t);
  const bare = path.join(sandbox.directory, 'bare.git');
  const old = path.join(sandbox.directory, 'old');
  renameSync(sandbox.clone, old);
  await gitOf(sandbox, ['clone', '--quiet', '--bare', sandbox.remote, bare], old);
  await gitOf(sandbox, ['worktree', 'add', '--quiet', '-b', 'agent/work', sandbox.clone, 'main'], bare);
  symlinkSync(path.join(old, 'node_modules'), path.join(sandbox.clone, 'node_modules'));
  await promotes(sandbox);
});

test('a clone that borrows objects promotes', async (t) => {
  const sandbox = await sandboxFor(t);
  await replaceClone(sandbox, '--reference', path.join(sandbox.directory, 'remote.git'));
  await promotes(sandbox);
});

test('a repository of sha256 promotes', async (t) => {
  const sandbox = await sandboxFor(t);
  const files = await sandbox.git('ls-files');
  renameSync(path.join(sandbox.clone, '.git'), path.join(sandbox.directory, 'old.git'));
  renameSync(sandbox.remote, path.join(sandbox.directory, 'old-remote.git'));
  await gitOf(sandbox, ['init', '--quiet', '--bare', '--object-format=sha256', '-b', 'main', sandbox.remote], '/');
  await gitOf(sandbox, ['init', '--quiet', '--object-format=sha256', '-b', 'main']);
  await gitOf(sandbox, ['add', '--', ...files.split('\n')]);
  await gitOf(sandbox, ['commit', '--quiet', '--message=adopt']);
  await gitOf(sandbox, ['remote', 'add', 'origin', sandbox.remote]);
  await gitOf(sandbox, ['push', '--quiet', 'origin', 'main']);
  await gitOf(sandbox, ['switch', '--quiet', '--create', 'agent/work']);
  await promotes(sandbox);
});

/** Settings that send a push of origin elsewhere, for the URL of the remote and that of a thief. */
const redirections: Readonly<Record<string, (url: string, thief: string) => readonly [string, string]>> = {
  pushInsteadOf: (url, thief) => [`url.${thief}.pushInsteadOf`, url],
  insteadOf: (url, thief) => [`url.${thief}.insteadOf`, url.slice(0, -3)],
  'a remote named like the URL': (url, thief) => [`remote.${url}.pushurl`, thief],
};

for (const [name, settingOf] of Object.entries(redirections)) {
  test(`a push that ${name} would send elsewhere is refused, and the printed command mends it`, async (t) => {
    const sandbox = await sandboxFor(t);
    const thief = path.join(sandbox.directory, 'thief.git');
    await gitOf(sandbox, ['clone', '--quiet', '--bare', sandbox.remote, thief]);
    await sandbox.git('config', ...settingOf(sandbox.remote, thief));
    await commitFile(sandbox, 'work.txt', 'work\n');
    const end = await promote(sandbox);
    assert.equal(end.report.failure?.rule, 'push-redirected', told(end));
    assert.equal(end.exitCode, 78);
    const command = (end.report.failure?.remedy ?? '').split(', if it')[0] ?? '';
    const typed = await executeDirectly({ argv: ['sh', '-c', command], cwd: sandbox.clone, env: sandbox.env });
    assert.equal(typed.exitCode, 0, `${command}: ${typed.stderr}`);
    await sandbox.loopbreaker('clear', 'promote', '--why', 'unset');
    const cured = await promote(sandbox);
    assert.equal(cured.report.outcome, 'promoted', told(cured));
    assert.notEqual(await gitOf(sandbox, ['rev-parse', 'main'], thief), await sandbox.git('rev-parse', 'HEAD'));
  });
}

test('a rewriting that the person made for all repositories is applied once and is the same in every step', async (t) => {
  const sandbox = await sandboxFor(t);
  const home = path.join(sandbox.directory, 'gitconfig');
  // Applied again to its own result it would lead nowhere.
  const lines = [`[url "${sandbox.directory}/"]`, '\tinsteadOf = short:', '[url "nowhere:"]', '\tinsteadOf = /'];
  writeFileSync(home, `${lines.join('\n')}\n`);
  await sandbox.git('remote', 'set-url', 'origin', 'short:remote.git');
  await promotes(sandbox, 'work', { GIT_CONFIG_GLOBAL: home });
});

for (const url of [
  'ext::sh -c evil',
  '--upload-pack=touch evil',
  '-oProxyCommand=touch evil',
  'ssh://-oProxyCommand=touch/x',
]) {
  test(`the remote "${url}" is a failure that runs nothing`, async (t) => {
    const sandbox = await sandboxFor(t);
    await commitFile(sandbox, 'work.txt', 'work\n');
    await sandbox.git('config', 'protocol.ext.allow', 'always');
    await sandbox.git('config', 'remote.origin.url', url.replace('evil', `${sandbox.directory}/evil`));
    const end = await promote(sandbox);
    assert.notEqual(end.exitCode, 0);
    assert.notEqual(end.exitCode, 3, told(end));
    assert.throws(() => readFileSync(path.join(sandbox.directory, 'evil')), { code: 'ENOENT' });
    t.diagnostic(`${end.exitCode} ${end.report.failure?.rule}: ${end.report.why}`);
  });
}
