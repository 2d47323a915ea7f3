import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { callsHook } from '../scripts/core/hook-calls.ts';
import { hookFileCall, hookFileText } from '../scripts/core/hook-file.ts';
import { hookAttributes } from '../scripts/core/line-ends.ts';
import { readStateOf } from '../scripts/state-reading.ts';
import { cleanEnvironment, makeRepository, type Repository, temporaryDirectory } from './helpers/repository.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = 'node_modules/loopbreaker/bin/loopbreaker.js';
const install = 'pnpm install';

interface Owner {
  after(dispose: () => void): void;
}

/** A repository whose hooks call the hook file, with a program that writes down what it is asked and passes. */
function makeHooked(t: Owner): Repository {
  const repository = makeRepository(t, {
    files: {
      '.gitignore': 'node_modules\n',
      '.husky/loopbreaker': hookFileText({ programs: [program], install }),
      '.husky/pre-commit': `${hookFileCall('.husky', 'pre-commit')}\n`,
      [program]: 'console.log("PROGRAM", ...process.argv.slice(2));\n',
    },
  });
  const husky = path.join(root, 'node_modules/husky/bin.js');
  spawnSync('node', [husky], { cwd: repository.directory, env: cleanEnvironment() });
  repository.git('add', '-f', '.husky/_');
  repository.git('commit', '-q', '-m', 'hooks');
  return repository;
}

/** A commit with the hooks, in a worktree of it; what was said is in `output`. */
function commitIn(directory: string, env: NodeJS.ProcessEnv = {}) {
  const argv = ['commit', '-q', '--allow-empty', '-m', 'it'];
  const ended = spawnSync('git', argv, { cwd: directory, env: { ...cleanEnvironment(), ...env }, encoding: 'utf8' });
  return { exitCode: ended.status, output: `${ended.stdout}${ended.stderr}` };
}

test('the hook file of this repository is the one that init writes, and its hooks call it', () => {
  const own = readFileSync(path.join(root, '.husky/loopbreaker'), 'utf8');
  assert.equal(own, hookFileText({ programs: ['bin/loopbreaker.js'], install: 'npm ci' }));
  assert.equal(readFileSync(path.join(root, '.husky/.gitattributes'), 'utf8'), hookAttributes);
  for (const hook of ['pre-commit', 'pre-push']) {
    const text = readFileSync(path.join(root, '.husky', hook), 'utf8');
    assert.equal(text, `${hookFileCall('.husky', hook)}\n`);
    assert.equal(callsHook(text, hook, new Map()), true);
    assert.equal(callsHook(text, hook === 'pre-commit' ? 'pre-push' : 'pre-commit', new Map()), false);
  }
});

test('tracked generated files fire the hook in linked worktrees, after git clean and across a switch to before adoption', (t) => {
  const repository = makeHooked(t);
  const { directory } = repository;
  assert.match(commitIn(directory).output, /PROGRAM hook pre-commit/);
  const linked = path.join(temporaryDirectory(t), 'linked');
  repository.git('worktree', 'add', '-q', linked);
  assert.match(commitIn(linked).output, /PROGRAM hook pre-commit/, 'by the packages of the main worktree');
  repository.git('clean', '-fdxq', '-e', 'node_modules');
  assert.match(commitIn(directory).output, /PROGRAM hook pre-commit/);
  // Of three tracked files the others stay behind, and git checkout fails by a hook that finds no file h.
  repository.git('branch', 'before', 'HEAD~2^');
  repository.git('checkout', '-q', 'before');
  const before = commitIn(directory);
  assert.equal(before.exitCode, 0);
  assert.equal(before.output, '');
  spawnSync('node', [path.join(root, 'node_modules/husky/bin.js')], { cwd: directory, env: cleanEnvironment() });
  repository.git('checkout', '-q', 'main');
  assert.equal(repository.git('status', '--porcelain'), '');
  assert.match(commitIn(directory).output, /PROGRAM hook pre-commit/);
});

test('in a worktree of a bare clone without packages the commit is refused with the command that installs them', (t) => {
  const repository = makeHooked(t);
  const bare = temporaryDirectory(t);
  repository.git('clone', '-q', '--bare', '.', path.join(bare, 'it.git'));
  repository.git('-C', path.join(bare, 'it.git'), 'config', 'core.hooksPath', '.husky/_');
  repository.git('-C', path.join(bare, 'it.git'), 'worktree', 'add', '-q', path.join(bare, 'tree'), 'main');
  const person = Object.fromEntries(['AUTHOR', 'COMMITTER'].map((who) => [`GIT_${who}_EMAIL`, 'it@example.invalid']));
  const end = commitIn(path.join(bare, 'tree'), { ...person, GIT_AUTHOR_NAME: 'it', GIT_COMMITTER_NAME: 'it' });
  assert.equal(end.exitCode, 1);
  assert.match(end.output, /loopbreaker is not installed here .*\n {2}to mend it: pnpm install\n/);
});

