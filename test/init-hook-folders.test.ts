/** Folders of hooks that are not the usual one: of a setting, of husky 8, of a husky in another place, and how clones get them. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { adopt, commitAll, makeTeam, read, speaking, teamPackage, type, warningsOf } from './helpers/adopted.ts';
import { husky8 } from './helpers/hook-tools.ts';
import { examine, troubles } from './helpers/project.ts';
import { cleanEnvironment, cloneOf, makeBareRemote, temporaryDirectory } from './helpers/repository.ts';

const program = 'node_modules/loopbreaker/bin/loopbreaker.js';
const only = ['hooks'];

test('a folder of hooks that git is pointed at is joined with executable files; one outside is left to the person', async (t) => {
  const team = makeTeam(t, { 'tools/hooks/pre-commit': '#!/bin/sh\necho MINE\n' });
  team.git('config', 'core.hooksPath', 'tools/hooks');
  chmodSync(path.join(team.directory, 'tools/hooks/pre-commit'), 0o755);
  await adopt(team);
  team.write({ [program]: speaking });
  assert.notEqual(statSync(path.join(team.directory, 'tools/hooks/pre-push')).mode & 0o100, 0);
  assert.match(type(team, 'git commit --allow-empty -m it 2>&1'), /PROGRAM hook pre-commit\nMINE/);
  team.commit('adopt');
  assert.deepEqual(troubles(await examine(team, 'worktree', [...only, 'manifest', 'tracked'])), []);
  assert.equal((await adopt(team)).did, 'nothing');
  const outside = makeTeam(t);
  outside.git('config', 'core.hooksPath', temporaryDirectory(t));
  const { notes } = await adopt(outside);
  const note = notes.find(({ text }) => text.includes('outside of this repository'));
  type(outside, note?.command ?? '');
  const again = await adopt(outside);
  assert.equal(again.did, 'adopted');
  assert.equal(outside.git('config', '--get', 'core.hooksPath'), '.husky/_');
});

test('hook install is what prepare runs: in a fresh clone it makes the tracked hooks fire, and HUSKY=0 keeps it from that', async (t) => {
  const team = makeTeam(t);
  await adopt(team);
  team.git('add', '-A');
  team.git('-c', 'core.hooksPath=/dev/null', 'commit', '-q', '-m', 'adopt');
  const clone = temporaryDirectory(t);
  cpSync(team.directory, clone, { recursive: true });
  execFileSync('git', ['config', '--unset', 'core.hooksPath'], { cwd: clone });
  const cli = fileURLToPath(new URL('../scripts/cli.ts', import.meta.url));
  const install = (env: Readonly<Record<string, string>>, ...folder: readonly string[]) =>
    spawnSync('node', ['--import', 'tsx', cli, 'hook', 'install', ...folder, '-C', path.join(clone, 'scripts')], {
      cwd: path.dirname(cli),
      env: cleanEnvironment(env),
      encoding: 'utf8',
    });
  const skipped = install({ HUSKY: '0' });
  assert.deepEqual([skipped.status, skipped.stderr], [0, 'loopbreaker: husky says: HUSKY=0 skip install\n']);
  assert.equal(install({}).status, 0);
  const hooksPath = (): string => execFileSync('git', ['config', 'core.hooksPath'], { cwd: clone, encoding: 'utf8' });
  assert.equal(hooksPath(), '.husky/_\n');
  assert.equal(install({}, 'tools/husky').status, 0);
  assert.equal(hooksPath(), 'tools/husky/_\n', 'the folder that init has adopted');
});

test('where husky is switched off init says that no hooks were installed, and the printed run installs them', async (t) => {
  const team = makeTeam(t);
  const { notes, next } = await adopt(team, { husky: '0' });
  const off = notes.find(({ text }) => text.includes('husky did not install'));
  assert.deepEqual([off?.kind, next], ['warning', ['env -u HUSKY npx loopbreaker init']]);
  assert.equal((await adopt(team)).did, 'adopted');
  assert.equal(team.git('config', 'core.hooksPath'), '.husky/_');
});

test('the hooks of husky 8 are joined behind its own line, run once, and a new one can be executed; husky 9 is not put over it', async (t) => {
  const hook = '#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n\necho OTHERS; cat\n';
  const keys = { scripts: { prepare: 'husky install' }, devDependencies: { husky: '^8.0.3' } };
  const team = makeTeam(t, { 'package.json': teamPackage(keys), '.husky/pre-push': hook });
  chmodSync(path.join(team.directory, '.husky/pre-push'), 0o755);
  makeBareRemote(t, team);
  const { notes } = await adopt(team);
  assert.equal(
    team.git('config', '--get', '--default', 'none', 'core.hooksPath'),
    'none',
    'a clone before its install',
  );
  assert.equal(
    notes.some(({ text }) => text.includes('setting of this clone')),
    false,
  );
  team.git('config', 'core.hooksPath', '.husky');
  team.write({ [program]: speaking, '.husky/_/husky.sh': husky8, '.husky/_/.gitignore': '*\n' });
  assert.match((await adopt(team)).notes.map(({ text }) => text).join('\n'), /_, and it was staged/, 'and after it');
  assert.equal((await adopt(team)).did, 'nothing');
  team.git('add', '.');
  assert.match(type(team, 'git commit -m adopt 2>&1'), /PROGRAM hook pre-commit/);
  assert.deepEqual(troubles(await examine(team, 'worktree', [...only, 'manifest', 'tracked'])), []);
  const pushed = type(team, 'git push origin main 2>&1');
  assert.match(pushed, /PROGRAM hook pre-push with refs\nOTHERS\nrefs\/heads\/main /);
  assert.equal(pushed.split('PROGRAM').length, 2, 'once');
  assert.match(read(team, '.husky/pre-commit'), /^#!\/bin\/sh\n/);
  await adopt(team, { remove: true });
  assert.equal(team.git('ls-files', '.husky/_'), '');
  assert.equal(read(team, '.husky/pre-push'), hook);
});

test('a husky in a folder of its own that no script installs is installed there by prepare, and taken out again', async (t) => {
  const team = makeTeam(t, { 'tools/husky/commit-msg': 'true\n' });
  team.git('config', 'core.hooksPath', 'tools/husky/_');
  const before = read(team, 'package.json');
  await adopt(team);
  assert.equal(JSON.parse(read(team, 'package.json')).scripts.prepare, 'loopbreaker hook install tools/husky || true');
  team.git('add', '-A');
  assert.deepEqual(troubles(await examine(team, 'worktree', [...only, 'manifest', 'tracked'])), []);
  assert.equal((await adopt(team)).did, 'nothing');
  await adopt(team, { remove: true });
  assert.equal(read(team, 'package.json'), before);
});

test('hooks that a setting of one clone points at are told with the command for the others', async (t) => {
  const team = makeTeam(t, { '.githooks/pre-commit': '#!/bin/sh\necho MINE\n' });
  chmodSync(path.join(team.directory, '.githooks/pre-commit'), 0o755);
  team.git('config', 'core.hooksPath', '.githooks');
  const { notes } = await adopt(team);
  const told = notes.find(({ text }) => text.includes('setting of this clone'))?.command ?? '';
  team.git('config', '--unset', 'core.hooksPath');
  team.git('add', '-A');
  assert.notDeepEqual(troubles(await examine(team, 'worktree', only)), []);
  type(team, told);
  assert.deepEqual(troubles(await examine(team, 'worktree', only)), []);
  const shared = makeTeam(t, { 'package.json': teamPackage({ scripts: { prepare: told } }) });
  shared.git('config', 'core.hooksPath', '.githooks');
  assert.equal(
    (await adopt(shared)).notes.some(({ text }) => text.includes('setting of this clone')),
    false,
  );
});

test('in a fresh clone the folder that a setting had named is known by the manifest: nothing is adopted twice, and the setting is told', async (t) => {
  const mine = '#!/bin/sh\necho MINE\n';
  const team = makeTeam(t, { '.hooks/pre-commit': mine });
  chmodSync(path.join(team.directory, '.hooks/pre-commit'), 0o755);
  team.git('config', 'core.hooksPath', '.hooks');
  await adopt(team);
  commitAll(team, 'adopt');
  const clone = cloneOf(t, team);
  const report = await adopt(clone, { below: 'scripts' });
  assert.deepEqual([report.did, report.files], ['nothing', []]);
  const told = report.notes.find(({ text }) => text.includes('git does not look in this clone'));
  assert.deepEqual([told?.kind, told?.command], ['warning', 'git config core.hooksPath .hooks']);
  type(clone, told?.command ?? '');
  clone.write({ [program]: speaking });
  assert.match(type(clone, 'git commit --allow-empty -m it 2>&1'), /PROGRAM hook pre-commit\nMINE/);
  assert.deepEqual(
    (await adopt(clone)).notes.filter(({ text }) => text.includes('git does not look')),
    [],
  );
  const other = cloneOf(t, team);
  other.git('config', 'core.hooksPath', temporaryDirectory(t));
  assert.equal(
    (await adopt(other)).notes.find(({ text }) => text.includes('git does not look'))?.command,
    told?.command,
  );
  await adopt(other, { remove: true });
  assert.equal(read(other, '.hooks/pre-commit'), mine);
  assert.equal(
    other.git('diff', '--name-status', '.hooks').replaceAll('\t', ' '),
    'D .hooks/.gitattributes\nD .hooks/loopbreaker\nM .hooks/pre-commit\nD .hooks/pre-push',
  );
});

test('in a fresh clone git’s own folder of hooks may be a link to the adopted one, and husky may have one of its own', async (t) => {
  const team = makeTeam(t, { '.hooks/pre-commit': '#!/bin/sh\necho MINE\n' });
  team.git('config', 'core.hooksPath', '.hooks');
  await adopt(team);
  commitAll(team, 'adopt');
  const clone = cloneOf(t, team);
  rmSync(path.join(clone.directory, '.git/hooks'), { recursive: true });
  symlinkSync('../.hooks', path.join(clone.directory, '.git/hooks'));
  assert.deepEqual(warningsOf(await adopt(clone)), []);
  const husky = makeTeam(t, { 'tools/husky/pre-commit': 'echo MINE\n', '.husky/pre-commit': 'echo OLD\n' });
  husky.git('config', 'core.hooksPath', 'tools/husky/_');
  await adopt(husky);
  commitAll(husky, 'adopt');
  assert.deepEqual((await adopt(cloneOf(t, husky))).files, []);
});
