import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { withoutCall } from '../scripts/core/init-remove.ts';
import { Refusal } from '../scripts/core/outcome.ts';
import { initText } from '../scripts/report/init.ts';
import { adopt, commitAll, makeTeam, noHooks, teamFiles, teamPackage } from './helpers/adopted.ts';
import { cloneOf, makeRepository, temporaryDirectory } from './helpers/repository.ts';

const yaml = 'pre-commit:\n  commands:\n    lint:\n      run: npx eslint\n';

/** Teams by what they had before. */
const teams: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'nothing of the kind': {},
  'no scripts at all and a .gitignore without a last line end': {
    'package.json': '{ "name": "team" }\n',
    '.gitignore': 'dist',
  },
  'a prepare script and hooks of husky': {
    'package.json': teamPackage({ scripts: { prepare: 'npm run build', build: 'true' } }),
    '.husky/pre-commit': '#!/bin/sh\nnpx lint-staged\n',
    '.husky/pre-push': 'npm test\n',
  },
  'a script that is called doctor': { 'package.json': teamPackage({ scripts: { doctor: 'true' } }) },
  lefthook: { 'lefthook.yml': `${yaml}pre-push:\n\nno_tty: true\n` },
  'simple-git-hooks': { 'package.json': teamPackage({ 'simple-git-hooks': { 'pre-push': 'npm test' } }) },
};

for (const [had, files] of Object.entries(teams)) {
  test(`a team with ${had} is as before when init has been undone, before the adoption is committed and after it`, async (t) => {
    const team = makeTeam(t, files);
    const before = team.git('rev-parse', 'HEAD^{tree}');
    await adopt(team);
    const undone = await adopt(team, { remove: true });
    assert.equal(undone.did, 'removed');
    assert.equal(team.git('status', '--porcelain'), '', 'uncommitted');
    await adopt(team);
    commitAll(team, 'adopt');
    team.write({ 'scripts/more.js': 'export const more = 1;\n' });
    commitAll(team, 'work');
    assert.equal((await adopt(team, { remove: true })).did, 'removed');
    team.git('rm', '-q', '-f', 'scripts/more.js');
    commitAll(team, 'no longer');
    assert.equal(team.git('diff', '--stat', before, 'HEAD^{tree}'), '');
    const again = await adopt(team, { remove: true });
    assert.equal(again.did, 'nothing');
    assert.match(initText(again, 80), /is not set up here, there is nothing to take out/);
  });
}

test('what a person wrote into a policy before the adoption was committed stays, here and in a clone', async (t) => {
  const team = makeTeam(t);
  await adopt(team);
  const mine = '{ "agent": { "command": ["mine"] } }\n';
  team.write({ 'policy/loop.json': mine });
  commitAll(team, 'adopt');
  for (const here of [cloneOf(t, team), team]) {
    const { notes, files } = await adopt(here, { remove: true });
    assert.equal(readFileSync(path.join(here.directory, 'policy/loop.json'), 'utf8'), mine);
    assert.deepEqual(
      notes.flatMap(({ command }) => (command?.startsWith('rm policy') ? [command] : [])),
      ['rm policy/loop.json'],
    );
    assert.equal(
      files.some((one) => one.path === 'policy/promote.json'),
      true,
      'what is as init wrote it goes',
    );
  }
});

test('what init wrote is known again when the repository has changed since; a record that cannot be read is no licence', async (t) => {
  const team = makeTeam(t);
  await adopt(team);
  // Today init would write "npm ci" and another list of entry points.
  team.write({ 'package-lock.json': '{}', 'package.json': teamPackage({ scripts: { test: 'node --test' } }) });
  commitAll(team, 'adopt');
  const { files } = await adopt(team, { remove: true, dryRun: true });
  const removed = files.map((one) => one.path);
  assert.equal(removed.includes('policy/promote.json') && removed.includes('runtime-manifest.json'), true);
  team.write({ '.git/loopbreaker/init.json': '{' });
  await assert.rejects(adopt(team, { remove: true }), (error) => {
    assert.ok(error instanceof Refusal && error.detail.code === 'init-unreadable');
    execFileSync('sh', ['-c', error.detail.remedy], { cwd: team.directory });
    return true;
  });
  const { notes } = await adopt(team, { remove: true, dryRun: true });
  assert.equal(
    notes.some(({ command }) => command === 'rm policy/promote.json'),
    true,
  );
});

