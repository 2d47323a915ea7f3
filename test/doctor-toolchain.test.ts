import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { toolchain } from '../scripts/checks/toolchain.ts';
import { installedDifference, readLockfile } from '../scripts/core/lockfile.ts';
import { resultWith } from './helpers/machine.ts';
import { examine, findingsOf, makeProject, manifestWith } from './helpers/project.ts';
import { cleanEnvironment, type Repository, temporaryDirectory } from './helpers/repository.ts';

const only = ['toolchain'];

type Json = Readonly<Record<string, unknown>>;

interface Owner {
  after(dispose: () => void): void;
}

const base = { name: 'it', version: '1.0.0', type: 'module' };

function lockOf(root: Json, packages: Json): string {
  return JSON.stringify({
    name: 'it',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, ...packages },
  });
}

/** A project with one dependency, locked and installed, as npm leaves it. */
function installedProject(t: Owner, files: Readonly<Record<string, string>> = {}): Repository {
  const root = { ...base, dependencies: { one: '^1.2.0' }, devDependencies: { two: '2.x' } };
  const packages = { 'node_modules/one': { version: '1.4.0' }, 'node_modules/two': { version: '2.1.0', dev: true } };
  const project = makeProject(t, {
    '.gitignore': 'node_modules/\n',
    'package.json': JSON.stringify(root),
    'package-lock.json': lockOf(root, packages),
    ...files,
  });
  project.write({
    'node_modules/.package-lock.json': JSON.stringify({ lockfileVersion: 3, packages }),
    'node_modules/one/package.json': '{ "name": "one", "version": "1.4.0" }',
    'node_modules/two/package.json': '{ "name": "two", "version": "2.1.0" }',
  });
  return project;
}

async function found(
  repository: Repository,
  tree = 'worktree',
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const result = await examine(repository, tree, only, env);
  return findingsOf(result, 'toolchain').map((one) => `${one.severity} ${one.code} ${one.path}`);
}

test('a project whose packages are those of its lockfile is fine, in all trees', async (t) => {
  const project = installedProject(t);
  for (const tree of ['worktree', 'index', 'HEAD']) assert.deepEqual(await found(project, tree), [], tree);
});

test('a tool of the wrong version, a missing one and an unreadable range are told apart', async (t) => {
  const manifest = manifestWith({ tools: { node: '>=99', git: '>=2', 'no-such-tool': '>=1', npm: 'newest' } });
  const project = makeProject(t, { 'runtime-manifest.json': manifest });
  const findings = findingsOf(await examine(project, 'worktree', only), 'toolchain');
  assert.deepEqual(
    findings.map((one) => one.code),
    ['tool-range-unreadable', 'tool-version', 'tool-missing'],
  );
  assert.match(findings[1]?.problem ?? '', /^node is \d+\.\d+\.\d+ here; runtime-manifest\.json asks for >=99\.$/);
  assert(findings.every((one) => one.path === 'runtime-manifest.json' && (one.line ?? 0) > 1));
  assert.deepEqual(
    await found(project, 'HEAD'),
    ['error tool-range-unreadable runtime-manifest.json'],
    'tools are not part of a commit',
  );
});

test('a tool is asked for its version in a way that runs nothing of the repository', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ tools: { './evil': '>=1', mytool: '^3.1' } }),
    evil: '#!/bin/sh\ntouch ran\n',
  });
  chmodSync(path.join(project.directory, 'evil'), 0o755);
  const bin = temporaryDirectory(t);
  execFileSync('sh', [
    '-c',
    `printf '#!/bin/sh\\necho mytool version 3.0.9\\n' > ${bin}/mytool; chmod +x ${bin}/mytool`,
  ]);
  const PATH = `${bin}:${process.env.PATH}`;
  assert.deepEqual(await found(project, 'worktree', { PATH }), ['error tool-version runtime-manifest.json']);
  assert.throws(() => execFileSync('ls', [path.join(project.directory, 'ran')], { stdio: 'pipe' }));
});

test('a tool that tells no version, and a machine that cannot be asked, are unknown', async (t) => {
  const project = makeProject(t, { 'runtime-manifest.json': manifestWith({ tools: { node: '>=1' } }) });
  const mute = await resultWith(project, toolchain, {
    toolVersion: () => Promise.resolve({ kind: 'unreadable', why: 'node --version told no version' }),
  });
  assert.deepEqual([mute.status, mute.reason], ['unknown', 'node --version told no version']);
  const thrown = await resultWith(project, toolchain, { toolVersion: () => Promise.reject(new Error('no process')) });
  assert.equal(thrown.status, 'unknown');
});

