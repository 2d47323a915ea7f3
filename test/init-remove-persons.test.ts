/** What a person wrote, before the adoption or since, is the person's when init is undone. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { adopt, commitAll, makeTeam, noHooks, read, teamFiles, teamPackage } from './helpers/adopted.ts';
import { cloneOf } from './helpers/repository.ts';

const yaml = 'pre-commit:\n  commands:\n    lint:\n      run: npx eslint\n';

test('remarks and a layout that a person gave a file since stay when init is undone; only what init put in goes', async (t) => {
  const team = makeTeam(t, { 'lefthook.yml': yaml });
  await adopt(team);
  commitAll(team, 'adopt');
  const tabs = (json: string): string => `${JSON.stringify(JSON.parse(json), null, '\t')}\n`;
  team.write({
    'lefthook.yml': `# slow ones belong to CI\n${read(team, 'lefthook.yml')}`,
    'package.json': tabs(read(team, 'package.json')),
    '.gitignore': `${read(team, '.gitignore')}\n`,
  });
  commitAll(team, 'ours');
  for (const here of [cloneOf(t, team), team]) {
    await adopt(here, { remove: true });
    assert.equal(read(here, 'lefthook.yml'), `# slow ones belong to CI\n${yaml}`);
    assert.equal(read(here, 'package.json'), tabs(teamPackage()));
    assert.equal(read(here, '.gitignore'), `${teamFiles['.gitignore']}\n`);
  }
});

test('what a person had not committed yet when init edited the file is not lost by a removal', async (t) => {
  const before = 'pre-push:\n\nno_tty: true\n';
  const team = makeTeam(t, { 'lefthook.yml': before });
  team.write({ 'lefthook.yml': `# mine\n${before}` });
  await adopt(team);
  commitAll(team, 'adopt, and mine with it');
  await adopt(team, { remove: true });
  assert.match(read(team, 'lefthook.yml'), /^# mine\n[\s\S]*no_tty: true\n$/);
});

test('a policy from before the adoption stays without a word, also where init would write the very same', async (t) => {
  const [other, file] = [makeTeam(t), 'policy/breaker.json'];
  await adopt(other);
  const team = makeTeam(t, { [file]: read(other, file) });
  await adopt(team);
  commitAll(team, 'adopt');
  const { notes } = await adopt(team, { remove: true });
  assert.equal(read(team, file), read(other, file));
  assert.deepEqual(
    notes.filter(({ text }) => text.includes(file)),
    [],
  );
});

test('a hook file that nobody has edited goes in every clone, whatever init would write today, also if git held it before the manifest', async (t) => {
  const [team, file] = [makeTeam(t), '.husky/loopbreaker'];
  await adopt(team);
  team.git('add', file);
  team.git(...noHooks, 'commit', '-q', '-m', 'the hook file first');
  commitAll(team, 'adopt');
  team.write({ 'pnpm-lock.yaml': '' });
  commitAll(team, 'to pnpm');
  const clone = cloneOf(t, team);
  await adopt(clone, { remove: true });
  assert.equal(existsSync(path.join(clone.directory, file)), false);
});
