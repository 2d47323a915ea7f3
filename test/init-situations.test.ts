import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Refusal } from '../scripts/core/outcome.ts';
import { adopt, makeTeam, teamPackage } from './helpers/adopted.ts';
import { cleanEnvironment, makeRepository, temporaryDirectory } from './helpers/repository.ts';

test('node_modules that git holds although it ignores them are ignored once', async (t) => {
  const team = makeTeam(t, { 'node_modules/x': '', '.gitignore': 'dist\n' });
  await adopt(team);
  team.git('add', '-A');
  assert.deepEqual((await adopt(team)).files, []);
});

test('a package.json that scripts cannot be put into is refused, and nothing is written', async (t) => {
  for (const text of ['{ "name": "team",\n', '{ "scripts": null }\n']) {
    const team = makeTeam(t, { 'package.json': text });
    await assert.rejects(adopt(team), (error) => error instanceof Refusal && error.detail.code === 'init-unreadable');
    assert.equal(team.git('status', '--porcelain'), '');
  }
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
