import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hooks } from '../scripts/checks/hooks.ts';
import { openMending } from '../scripts/diagnose.ts';
import { resultWith } from './helpers/machine.ts';
import { examine, findingsOf, makeProject, manifestWith } from './helpers/project.ts';
import { cleanEnvironment, type Repository, repositoryAt, temporaryDirectory } from './helpers/repository.ts';

const only = ['hooks'];
const husky = fileURLToPath(new URL('../node_modules/husky', import.meta.url));

interface Owner {
  after(dispose: () => void): void;
}

/** The hook leaves a file behind whenever it is really run, and refuses. */
const hook = 'echo ran >> hook-ran.txt\nexit 1\nnpx loopbreaker hook pre-commit\nnpx loopbreaker hook pre-push\n';

function huskyProject(t: Owner, hooks = ['pre-commit', 'pre-push']): Repository {
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ hooks }),
    'package.json': JSON.stringify({ type: 'module', scripts: { prepare: `node ${husky}/bin.js` } }),
    '.gitignore': 'node_modules/\nhook-ran.txt\n',
    ...Object.fromEntries(hooks.map((name) => [`.husky/${name}`, hook])),
  });
  execFileSync('npm', ['run', '-s', 'prepare'], { cwd: project.directory, env: cleanEnvironment() });
  return project;
}

function linkedTo(t: Owner, project: Repository): Repository {
  const directory = path.join(temporaryDirectory(t), 'linked');
  project.git('worktree', 'add', '-q', '--detach', directory);
  return repositoryAt(directory);
}

const hasRun = ({ directory }: Repository): boolean => existsSync(path.join(directory, 'hook-ran.txt'));

function refusesACommit(repository: Repository): boolean {
  const argv = ['commit', '-q', '--allow-empty', '-m', 'x'];
  const ended = spawnSync('git', argv, { cwd: repository.directory, env: cleanEnvironment(), encoding: 'utf8' });
  return ended.status !== 0;
}

async function codes(repository: Repository, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  return findingsOf(await examine(repository, 'worktree', only, env), 'hooks').map(
    (one) => `${one.severity} ${one.code}`,
  );
}

function mend({ directory }: Repository, commands: readonly string[]): void {
  for (const command of commands)
    execFileSync('sh', ['-c', command], { cwd: directory, env: cleanEnvironment(), stdio: 'pipe' });
}

/** What the finding tells the person to type mends it. */
async function mendedByItsCommands(repository: Repository): Promise<readonly string[]> {
  const found = findingsOf(await examine(repository, 'worktree', only), 'hooks');
  for (const { commands } of found) mend(repository, commands);
  return await codes(repository);
}

const request = ({ directory }: Repository) => ({ directory, tree: 'worktree', env: cleanEnvironment(), only });

test('the proof fires git and husky for every hook, and not one command of the hooks is run', async (t) => {
  const project = huskyProject(t);
  assert.deepEqual(await codes(project), []);
  assert.equal(hasRun(project), false);
  assert.equal(refusesACommit(project), true);
  assert.equal(hasRun(project), true, 'a real commit does run it');
});

test("the person's start-up file of husky is not run by the proof either", async (t) => {
  const project = huskyProject(t, ['pre-commit']);
  const home = temporaryDirectory(t);
  mkdirSync(path.join(home, 'husky'));
  writeFileSync(path.join(home, 'husky/init.sh'), 'touch "$XDG_CONFIG_HOME/it-ran"; touch init-ran\n');
  assert.deepEqual(await codes(project, { XDG_CONFIG_HOME: home }), []);
  assert.deepEqual(
    [existsSync(path.join(home, 'it-ran')), existsSync(path.join(project.directory, 'init-ran'))],
    [false, false],
  );
  writeFileSync(path.join(home, 'husky/init.sh'), '# mine\nexport HUSKY=0\n');
  assert.deepEqual(await codes(project, { XDG_CONFIG_HOME: home }), ['error hook-disabled']);
});

test('a hook that does not get to the tracked file is silent, whatever the settings look like', async (t) => {
  const project = huskyProject(t, ['pre-commit']);
  // The wrapper is husky's to the letter, but it lies in another folder: what it starts is the file beside that folder.
  cpSync(path.join(project.directory, '.husky/_'), path.join(project.directory, 'tools/_'), { recursive: true });
  project.write({ 'tools/pre-commit': 'exit 0\n' });
  project.git('config', 'core.hooksPath', 'tools/_');
  assert.deepEqual(await codes(project), ['error hook-silent']);
  assert.equal(refusesACommit(project), false);
  rmSync(path.join(project.directory, 'tools/pre-commit'));
  assert.deepEqual(await codes(project), ['error hook-silent']);
  assert.deepEqual(await mendedByItsCommands(project), []);
  assert.equal(refusesACommit(project), true);
});

