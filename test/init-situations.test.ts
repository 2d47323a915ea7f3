import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Refusal, type RefusalDetail } from '../scripts/core/outcome.ts';
import { adopt, makeTeam, teamFiles, teamPackage, type } from './helpers/adopted.ts';
import { examine, troubles } from './helpers/project.ts';
import {
  cleanEnvironment,
  makeBareRemote,
  makeRepository,
  repositoryAt,
  temporaryDirectory,
} from './helpers/repository.ts';

test('node_modules that git holds although it ignores them are ignored once', async (t) => {
  const team = makeTeam(t, { 'node_modules/x': '', '.gitignore': 'dist\n' });
  await adopt(team);
  team.git('add', '-A');
  assert.deepEqual((await adopt(team)).files, []);
});

/** What init refuses with; nothing is written then. */
async function refusalOf(adopting: Promise<unknown>): Promise<RefusalDetail> {
  const [ended] = await Promise.allSettled([adopting]);
  assert.ok(ended.status === 'rejected' && ended.reason instanceof Refusal, 'init has refused');
  assert.equal(ended.reason.detail.exitCode, 78);
  return ended.reason.detail;
}

test('a package.json that scripts cannot be put into is refused with its line, and nothing is written', async (t) => {
  const rows = [
    [
      '{\n  "name": "team"\n  "private": true\n}\n',
      /^package\.json:2:17: A comma is missing here\./,
      /add a comma here/,
    ],
    [
      '{\n  "name": "team",\n  "scripts": null\n}\n',
      /^package\.json:3 has "scripts" that are no object/,
      /"scripts": \{\}/,
    ],
    ['<<<<<<< HEAD\n{}\n', /^package\.json:1:1/, /then run init again/],
  ] as const;
  for (const [text, problem, remedy] of rows) {
    const team = makeTeam(t, { 'package.json': text });
    const detail = await refusalOf(adopt(team));
    assert.match(detail.problem, problem);
    assert.match(detail.remedy, remedy);
    assert.equal(team.git('status', '--porcelain'), '');
  }
});

test('in a bare repository, in none, and above the only package, init says where it works', async (t) => {
  const bare = repositoryAt(path.join(temporaryDirectory(t), 'it.git'));
  makeTeam(t).git('clone', '-q', '--bare', '.', bare.directory);
  const { problem, remedy } = await refusalOf(adopt(bare));
  assert.match(problem, /bare repository/);
  type(bare, remedy.replace(/^.*: /, ''));
  assert.equal((await adopt(bare, { below: '../work' })).did, 'adopted');
  const none = repositoryAt(temporaryDirectory(t));
  none.write({ 'package.json': teamPackage() });
  assert.equal((await refusalOf(adopt(none))).remedy, 'git init, then npx loopbreaker init');
  const above = makeRepository(t, { files: { 'web app/package.json': teamPackage(), 'x.py': '' } });
  const told = (await refusalOf(adopt(above))).remedy;
  assert.ok(told.endsWith(`cd '${above.directory}/web app' && npx loopbreaker init`), told);
  assert.equal((await adopt(above, { below: 'web app' })).did, 'adopted');
});

test('in the middle of a merge init refuses, for its commit would end the merge; a dry run does not', async (t) => {
  const team = makeTeam(t);
  team.git('switch', '-q', '-c', 'side');
  team.git('commit', '-q', '--allow-empty', '-m', 'theirs');
  team.git('switch', '-q', 'main');
  team.git('merge', '-q', '--no-commit', '--no-ff', 'side');
  const { problem, remedy } = await refusalOf(adopt(team));
  assert.match(problem, /^A merge was begun .* would become part of it/);
  assert.equal((await adopt(team, { dryRun: true })).did, 'adopted');
  type(team, /\((git merge --abort)\)/.exec(remedy)?.[1] ?? 'false');
  assert.equal((await adopt(team)).did, 'adopted');
});

test('a file or folder that is read-only is refused before anything is written, all of them at once', async (t) => {
  const team = makeTeam(t, { 'policy/x': '' });
  for (const name of ['package.json', 'policy']) chmodSync(path.join(team.directory, name), 0o555);
  const { problem, remedy } = await refusalOf(adopt(team));
  assert.match(problem, /^package\.json, policy cannot be written, so nothing was changed/);
  assert.equal(existsSync(path.join(team.directory, 'runtime-manifest.json')), false);
  type(team, remedy.replace(/, then .*/, ''));
  assert.equal((await adopt(team)).did, 'adopted');
});

test('a file where init needs a folder is refused before anything is written, with what moves it away', async (t) => {
  const team = makeTeam(t, { policy: 'insured\n', '.husky': '{}\n' });
  const { problem, remedy } = await refusalOf(adopt(team));
  assert.match(problem, /^policy, \.husky stands where init needs a folder, so nothing was changed/);
  assert.equal(team.git('status', '--porcelain'), '');
  type(team, remedy.replace(/, then .*/, ''));
  assert.equal((await adopt(team)).did, 'adopted');
  const nowhere = makeTeam(t);
  symlinkSync('../gone', path.join(nowhere.directory, 'policy'));
  assert.match((await refusalOf(adopt(nowhere))).problem, /^policy stands where/);
});