test('without node on PATH the one of a version manager runs it, and without any it refuses in a sentence', (t) => {
  const { directory } = makeHooked(t);
  const [bin, home] = [temporaryDirectory(t), temporaryDirectory(t)];
  for (const tool of ['git', 'sh', 'dirname', 'basename', 'cat', 'env']) {
    const found = spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(found, path.join(bin, tool));
  }
  const env = { PATH: bin, HOME: home };
  const isInstalledForAll = ['/usr/local/bin/node', '/opt/homebrew/bin/node'].some((file) => existsSync(file));
  if (!isInstalledForAll) {
    const end = commitIn(directory, env);
    assert.equal(end.exitCode, 1);
    assert.match(end.output, /the pre-commit hook refuses: there is no node on PATH/);
  }
  const nvm = path.join(home, '.nvm/versions/node');
  for (const [version, major] of [
    ['v18.20.0', 18],
    ['v20.20.0', 20],
  ] as const) {
    mkdirSync(path.join(nvm, version, 'bin'), { recursive: true });
    const file = path.join(nvm, version, 'bin/node');
    // The old one answers as an old Node does when the hook file asks it, and would be seen in the output.
    const text = major === 18 ? 'echo OLD\nexit 1\n' : `echo NVM\nexec '${process.execPath}' "$@"\n`;
    writeFileSync(file, `#!/bin/sh\n${text}`);
    chmodSync(file, 0o755);
  }
  const isFound = (): void => {
    const end = commitIn(directory, env);
    assert.equal(end.exitCode, 0, end.output);
    assert.match(end.output, /NVM\nPROGRAM hook pre-commit/);
  };
  isFound();
  mkdirSync(path.join(home, '.nvm/alias'), { recursive: true });
  writeFileSync(path.join(home, '.nvm/alias/default'), '20\n');
  isFound();
});

test('an agent in a loop is neither told of the bypass nor let through by it', (t) => {
  const { directory } = makeHooked(t);
  rmSync(path.join(directory, 'node_modules'), { recursive: true });
  const refused = commitIn(directory, { LOOPBREAKER_BYPASS: 'in my way', LOOPBREAKER_RUN: 'run-1' });
  assert.equal(refused.exitCode, 1);
  assert.match(refused.output, /to mend it: pnpm install/);
  assert.doesNotMatch(refused.output, /BYPASS/);
});

test('a bypass is written down in this repository, whatever CDPATH would have cd find', (t) => {
  const { directory } = makeHooked(t);
  const other = temporaryDirectory(t);
  mkdirSync(path.join(other, '.git'));
  assert.equal(commitIn(directory, { LOOPBREAKER_BYPASS: 'why', CDPATH: other }).exitCode, 0);
  assert.equal(existsSync(path.join(directory, '.git/loopbreaker/bypass/pre-commit.main')), true);
});

test('a bypass needs a reason, works without the program, and doctor and status tell it until the hook passes', async (t) => {
  const repository = makeHooked(t);
  const { directory } = repository;
  const file = path.join(directory, '.git/loopbreaker/bypass/pre-commit.main');
  assert.match(commitIn(directory, { LOOPBREAKER_BYPASS: '' }).output, /PROGRAM/);
  assert.equal(existsSync(file), false);
  rmSync(path.join(directory, 'node_modules'), { recursive: true });
  const refused = commitIn(directory);
  assert.equal(refused.exitCode, 1);
  assert.match(refused.output, /LOOPBREAKER_BYPASS="why" git/);
  const end = commitIn(directory, { LOOPBREAKER_BYPASS: 'the doctor\tis\nbroken' });
  assert.equal(end.exitCode, 0, end.output);
  assert.match(end.output, /pre-commit is not checked, because: the doctor is broken/);
  const told = async () => (await readStateOf(directory, cleanEnvironment())).findings;
  const [finding] = await told();
  assert.equal(finding?.code, 'hook-bypassed');
  assert.match(finding.problem, /^pre-commit was gone round on main at 20[\d:TZ-]+: the doctor is broken\.$/);
  const cli = (...args: readonly string[]) =>
    spawnSync('node', ['--import', 'tsx', path.join(root, 'scripts/cli.ts'), ...args, '-C', directory], {
      cwd: root,
      env: cleanEnvironment(),
      encoding: 'utf8',
    });
  assert.match(cli('status').stdout, /hooks gone round\n {2}pre-commit was gone round on main at /);
  writeFileSync(file, 'half a li');
  const [torn] = await told();
  assert.match(torn?.problem ?? '', /at unknown: half a li/);
});
