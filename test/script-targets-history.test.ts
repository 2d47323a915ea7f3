import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { makeProject, projectFiles } from './helpers/project.ts';
import { makeRepository } from './helpers/repository.ts';
import { findings, scripts, verdicts } from './helpers/script-findings.ts';

test('a build output that no ignore rule names is not claimed to be missing, one that a commit deleted is', async (t) => {
  const commands = { start: 'node dist/main.js', old: 'node build/old.js', typo: 'node tools/x.js' };
  const project = makeProject(t, { 'package.json': scripts(commands), 'build/old.js': 'old();' });
  project.remove('build/old.js');
  project.commit();
  assert.deepEqual(await verdicts(project), [
    'error path-deleted-in-commit build/old.js',
    'error path-missing tools/x.js',
    'note script-target-unknowable package.json',
  ]);
});

test('a file that was there before is not where a deleted one went, nor is one that is only alike in being small', async (t) => {
  const text = 'export const everything = 1;\n'.repeat(9);
  const commands = { a: 'node tools/a.mjs', b: 'node tools/b.mjs', c: 'node tools/c.mjs', i: 'node tools/index.mjs' };
  const project = makeProject(t, {
    'package.json': scripts(commands),
    'tools/a.mjs': text,
    'tools/b.mjs': '',
    'tools/c.mjs': 'c();',
    'tools/index.mjs': text.replaceAll('every', 'no'),
    'other/copy.mjs': text,
  });
  project.remove('tools');
  project.write({ 'other/empty.mjs': '', 'other/index.mjs': 'import "./copy.mjs";\n' });
  project.commit();
  project.write({ 'later/small.mjs': 'c();' });
  project.commit();
  const found = await findings(project);
  assert.deepEqual(
    found.map((one) => one.code),
    Object.keys(commands).map(() => 'path-deleted-in-commit'),
  );
});

test('the same content that a later commit brings back under another name is where the file went', async (t) => {
  const text = 'export const everything = 1;\n'.repeat(9);
  const project = makeProject(t, { 'package.json': scripts({ a: 'node tools/a.mjs' }), 'tools/a.mjs': text });
  project.remove('tools');
  project.commit();
  project.write({ 'other/again.mjs': text });
  project.commit();
  assert.equal((await findings(project))[0]?.remedy, 'write other/again.mjs in the script');
});

test('the change at hand moves a file only to where a new one is', async (t) => {
  const commands = { a: 'node tools/a.js', b: 'node tools/b.js' };
  const files = { 'tools/a.js': 'a();', 'other/a2.js': 'a();', 'tools/b.js': '' };
  const project = makeProject(t, { 'package.json': scripts(commands), ...files });
  project.git('rm', '-q', '-r', 'tools');
  project.write({ 'other/empty.js': '' });
  project.git('add', '-A');
  assert.deepEqual(await verdicts(project, 'index'), [
    'error path-missing tools/a.js',
    'error path-missing tools/b.js',
  ]);
});

test('after a merge the commit that deleted a file is named, not the merge, and its parent has the file', async (t) => {
  const commands = { a: 'node tools/a.mjs', b: 'node tools/b.mjs' };
  const project = makeProject(t, { 'package.json': scripts(commands), 'tools/a.mjs': 'a();', 'tools/b.mjs': 'b();' });
  project.git('switch', '-q', '-c', 'side');
  project.remove('tools/a.mjs');
  const onSide = project.commit();
  project.git('switch', '-q', 'main');
  project.remove('tools/b.mjs');
  const onMain = project.commit();
  project.git('switch', '-q', 'side');
  project.git('merge', '-q', '--no-edit', 'main');
  const commits = (await findings(project)).map((one) => one.commands[0]);
  assert.deepEqual(commits, [
    `git checkout ${onSide.slice(0, 10)}^ -- tools/a.mjs`,
    `git checkout ${onMain.slice(0, 10)}^ -- tools/b.mjs`,
  ]);
  for (const commit of [`${onSide}^:tools/a.mjs`, `${onMain}^:tools/b.mjs`]) project.git('cat-file', '-e', commit);
});

test('a file that a merge itself took away is deleted in that merge', async (t) => {
  const project = makeProject(t, { 'package.json': scripts({ a: 'node tools/a.mjs' }), 'tools/a.mjs': 'a();' });
  project.git('switch', '-q', '-c', 'side');
  project.commit('on the side');
  project.git('switch', '-q', 'main');
  project.commit('on main');
  project.git('merge', '-q', '--no-commit', '--no-ff', 'side');
  project.remove('tools/a.mjs');
  const merge = project.commit('a merge');
  assert.equal((await findings(project))[0]?.commands[0], `git checkout ${merge.slice(0, 10)}^ -- tools/a.mjs`);
});

