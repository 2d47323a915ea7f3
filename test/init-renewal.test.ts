/** The hook file of an adopted repository when loopbreaker, the package manager or a person has moved on. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { hookFileEdition, hookFileText } from '../scripts/core/hook-file.ts';
import { sealed } from '../scripts/core/hook-file-seal.ts';
import { standingOf } from '../scripts/core/hook-file-standing.ts';
import { adopt, commitAll, makeTeam, teamPackage, type, warningsOf } from './helpers/adopted.ts';
import { examine, findingsOf } from './helpers/project.ts';
import { cleanEnvironment, type Repository } from './helpers/repository.ts';

const file = '.husky/loopbreaker';

function read({ directory }: Repository): string {
  return readFileSync(path.join(directory, file), 'utf8');
}

/** What the doctor says of the hook file: severity and commands. */
async function said(team: Repository): Promise<readonly string[]> {
  const findings = findingsOf(await examine(team, 'worktree', ['hooks']), 'hooks');
  return findings.flatMap(({ code, severity, commands }) =>
    code.startsWith('hook-file-') ? [`${severity}: ${commands.join(' && ')}`] : [],
  );
}

test('a hook file of an older edition that nobody has edited is renewed by init, and the doctor says that it can be', async (t) => {
  const team = makeTeam(t);
  await adopt(team);
  const now = read(team);
  commitAll(team, 'it');
  assert.deepEqual(await said(team), []);
  const program = 'node_modules/loopbreaker/bin/loopbreaker.js';
  team.write({ [file]: sealed(`#!/bin/sh\nhook=$1\nset -- ${program}\nnode "$1" hook "$hook"\n`, 0) });
  commitAll(team, 'it');
  assert.deepEqual(await said(team), ['warning: npx loopbreaker init']);
  chmodSync(path.join(team.directory, file), 0o755);
  const { files, next } = await adopt(team);
  assert.deepEqual(files, [{ path: file, how: 'edit' }]);
  assert.match(next[0] ?? '', /^git add \.husky && git commit -m "chore: renew the files of loopbreaker"$/);
  assert.equal(read(team), now);
  assert.equal(statSync(path.join(team.directory, file)).mode & 0o111, 0o111, 'its mode is a person’s');
  assert.deepEqual(await said(team), []);
  assert.equal((await adopt(team)).did, 'nothing');
});

test('a repository that has gone from npm to pnpm gets the install command of pnpm; a lockfile more or less is no news', async (t) => {
  const team = makeTeam(t);
  await adopt(team);
  commitAll(team, 'it');
  team.write({ 'package-lock.json': '{}' });
  assert.deepEqual(await said(team), [], 'npm ci or npm install: clones may differ in that');
  team.remove('package-lock.json');
  team.write({ 'pnpm-lock.yaml': '' });
  assert.deepEqual(await said(team), ['warning: npx loopbreaker init']);
  await adopt(team);
  assert.match(read(team), /^install='pnpm install --frozen-lockfile'$/m);
  assert.deepEqual(await said(team), []);
});