test('a text that is not UTF-8 keeps its bytes: one that would be edited is refused, one that would not be is no matter', async (t) => {
  const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
  const rows = [
    ['.gitignore', 'caf\xe9\n'],
    ['.husky/pre-commit', '#!/bin/sh\necho caf\xe9\n'],
    ['package.json', '{ "name": "caf\xe9" }\n'],
  ] as const;
  for (const [name, text] of rows) {
    const team = makeTeam(t, { [name]: '' });
    const file = path.join(team.directory, name);
    writeFileSync(file, bytes(text));
    const { code, problem, remedy } = await refusalOf(adopt(team));
    assert.deepEqual([code, problem.startsWith(`${name} is no text in UTF-8`)], ['init-unreadable', true]);
    assert.deepEqual(readFileSync(file), bytes(text));
    assert.equal(existsSync(path.join(team.directory, 'runtime-manifest.json')), false);
    type(team, remedy.replace(/^.*from Latin-1: /, ''));
    assert.equal((await adopt(team)).did, 'adopted');
    assert.match(readFileSync(file, 'utf8'), /café/);
  }
  const other = makeTeam(t, { 'PROMPT.md': '' });
  writeFileSync(path.join(other.directory, 'PROMPT.md'), bytes('caf\xe9'));
  assert.equal((await adopt(other)).did, 'adopted');
  assert.deepEqual(readFileSync(path.join(other.directory, 'PROMPT.md')), bytes('caf\xe9'));
});

test('a link that leads nowhere stays what it is: init refuses to write in its place', async (t) => {
  const team = makeTeam(t);
  const file = path.join(team.directory, 'PROMPT.md');
  symlinkSync('../shared/PROMPT.md', file);
  team.git('add', '-A');
  const { code, problem, remedy } = await refusalOf(adopt(team));
  assert.deepEqual([code, problem.startsWith('PROMPT.md is a link that leads nowhere')], ['init-unreadable', true]);
  assert.equal(readlinkSync(file), '../shared/PROMPT.md');
  type(team, /rm PROMPT\.md/.exec(remedy)?.[0] ?? 'false');
  assert.equal((await adopt(team)).did, 'adopted');
});

test('before the first commit, and on no branch, the printed commands make the adoption count', async (t) => {
  const team = makeRepository(t);
  team.write(teamFiles);
  const { notes, next } = await adopt(team);
  const own = notes.find(({ text }) => text.startsWith('Nothing is committed here yet'))?.command ?? '';
  for (const command of [own, next[0] ?? ''])
    type(team, command.replace('git commit', 'git -c core.hooksPath= commit'));
  assert.deepEqual(troubles(await examine(team, 'HEAD', ['tracked', 'closure', 'script-targets'])), []);
  const detached = makeTeam(t);
  makeBareRemote(t, detached);
  detached.git('checkout', '-q', '--detach');
  const [commit = '', push = ''] = (await adopt(detached)).next;
  for (const command of [commit, push])
    type(detached, command.replace(/git (commit|push)/, 'git -c core.hooksPath= $1'));
  assert.equal(detached.git('ls-remote', 'origin', 'main').slice(0, 40), detached.git('rev-parse', 'HEAD'));
});

const isRoot = process.getuid?.() === 0;

test('a folder of PATH that is another user’s is no bug', { skip: isRoot && 'root may look everywhere' }, async (t) => {
  const team = makeTeam(t);
  const locked = path.join(temporaryDirectory(t), 'locked');
  mkdirSync(path.join(locked, 'bin'), { recursive: true });
  chmodSync(locked, 0o000);
  const [adopted] = await Promise.allSettled([
    adopt(team, { path: `${locked}/bin:${path.dirname(process.execPath)}:/usr/bin:/bin` }),
  ]);
  chmodSync(locked, 0o755);
  assert.equal(adopted.status, 'fulfilled');
});

test('a package with a blank in its name is adopted through a link, and the printed git add can be typed', async (t) => {
  const team = makeRepository(t, { files: { 'my app/package.json': teamPackage(), '.gitignore': 'node_modules\n' } });
  const link = path.join(temporaryDirectory(t), 'link');
  symlinkSync(team.directory, link);
  const { files, next } = await adopt({ ...team, directory: link }, { below: 'my app' });
  assert.equal(
    files.some((one) => one.path === 'my app/package.json'),
    true,
  );
  const [add = ''] = (next[0] ?? '').split(' && ');
  execFileSync('sh', ['-c', add], { cwd: path.join(link, 'my app'), env: cleanEnvironment() });
  assert.equal(team.git('status', '--porcelain').replace(/^[AM] {2}.*\n?/gm, ''), '');
});

test('in a linked worktree the packages of the main one are the installed ones', async (t) => {
  const team = makeTeam(t, { 'node_modules/loopbreaker/bin/loopbreaker.js': '' });
  const directory = path.join(temporaryDirectory(t), 'linked');
  team.git('worktree', 'add', '-q', directory);
  const { notes } = await adopt({ ...team, directory });
  assert.equal(
    notes.some(({ text }) => text.includes('is not installed')),
    false,
  );
});