test('"engines" are only a warning, and the contract must not let in what they shut out', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ tools: { node: '>=18' } }),
    'package.json': JSON.stringify({
      ...base,
      engines: { node: '>=20', npm: '>=99', pnpm: '>=99', yarn: 'please-use-npm', bun: '1 or later' },
    }),
  });
  assert.deepEqual(await found(project), [
    'warning tool-range-unreadable package.json',
    'warning tool-version package.json',
    'warning engines-disagree runtime-manifest.json',
  ]);
  project.write({
    'runtime-manifest.json': manifestWith({ tools: { node: '>=20.19' } }),
    'package.json': JSON.stringify({ ...base, engines: { node: '>=20' } }),
  });
  assert.deepEqual(await found(project), [], 'a narrower contract is a choice');
});

test('package.json that asks for more than the lockfile gives is an error in the very commit that does it', async (t) => {
  const project = installedProject(t);
  project.write({ 'package.json': JSON.stringify({ ...base, dependencies: { one: '^2.0.0', three: '1' } }) });
  project.git('add', '-A');
  assert.deepEqual(await found(project, 'HEAD'), []);
  const [finding] = findingsOf(await examine(project, 'index', only), 'toolchain');
  assert.equal(finding?.code, 'lockfile-out-of-step');
  assert.match(finding.problem, /one is 1\.4\.0 in it, \^2\.0\.0 is asked for, three \(1\) is not in it/);
});

test('what npm ci accepts is no finding: another wording, an alias, a folder, an override, a left-over', async (t) => {
  const wanted = { one: '>=1.3', alias: 'npm:one@^1', folder: 'file:./folder', tag: 'latest', forced: '^1.0.0' };
  const packages = {
    'node_modules/one': { version: '1.4.0' },
    'node_modules/alias': { name: 'one', version: '1.4.0' },
    'node_modules/folder': { resolved: 'folder', link: true },
    'node_modules/tag': { version: '0.1.0-alpha' },
    'node_modules/forced': { version: '9.0.0' },
    'node_modules/left-over': { version: '1.0.0' },
    folder: { version: '1.0.0' },
  };
  const root = { ...base, dependencies: wanted, overrides: { forced: '9.0.0' }, peerDependencies: { peer: '*' } };
  const project = makeProject(t, {
    'package.json': JSON.stringify(root),
    'package-lock.json': lockOf({ ...base }, packages),
  });
  assert.deepEqual(await found(project, 'HEAD'), []);
});

test('a lockfile that is missing, not tracked, broken by a conflict, of npm 6 or of another manager', async (t) => {
  const project = installedProject(t);
  const lock = 'package-lock.json';
  project.write({ [lock]: '<<<<<<< HEAD\n{}\n' });
  assert.deepEqual(await found(project), [`error lockfile-unreadable ${lock}`]);
  project.write({ [lock]: JSON.stringify({ lockfileVersion: 1, dependencies: {} }) });
  assert.deepEqual(await found(project), [`note lockfile-not-read ${lock}`]);
  project.git('rm', '-q', '--cached', '-f', lock);
  const [unheld] = findingsOf(await examine(project, 'worktree', only), 'toolchain');
  assert.deepEqual([unheld?.code, unheld?.commands], ['lockfile-missing', [`git add ${lock}`]]);
  project.remove(lock);
  assert.deepEqual(await found(project), ['warning lockfile-missing package.json']);
  project.write({ '.npmrc': 'package-lock=false\n' });
  project.git('add', '-A');
  assert.deepEqual(await found(project), []);
  project.write({ 'yarn.lock': '' });
  project.git('add', '-A');
  assert.deepEqual(await found(project), ['note lockfile-not-read yarn.lock']);
});