test('a file that a merge or a branch lost, and that the branch before never had, is in the history of git', async (t) => {
  const commands = { a: 'node tools/a.mjs', b: 'node tools/b.mjs' };
  const project = makeProject(t, { 'package.json': scripts(commands) });
  project.git('switch', '-q', '-c', 'side');
  project.write({ 'tools/a.mjs': 'a();', 'tools/b.mjs': 'b();' });
  project.commit('both');
  project.remove('tools/b.mjs');
  const onSide = project.commit('without b').slice(0, 10);
  project.git('switch', '-q', 'main');
  project.commit('on main');
  project.git('merge', '-q', '--no-edit', '-s', 'ours', 'side');
  project.commit('later');
  const merge = project.git('rev-parse', 'HEAD^').trim().slice(0, 10);
  const found = await findings(project);
  assert.deepEqual(
    found.map((one) => [one.code, one.commands[0]]),
    [
      ['path-deleted-in-commit', `git checkout ${merge}^2 -- tools/a.mjs`],
      ['path-deleted-in-commit', `git checkout ${onSide}^ -- tools/b.mjs`],
    ],
  );
  for (const one of found) project.git(...(one.commands[0] ?? '').split(' ').slice(1));
  assert.deepEqual(await verdicts(project, 'index'), []);
});

test('of a revision that is not checked out history is asked before the disk of today', async (t) => {
  const commands = { a: 'node tools/a.mjs', n: 'node tools/new.mjs', u: 'node tools/untracked.mjs' };
  const project = makeProject(t, { 'package.json': scripts(commands), 'tools/a.mjs': 'a();' });
  project.remove('tools/a.mjs');
  const without = project.commit();
  project.write({ 'tools/a.mjs': 'back();', 'tools/new.mjs': 'n();' });
  project.commit();
  project.write({ 'tools/untracked.mjs': 'u();' });
  assert.deepEqual(await verdicts(project, without), [
    'error path-deleted-in-commit tools/a.mjs',
    'error path-missing tools/new.mjs',
    'error path-untracked tools/untracked.mjs',
  ]);
});

test('a path that no system can open is unknowable, and the other scripts are checked', async (t) => {
  const commands = { nul: 'node a\0.js', long: `node ${'x/'.repeat(2100)}a.js`, gone: 'node tools/gone.js' };
  const project = makeProject(t, { 'package.json': scripts(commands) });
  assert.deepEqual(await verdicts(project), [
    'error path-missing tools/gone.js',
    'note script-target-unknowable package.json',
  ]);
});

test('a history that git cannot read is not called a shallow one, and before the first commit there is none', async (t) => {
  const project = makeProject(t, { 'package.json': scripts({ x: 'node tools/x.mjs' }) });
  const first = project.git('rev-parse', 'HEAD');
  project.git('commit', '-q', '--allow-empty', '-m', 'the second');
  rmSync(path.join(project.directory, '.git/objects', first.slice(0, 2), first.slice(2)));
  const [broken] = await findings(project, 'worktree');
  assert.match(broken?.problem ?? '', /cannot be said, as git could not read the history here/);
  const fresh = makeRepository(t);
  fresh.write({ ...projectFiles, 'package.json': scripts({ x: 'node tools/x.mjs' }) });
  fresh.git('add', '-A');
  const [unborn] = await findings(fresh, 'index');
  assert.match(unborn?.problem ?? '', /neither on disk nor in the history of git/);
});

test('of a staged removal a commit is spoken of in its hook, and of the work tree what is staged', async (t) => {
  const project = makeProject(t, {
    'package.json': scripts({ a: 'node tools/a.mjs', b: 'node tools/b.mjs' }),
    'tools/a.mjs': 'a();\n',
    'tools/b.mjs': 'export const b = 1;\n',
  });
  project.git('rm', '-q', 'tools/a.mjs');
  project.git('mv', 'tools/b.mjs', 'b.mjs');
  const told = async (tree: string) => (await findings(project, tree)).map(({ problem }) => problem.split(';')[0]);
  const index = await told('index');
  assert.match(
    index.join('\n'),
    /this commit would delete tools\/a\.mjs\n.*this commit would move tools\/b\.mjs to b\.mjs/,
  );
  const worktree = await told('worktree');
  assert.doesNotMatch(worktree.join('\n'), /this commit/);
  assert.match(
    worktree.join('\n'),
    /tools\/a\.mjs is gone, and its removal is staged\n.*tools\/b\.mjs was moved to b\.mjs, and that is staged/,
  );
});