test('a hook file that a person has edited stays; that there is another one is told with the command that brings it', async (t) => {
  const team = makeTeam(t);
  await adopt(team);
  const mine = read(team).replace('#!/bin/sh\n', '#!/bin/sh\n# PATH of our own\n');
  team.write({ [file]: mine });
  commitAll(team, 'it');
  const told = async () => (await adopt(team)).notes.find(({ text }) => text.includes('was edited and stays'));
  assert.deepEqual([(await adopt(team)).did, (await told())?.kind], ['nothing', 'warning'], 'nothing is newer');
  assert.deepEqual(await said(team), [`warning: rm ${file} && npx loopbreaker init`]);
  team.write({ 'pnpm-lock.yaml': '' });
  assert.equal((await told())?.command, `rm ${file} && npx loopbreaker init`);
  assert.equal(read(team), mine);
  assert.deepEqual(await said(team), [`warning: rm ${file} && npx loopbreaker init`]);
  const manifest = JSON.parse(readFileSync(path.join(team.directory, 'runtime-manifest.json'), 'utf8'));
  const accepted = { code: 'hook-file-edited', path: file, reason: 'PATH of our own', until: '2999-01-01' };
  team.write({ 'runtime-manifest.json': JSON.stringify({ ...manifest, suppress: [accepted] }) });
  assert.deepEqual(await said(team), [`note: rm ${file} && npx loopbreaker init`], 'accepted');
  team.remove(file);
  await adopt(team);
  assert.match(read(team), /^install='pnpm install/m);
});

test('a file of that name that is no hook file of ours is left alone, told by init and none of the doctor’s business', async (t) => {
  const team = makeTeam(t, { [file]: 'echo mine\n' });
  assert.match(warningsOf(await adopt(team)).join('\n'), /\.husky\/loopbreaker was edited and stays/);
  commitAll(team, 'it');
  assert.equal(read(team), 'echo mine\n');
  assert.deepEqual(await said(team), []);
});

test('from the root of a monorepo, or a worktree without packages, the places that the hook file knows are kept', async (t) => {
  const app = teamPackage({ devDependencies: { loopbreaker: '*' } });
  const team = makeTeam(t, { 'app/package.json': app, 'app/node_modules/loopbreaker/bin/loopbreaker.js': '' });
  await adopt(team, { below: 'app' });
  const before = read(team);
  assert.match(before, /^set -- app\/node_modules\/\S+ node_modules\/\S+$/m);
  await adopt(team);
  assert.equal(read(team), before);
  assert.equal(team.git('diff', '--name-only', 'package.json'), '', 'the scripts are where loopbreaker is');
  team.remove('app/node_modules');
  await adopt(team, { below: 'app' });
  assert.equal(read(team), before);
});

test('in a monorepo whose root has no lockfile the hook says the install of the package that has one, with its folder quoted', async (t) => {
  const app = teamPackage({ devDependencies: { loopbreaker: '*' } });
  const team = makeTeam(t, { "it's app/package.json": app, "it's app/package-lock.json": '{}' });
  await adopt(team);
  commitAll(team, 'it');
  assert.deepEqual(await said(team), []);
  const ended = spawnSync('sh', [file, 'pre-commit'], {
    cwd: team.directory,
    env: cleanEnvironment(),
    encoding: 'utf8',
  });
  const [, command = ''] = /to mend it: (.*)\n/.exec(ended.stderr) ?? [];
  assert.equal(command, "cd 'it'\\''s app' && npm ci");
  team.write({ 'node_modules/.bin/npm': '#!/bin/sh\necho "$@ in $PWD"\n' });
  chmodSync(path.join(team.directory, 'node_modules/.bin/npm'), 0o755);
  const PATH = `${team.directory}/node_modules/.bin:${process.env.PATH}`;
  assert.match(type(team, command, { PATH }), /^ci in .*\/it's app\n$/);
  team.write({ 'package-lock.json': '{}' });
  team.remove("it's app/package-lock.json");
  assert.deepEqual(await said(team), [], 'a lockfile that git ignores is in no other clone');
});

test('line ends of a checkout are no edit; a newer program’s file is not put back by an older one', () => {
  const facts = { programs: ['node_modules/x'], install: 'npm ci' };
  const text = hookFileText(facts);
  assert.equal(standingOf(text.replaceAll('\n', '\r\n'), facts), 'current');
  assert.equal(standingOf(sealed('#!/bin/sh\n', hookFileEdition + 1), facts), 'newer');
});

test('whoever changes the template of the hook file gives it a new edition', () => {
  const text = hookFileText({ programs: ['node_modules/x'], install: 'npm ci' });
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  assert.deepEqual([hookFileEdition, hash], [2, '49197dca053466c1'], 'raise hookFileEdition, then write both here');
});