test("what npm has left behind after a change of manager is taken out, not written anew, and npm's packages are not asked for", async (t) => {
  const root = { ...base, dependencies: { one: '^2.0.0' } };
  const pnpm = { 'package.json': JSON.stringify({ ...root, packageManager: 'pnpm@9.1.0' }) };
  const lockfile = { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" };
  const project = installedProject(t, { ...pnpm, ...lockfile });
  for (const tree of ['worktree', 'index', 'HEAD']) {
    const [finding, ...more] = findingsOf(await examine(project, tree, only), 'toolchain');
    assert.deepEqual([finding?.code, finding?.commands[0]], ['lockfile-out-of-step', 'git rm package-lock.json']);
    assert.match(finding?.remedy ?? '', /declares another package manager, and its pnpm-lock\.yaml is there$/);
    assert.deepEqual(more, []);
  }
  project.write({ 'package.json': JSON.stringify(root) });
  const [undeclared] = findingsOf(await examine(project, 'worktree', only), 'toolchain');
  assert.match(undeclared?.commands[0] ?? '', /^npm install --package-lock-only/, 'whose it is was not said');
  const packages = { 'node_modules/one': { version: '2.0.0' } };
  project.write({ ...pnpm, 'package-lock.json': lockOf(root, packages) });
  assert.deepEqual(await found(project), ['note lockfile-not-read pnpm-lock.yaml']);
});

test('a lockfile that lies there untracked is the one to add, whichever manager wrote it', async (t) => {
  const root = { ...base, dependencies: { one: '1' } };
  const project = makeProject(t, { 'package.json': JSON.stringify(root), '.gitignore': 'bun.lock\n' });
  const told = async (tree = 'worktree') =>
    findingsOf(await examine(project, tree, only), 'toolchain').map(({ code, problem, commands }) => {
      return [code, problem.split(':')[0], ...commands];
    });
  project.write({ 'bun.lock': '{}' });
  const [[code, problem, ...commands] = []] = await told();
  assert.deepEqual([code, commands], ['lockfile-missing', ['git add -f bun.lock']]);
  assert.match(problem ?? '', /^bun\.lock is on disk and is ignored \(\.gitignore$/);
  project.write({ 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" });
  const untracked = 'pnpm-lock.yaml is on disk and is not tracked';
  assert.deepEqual(await told(), [['lockfile-missing', untracked, 'git add pnpm-lock.yaml']]);
  assert.deepEqual((await told('HEAD'))[0]?.slice(0, 3), ['lockfile-missing', untracked, 'git add pnpm-lock.yaml']);
  project.write({ 'package.json': JSON.stringify({ ...root, packageManager: 'bun@1.2.0' }) });
  assert.deepEqual((await told())[0]?.slice(2), ['git add -f bun.lock'], 'the manager that package.json declares');
  project.git('add', '-f', 'bun.lock');
  assert.deepEqual(await told(), [
    ['lockfile-not-read', "bun.lock is not npm's, so it was not compared with package.json."],
  ]);
  project.git('rm', '-q', '-f', 'bun.lock');
  project.remove('pnpm-lock.yaml');
  assert.deepEqual((await told())[0]?.slice(2), [], 'npm writes none for a team that declares bun');
});

test('workspaces are compared one by one, wherever their packages are hoisted to', async (t) => {
  const root = { ...base, workspaces: ['packages/*'] };
  const packages = {
    'packages/a': { version: '1.0.0' },
    'packages/a/node_modules/one': { version: '2.0.0' },
    'node_modules/a': { resolved: 'packages/a', link: true },
    'node_modules/one': { version: '1.0.0' },
  };
  const project = makeProject(t, {
    'package.json': JSON.stringify(root),
    'packages/a/package.json': JSON.stringify({ name: 'a', dependencies: { one: '^2' } }),
    'package-lock.json': lockOf(root, packages),
  });
  assert.deepEqual(await found(project, 'HEAD'), []);
  project.write({ 'packages/b/package.json': JSON.stringify({ name: 'b' }) });
  project.commit();
  const [finding] = findingsOf(await examine(project, 'HEAD', only), 'toolchain');
  assert.match(finding?.problem ?? '', /the workspace packages\/b is not in it/);
  project.git('rm', '-qr', 'packages');
  assert.deepEqual(await found(project, 'index'), ['error lockfile-out-of-step package-lock.json']);
});

test('what is installed is compared with the lockfile: absent, older, removed by hand, unlisted', async (t) => {
  const project = installedProject(t);
  const modules = (packages: Json) =>
    project.write({ 'node_modules/.package-lock.json': JSON.stringify({ lockfileVersion: 3, packages }) });
  modules({
    'node_modules/one': { version: '1.3.0' },
    'node_modules/two': { version: '2.1.0', dev: true },
    'node_modules/six': { version: '6.0.0' },
  });
  const [differ, unlisted] = findingsOf(await examine(project, 'worktree', only), 'toolchain');
  assert.match(differ?.problem ?? '', /one 1\.3\.0 for 1\.4\.0/);
  assert.deepEqual([unlisted?.code, unlisted?.severity], ['packages-unlisted', 'warning']);
  modules({ 'node_modules/two': { version: '2.1.0', dev: true } });
  assert.deepEqual(await found(project), ['error packages-not-installed package-lock.json']);
  modules({ 'node_modules/one': { version: '1.4.0' } });
  assert.deepEqual(await found(project), [], 'npm ci --omit=dev');
  rmSync(path.join(project.directory, 'node_modules/one'), { recursive: true });
  assert.deepEqual(await found(project), ['error packages-not-installed package-lock.json']);
  rmSync(path.join(project.directory, 'node_modules'), { recursive: true });
  assert.deepEqual(await found(project), ['error packages-not-installed package-lock.json']);
  assert.deepEqual(await found(project, 'HEAD'), [], 'what is installed is not part of a commit');
});

test('without the note that npm leaves, the packages themselves are looked at; a nested worktree uses its parent', async (t) => {
  const project = installedProject(t);
  project.remove('node_modules/.package-lock.json');
  assert.deepEqual(await found(project), []);
  project.write({ 'node_modules/one/package.json': '{ "name": "one", "version": "1.1.0" }' });
  assert.deepEqual(await found(project), ['error packages-differ package-lock.json']);
  const outer = temporaryDirectory(t);
  const inner = path.join(outer, 'inner');
  project.git('worktree', 'add', '-q', '--detach', inner);
  const directory = { ...project, directory: inner };
  assert.deepEqual(await found(directory), ['error packages-not-installed package-lock.json']);
  project.write({ 'node_modules/one/package.json': '{ "name": "one", "version": "1.4.0" }' });
  symlinkSync(path.join(project.directory, 'node_modules'), path.join(outer, 'node_modules'));
  assert.deepEqual(await found(directory), []);
});

test("packages of other platforms may be absent, and npm's own additions are no difference", () => {
  const read = (packages: Json) => {
    const reading = readLockfile(JSON.stringify({ lockfileVersion: 3, packages }));
    return reading.kind === 'packages' ? reading.packages : new Map();
  };
  const locked = read({
    '': {},
    'packages/a': {},
    'node_modules/a': { link: true },
    'node_modules/darwin-only': { version: '1.0.0', optional: true },
    'node_modules/peer': { version: '1.0.0', peer: true },
  });
  assert.deepEqual(installedDifference(locked, read({ 'packages/a': {}, 'node_modules/a': { link: true } })), {
    missing: [],
    differing: [],
    unlisted: [],
  });
});

test('the lockfile that npm itself writes agrees, and the printed commands mend one that does not', async (t) => {
  const project = makeProject(t, { '.gitignore': 'node_modules/\n', 'package.json': JSON.stringify(base) });
  mkdirSync(path.join(project.directory, 'folder'));
  project.write({ 'folder/package.json': '{ "name": "folder", "version": "1.0.0" }' });
  project.write({ 'package.json': JSON.stringify({ ...base, dependencies: { folder: 'file:folder' } }) });
  const mend = async (): Promise<void> => {
    const env = cleanEnvironment({ npm_config_offline: 'true' });
    for (const { commands } of findingsOf(await examine(project, 'worktree', only), 'toolchain')) {
      for (const command of commands)
        execFileSync('sh', ['-c', command], { cwd: project.directory, env, stdio: 'pipe' });
    }
  };
  assert.deepEqual(await found(project), ['warning lockfile-missing package.json']);
  await mend();
  assert.deepEqual(await found(project), ['error packages-not-installed package-lock.json']);
  await mend();
  assert.deepEqual(await found(project), []);
  project.write({ 'other/package.json': '{ "name": "other", "version": "1.0.0" }' });
  project.write({
    'package.json': JSON.stringify({ ...base, dependencies: { folder: 'file:folder', other: 'file:other' } }),
  });
  assert.deepEqual(await found(project), ['error lockfile-out-of-step package-lock.json']);
  await mend();
  await mend();
  assert.deepEqual(await found(project), []);
});