test('in a linked worktree --fix copies the generated files, and the shared configuration stays as it was', async (t) => {
  const project = huskyProject(t);
  const linked = linkedTo(t, project);
  assert.equal(refusesACommit(linked), false);
  const config = readFileSync(path.join(project.directory, '.git/config'));
  assert.deepEqual(await codes(linked), ['error hook-not-installed', 'error hook-not-installed']);
  const dry = await openMending(request(linked), { dryRun: true });
  assert.deepEqual(
    dry.fixes?.map((fix) => fix.outcome),
    ['proposed'],
  );
  assert.equal(existsSync(path.join(linked.directory, '.husky/_')), false);
  const fixed = await openMending(request(linked), { dryRun: false });
  assert.deepEqual([fixed.ok, fixed.fixes?.map((fix) => fix.outcome)], [true, ['done']]);
  assert.equal(refusesACommit(linked), true);
  assert.deepEqual(readFileSync(path.join(project.directory, '.git/config')), config);
  assert.equal(linked.git('status', '--porcelain'), '');
});

test('in a linked worktree the printed command does the same by hand', async (t) => {
  const project = huskyProject(t, ['pre-commit']);
  const linked = linkedTo(t, project);
  const config = readFileSync(path.join(project.directory, '.git/config'));
  const [finding] = findingsOf(await examine(linked, 'worktree', only), 'hooks');
  assert.deepEqual(finding?.commands, [`cp -R ${project.directory}/.husky/_ .husky/`]);
  assert.deepEqual(await mendedByItsCommands(linked), []);
  assert.equal(refusesACommit(linked), true);
  assert.deepEqual(readFileSync(path.join(project.directory, '.git/config')), config);
});

test("what somebody changed in husky's files is never run: it is named, and told apart from an older husky", async (t) => {
  const project = huskyProject(t, ['pre-commit']);
  const program = path.join(project.directory, '.husky/_/h');
  appendFileSync(program, 'touch altered-ran\n');
  assert.deepEqual(await codes(project), ['error hook-stale']);
  assert.equal(existsSync(path.join(project.directory, 'altered-ran')), false);
  assert.deepEqual(await mendedByItsCommands(project), []);
  writeFileSync(
    path.join(project.directory, '.husky/_/pre-commit'),
    '#!/usr/bin/env sh\nexit 0\n. "$(dirname "$0")/h"\n',
  );
  assert.deepEqual(await codes(project), ['error hook-stale']);
  mend(project, ['npm run prepare']);
  // An installed husky of another version, and files that are genuine all the same.
  cpSync(husky, path.join(project.directory, 'node_modules/husky'), { recursive: true });
  assert.deepEqual(await codes(project), []);
  appendFileSync(path.join(project.directory, 'node_modules/husky/husky'), '# newer\n');
  assert.deepEqual(await codes(project), ['warning hook-stale']);
});

test('--fix replaces altered files in a linked worktree from a worktree whose files are genuine', async (t) => {
  const project = huskyProject(t, ['pre-commit']);
  const linked = linkedTo(t, project);
  cpSync(path.join(project.directory, '.husky/_'), path.join(linked.directory, '.husky/_'), { recursive: true });
  writeFileSync(path.join(linked.directory, '.husky/_/h'), 'exit 0\n');
  assert.equal(refusesACommit(linked), false);
  assert.equal((await openMending(request(linked), { dryRun: false })).ok, true);
  assert.equal(refusesACommit(linked), true);
});

test('--fix gives a lost execute bit back, to a tracked hook only where git says that it has one', async (t) => {
  const project = huskyProject(t, ['pre-commit']);
  chmodSync(path.join(project.directory, '.husky/_/pre-commit'), 0o644);
  assert.deepEqual(await codes(project), ['error hook-not-executable']);
  assert.equal((await openMending(request(project), { dryRun: false })).ok, true);
  assert.equal(refusesACommit(project), true);
  project.git('config', 'core.hooksPath', '.husky');
  const refused = await openMending(request(project), { dryRun: false });
  assert.deepEqual([refused.ok, refused.fixes], [false, []]);
  project.git('update-index', '--chmod=+x', '.husky/pre-commit');
  assert.equal((await openMending(request(project), { dryRun: false })).ok, true);
});

