import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { DoctorResult } from '../scripts/core/doctor.ts';
import { builtCli } from './helpers/built-program.ts';
import { troubles } from './helpers/project.ts';
import { cleanEnvironment, type Repository, repositoryAt, temporaryDirectory } from './helpers/repository.ts';
import { type Owner, projectFor } from './helpers/situations.ts';

const doctor = `node '${await builtCli()}' doctor --tree index --only tracked --json`;

/** What the doctor says of the index when a real pre-commit hook starts it with this shell line, which ends in `doctor`. */
function inHook(
  owner: Owner,
  repository: Repository,
  line: string,
  { args = [], env = {} }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): readonly string[] {
  const folder = temporaryDirectory(owner);
  repositoryAt(folder).write({ 'pre-commit': `#!/bin/sh\n${line} > '${folder}/out'\nexit 1\n` });
  chmodSync(path.join(folder, 'pre-commit'), 0o755);
  const argv = ['-c', `core.hooksPath=${folder}`, 'commit', '-q', '-m', 'it', ...args];
  const ended = spawnSync('git', argv, { cwd: repository.directory, env: cleanEnvironment(env), encoding: 'utf8' });
  assert.equal(ended.status, 1, ended.stderr);
  const result: DoctorResult = JSON.parse(readFileSync(path.join(folder, 'out'), 'utf8'));
  return troubles(result);
}

/** .git/index has lost a needed file; the index of `git commit PROMPT.md` has it. */
function losing(owner: Owner): Repository {
  const project = projectFor(owner);
  project.git('rm', '-q', '--cached', 'policy/loop.json');
  project.write({ 'PROMPT.md': 'Do it well.\n' });
  return project;
}

const lost = ['tracked: path-untracked policy/loop.json'];

test('a hook that changes the folder and names its repository with -C is told of the index of its commit', (t) => {
  const project = losing(t);
  const elsewhere = `cd / && ${doctor} -C '${project.directory}'`;
  assert.deepEqual(inHook(t, project, elsewhere, { args: ['PROMPT.md'] }), []);
  assert.deepEqual(inHook(t, project, elsewhere, { args: ['--allow-empty'] }), lost);
  assert.deepEqual(inHook(t, project, `cd scripts && ${doctor} -C ..`, { args: ['PROMPT.md'] }), []);
});

test('a hook that asks about another repository is told of that one, whichever index its own commit has', (t) => {
  const project = losing(t);
  const other = projectFor(t);
  other.git('rm', '-q', '--cached', 'PROMPT.md');
  for (const args of [['PROMPT.md'], ['--allow-empty']]) {
    for (const line of [`${doctor} -C '${other.directory}'`, `cd '${other.directory}' && ${doctor}`]) {
      assert.deepEqual(inHook(t, project, line, { args }), ['tracked: path-untracked PROMPT.md'], line);
    }
  }
});

test('a hook of a linked worktree that asks about the main one is told of the main one, and the other way round', (t) => {
  const project = losing(t);
  const linked = repositoryAt(path.join(temporaryDirectory(t), 'linked'));
  project.git('worktree', 'add', '-q', '--detach', linked.directory);
  assert.deepEqual(inHook(t, linked, `${doctor} -C '${project.directory}'`, { args: ['--allow-empty'] }), lost);
  assert.deepEqual(inHook(t, project, `${doctor} -C '${linked.directory}'`, { args: ['--allow-empty'] }), []);
  linked.git('rm', '-q', '--cached', 'PROMPT.md');
  const line = `cd / && ${doctor} -C '${linked.directory}'`;
  assert.deepEqual(inHook(t, linked, line, { args: ['--allow-empty'] }), ['tracked: path-untracked PROMPT.md']);
});

test('an index that a person keeps outside of git is the one that is committed, and so the one that is looked at', (t) => {
  const project = losing(t);
  const index = path.join(temporaryDirectory(t), 'index');
  cpSync(path.join(project.directory, '.git/index'), index);
  project.git('reset', '-q');
  assert.deepEqual(inHook(t, project, doctor, { args: ['--allow-empty'] }), []);
  assert.deepEqual(inHook(t, project, doctor, { args: ['--allow-empty'], env: { GIT_INDEX_FILE: index } }), lost);
});