test('what a person changed since stays when init is undone, and is told with the command that removes it', async (t) => {
  const team = makeTeam(t, { 'PROMPT.md': 'there before\n' });
  await adopt(team);
  commitAll(team, 'adopt');
  const file = path.join(team.directory, 'package.json');
  const edited = readFileSync(file, 'utf8').replace('loopbreaker status', 'loopbreaker status --json');
  team.write({
    'package.json': edited,
    'policy/breaker.json': '{ "sameSignatureMax": 2 }\n',
    '.husky/pre-commit': 'sh .husky/loopbreaker pre-commit\nnpm test\n',
  });
  commitAll(team, 'our own way');
  const { notes, files } = await adopt(team, { remove: true });
  assert.deepEqual(
    notes.flatMap(({ command }) => (command?.startsWith('rm policy') ? [command] : [])),
    ['rm policy/breaker.json'],
  );
  assert.equal(
    files.some((one) => one.path === 'PROMPT.md' || one.path === 'policy/breaker.json'),
    false,
  );
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).scripts.status, 'loopbreaker status --json');
  assert.equal(readFileSync(path.join(team.directory, '.husky/pre-commit'), 'utf8'), 'npm test\n');
});

test('a dry run of the removal removes nothing', async (t) => {
  const team = makeTeam(t);
  await adopt(team);
  commitAll(team, 'adopt');
  const { diff, files, notes } = await adopt(team, { remove: true, dryRun: true });
  assert.match(diff ?? '', /^deleted file mode/m);
  assert.equal(
    notes.some(({ text }) => text.startsWith('.husky/_ leaves git')),
    true,
    'which no diff shows',
  );
  assert.equal(files.length > 8, true);
  assert.equal(team.git('status', '--porcelain'), '');
});

test('of hooks that stay on disk a removal says how they go, or how their tool makes them anew', async (t) => {
  const team = makeTeam(t);
  await adopt(team);
  const { notes } = await adopt(team, { remove: true });
  const { command, text } = notes.find((one) => one.text.includes('.husky/_')) ?? {};
  assert.match(text ?? '', /stays on disk/);
  execFileSync('sh', ['-c', command ?? 'false'], { cwd: team.directory });
  assert.equal(team.git('status', '--porcelain', '--ignored'), '');
  assert.equal(team.git('config', '--get', '--default', 'none', 'core.hooksPath'), 'none');
  for (const [files, install] of [
    [teams.lefthook, 'npx lefthook install'],
    [teams['simple-git-hooks'], 'npx simple-git-hooks'],
  ] as const) {
    const joined = makeTeam(t, files);
    await adopt(joined);
    commitAll(joined, 'adopt');
    const report = await adopt(joined, { remove: true });
    assert.equal(report.next[0], install);
    assert.match(report.notes.map((one) => one.text).join('\n'), /has put into git's own folder stay/);
  }
});

test('only whole lines of ours are taken out of a hook', () => {
  const mine = 'sh .husky/loopbreaker pre-commit && echo mine\n';
  assert.equal(withoutCall(mine, '.husky', 'pre-commit'), mine);
  const around = 'time sh .husky/loopbreaker pre-commit\n';
  assert.equal(withoutCall(around, '.husky', 'pre-commit'), around);
  assert.equal(
    withoutCall(`${around}sh .husky/loopbreaker pre-commit\nnpm test\n`, '.husky', 'pre-commit'),
    `${around}npm test\n`,
  );
});

test('where the first commit of all is the adoption, a prompt of a person stays', async (t) => {
  const team = makeRepository(t, { files: {} });
  team.write({ ...teamFiles, 'PROMPT.md': 'mine\n' });
  await adopt(team);
  team.git('checkout', '-q', '--orphan', 'anew');
  commitAll(team, 'all of it');
  const { files, notes } = await adopt(team, { remove: true, dryRun: true });
  assert.deepEqual(
    files.filter((one) => one.path === 'PROMPT.md'),
    [],
  );
  assert.equal(
    notes.some(({ command }) => command === 'rm PROMPT.md'),
    true,
  );
});

test('in a shallow clone that does not reach back to before the adoption, nothing of a person is removed', async (t) => {
  const team = makeTeam(t, { 'PROMPT.md': 'there before\n' });
  await adopt(team);
  team.write({ 'policy/breaker.json': '{ "sameSignatureMax": 2 }\n' });
  commitAll(team, 'adopt');
  team.git(...noHooks, 'commit', '-q', '--allow-empty', '-m', 'later');
  const directory = path.join(temporaryDirectory(t), 'shallow');
  team.git('clone', '-q', '--depth', '1', `file://${team.directory}`, directory);
  const { files } = await adopt({ ...team, directory }, { remove: true, dryRun: true });
  const removed = files.map((one) => one.path);
  assert.equal(removed.includes('PROMPT.md') || removed.includes('policy/breaker.json'), false);
  assert.equal(removed.includes('policy/failure-classes.json'), true, 'what init would write the same is its own');
});