test('core.hooksPath is judged in every scope, and the command that is printed is the one for its scope', async (t) => {
  const project = huskyProject(t, ['pre-commit']);
  const elsewhere = temporaryDirectory(t);
  project.git('config', 'extensions.worktreeConfig', 'true');
  project.git('config', '--worktree', 'core.hooksPath', elsewhere);
  assert.deepEqual(await codes(project), ['error hook-elsewhere']);
  assert.deepEqual(await mendedByItsCommands(project), []);
  const settings = path.join(elsewhere, 'gitconfig');
  writeFileSync(settings, `[core]\n\thooksPath = ${elsewhere}\n`);
  const asGlobal = { GIT_CONFIG_GLOBAL: settings };
  assert.deepEqual(await codes(project, asGlobal), [], 'the setting of the repository is stronger');
  project.git('config', '--unset', 'core.hooksPath');
  assert.deepEqual(await codes(project, asGlobal), ['error hook-elsewhere']);
  mend(project, ['npm run prepare']);
  assert.deepEqual(await codes(project, asGlobal), []);
  const inEnvironment = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'core.hooksPath', GIT_CONFIG_VALUE_0: elsewhere };
  const [finding] = findingsOf(await examine(project, 'worktree', only, inEnvironment), 'hooks');
  assert.deepEqual(
    [finding?.code, finding?.commands],
    ['hook-elsewhere', ['unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS']],
  );
});

test('a copy of the tracked hook is fine while it is the same, stale once it is an older one, foreign otherwise', async (t) => {
  const project = huskyProject(t, ['pre-commit']);
  project.git('config', '--unset', 'core.hooksPath');
  const copy = path.join(project.directory, '.git/hooks/pre-commit');
  cpSync(path.join(project.directory, '.husky/pre-commit'), copy);
  chmodSync(copy, 0o755);
  assert.deepEqual(await codes(project), []);
  project.write({ '.husky/pre-commit': `${hook}# changed\n` });
  project.git('commit', '-qam', 'the hook changes', '--no-verify');
  assert.deepEqual(await codes(project), ['error hook-stale']);
  writeFileSync(copy, '#!/bin/sh\nexit 0\n');
  assert.deepEqual(await codes(project), ['error hook-elsewhere']);
  assert.deepEqual(await mendedByItsCommands(project), []);
});

test('a hook of the user is not run: that it names the tracked hook is a note, and in a comment it does not count', async (t) => {
  const project = huskyProject(t, ['pre-commit']);
  project.git('config', '--unset', 'core.hooksPath');
  const own = path.join(project.directory, '.git/hooks/pre-commit');
  writeFileSync(own, '#!/bin/sh\ntouch own-ran\nexec sh .husky/pre-commit\n', { mode: 0o755 });
  assert.deepEqual(await codes(project), ['note hook-not-proved']);
  writeFileSync(own, '#!/bin/sh\n# see .husky/pre-commit\ntouch own-ran\n', { mode: 0o755 });
  assert.deepEqual(await codes(project), ['error hook-elsewhere']);
  assert.equal(existsSync(path.join(project.directory, 'own-ran')), false);
});

test('a hook in the configuration counts from git 2.54 on, and is never run', async (t) => {
  const project = huskyProject(t, ['pre-commit']);
  project.git('config', '--unset', 'core.hooksPath');
  project.git('config', 'hook.mine.event', 'pre-commit');
  project.git('config', 'hook.mine.command', 'touch config-ran; sh .husky/pre-commit');
  const [, major, minor] = /(\d+)\.(\d+)/.exec(project.git('version')) ?? [];
  const knows = Number(major) > 2 || Number(minor) >= 54;
  assert.deepEqual(await codes(project), [knows ? 'note hook-not-proved' : 'error hook-not-installed']);
  project.git('config', 'hook.mine.enabled', 'false');
  assert.deepEqual(await codes(project), ['error hook-not-installed']);
  mend(project, ['npm run prepare', 'git config hook.mine.enabled true']);
  assert.deepEqual(await codes(project), []);
  assert.equal(existsSync(path.join(project.directory, 'config-ran')), false);
});

test('hooks in a bare repository with linked worktrees are judged in each worktree', async (t) => {
  const project = huskyProject(t, ['pre-commit']);
  const bare = temporaryDirectory(t);
  project.git('clone', '-q', '--bare', project.directory, path.join(bare, 'it.git'));
  const directory = path.join(bare, 'tree');
  repositoryAt(path.join(bare, 'it.git')).git('worktree', 'add', '-q', directory, 'main');
  const linked = repositoryAt(directory);
  assert.deepEqual(await codes(linked), ['error hook-not-installed']);
  assert.deepEqual(await mendedByItsCommands(linked), []);
});

test('a hook that could not be fired is unknown and not fine', async (t) => {
  const project = huskyProject(t, ['pre-commit']);
  const late = { reached: null, output: '', exitCode: null };
  const timedOut = await resultWith(project, hooks, { fireHook: () => Promise.resolve(late) });
  assert.deepEqual([timedOut.status, timedOut.findings], ['unknown', []]);
  assert.match(timedOut.reason ?? '', /could not be fired: it took too long/);
  const thrown = await resultWith(project, hooks, { fireHook: () => Promise.reject(new Error('no git here')) });
  assert.deepEqual([thrown.status, thrown.findings], ['unknown', []]);
});
