/** What a clone gets of an adoption: what git ignores, and what it gives other line ends. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { adopt, json, makeTeam, read, speaking, teamPackage, type, warningsOf } from './helpers/adopted.ts';
import { examine, findingsOf, troubles } from './helpers/project.ts';
import { repositoryAt, temporaryDirectory } from './helpers/repository.ts';

const attributes = '.husky/.gitattributes';
const noHooks = (command: string): string => command.replace('git commit', 'git -c core.hooksPath=/dev/null commit');

test('hooks fire in worktrees whose files have the line ends of Windows, by an attribute or by a setting', async (t) => {
  for (const how of ['attribute', 'setting']) {
    const team = makeTeam(t, how === 'attribute' ? { '.gitattributes': '* text=auto eol=crlf\n' } : {});
    if (how === 'setting') team.git('config', 'core.autocrlf', 'true');
    const { next } = await adopt(team);
    type(team, noHooks(next[0] ?? ''));
    const directory = path.join(temporaryDirectory(t), 'linked');
    team.git('worktree', 'add', '-q', directory);
    assert.match(readFileSync(path.join(directory, 'runtime-manifest.json'), 'utf8'), /\r\n/, how);
    const linked = { ...team, directory };
    team.write({ 'node_modules/loopbreaker/bin/loopbreaker.js': speaking });
    assert.match(type(linked, 'git commit --allow-empty -m it 2>&1'), /PROGRAM hook pre-commit/, how);
    assert.equal((await adopt(team)).did, 'nothing');
    const { files } = await adopt(team, { remove: true });
    assert.equal(
      files.some((one) => one.path === '.husky/.gitattributes' && one.how === 'remove'),
      true,
    );
  }
});

test('every clone keeps the line ends of the hooks, unless an attribute does so already, and init --remove takes that out of a clone', async (t) => {
  const hasAttributes = ({ files }: { readonly files: readonly { readonly path: string }[] }): boolean =>
    files.some((one) => one.path === attributes);
  assert.equal(hasAttributes(await adopt(makeTeam(t, { '.gitattributes': '* text=auto eol=lf\n' }))), false);
  const team = makeTeam(t);
  const { next } = await adopt(team);
  type(team, noHooks(next[0] ?? ''));
  const clone = repositoryAt(path.join(temporaryDirectory(t), 'clone'));
  team.git('clone', '-q', '-c', 'core.autocrlf=true', '.', clone.directory);
  for (const name of ['loopbreaker', 'pre-commit', '_/h'])
    assert.doesNotMatch(read(clone, `.husky/${name}`), /\r/, name);
  const { files } = await adopt(clone, { remove: true });
  assert.deepEqual([hasAttributes({ files }), existsSync(path.join(clone.directory, attributes))], [true, false]);
});

test('a checkout that has the line ends of Windows in its hooks is told, and init gives it hooks that run', async (t) => {
  const team = makeTeam(t);
  const { next } = await adopt(team);
  team.remove(attributes);
  type(team, noHooks(next[0]?.replace(`${attributes} `, '') ?? ''));
  const clone = repositoryAt(path.join(temporaryDirectory(t), 'clone'));
  team.git('clone', '-q', '-c', 'core.autocrlf=true', '.', clone.directory);
  clone.git('config', 'core.hooksPath', '.husky/_');
  const found = findingsOf(await examine(clone, 'worktree', ['hooks']), 'hooks');
  const lineEnds = found.filter(({ code }) => code === 'hook-line-ends');
  const ours = ['.husky/loopbreaker', '.husky/pre-commit', '.husky/pre-push'];
  assert.deepEqual(
    lineEnds.map((one) => `${one.severity} ${one.path}`).sort(),
    ours.map((file) => `error ${file}`),
  );
  const report = await adopt(clone);
  assert.deepEqual(report.files.map((one) => one.path).sort(), [attributes, ...ours]);
  assert.deepEqual(findingsOf(await examine(clone, 'worktree', ['hooks']), 'hooks'), []);
  assert.equal((await adopt(clone)).did, 'nothing');
  clone.write({ 'node_modules/loopbreaker/bin/loopbreaker.js': speaking });
  const person = { GIT_AUTHOR_NAME: 'it', GIT_COMMITTER_NAME: 'it', EMAIL: 'it@example.invalid' };
  assert.match(type(clone, `${report.next[0]} 2>&1`, person), /PROGRAM hook pre-commit/);
  assert.deepEqual(
    clone.git('show', '--name-only', '--format=').trim(),
    attributes,
    'git holds the same files as before',
  );
});

test('attributes that a person has put beside the hooks stay; that they miss the line ends is told with the line for it', async (t) => {
  const mine = 'loopbreaker linguist-generated';
  const team = makeTeam(t, { [attributes]: mine });
  const { notes } = await adopt(team);
  const told = notes.find(({ text }) => text.includes('is yours and stays'));
  assert.deepEqual([told?.kind, read(team, attributes)], ['warning', mine]);
  type(team, told?.command ?? '');
  assert.equal(read(team, attributes), `${mine}\n* text=auto eol=lf\n`);
  assert.deepEqual(
    warningsOf(await adopt(team)).filter((text) => text.includes('is yours')),
    [],
  );
  await adopt(team, { remove: true });
  assert.match(read(team, attributes), /linguist-generated/);
});

test('a hook of a person that had the line ends of Windows runs once it is joined, and gets them back', async (t) => {
  const hook = '#!/bin/sh\r\necho MINE\r\n';
  const team = makeTeam(t, {
    '.husky/pre-commit': hook,
    'package.json': teamPackage({ devDependencies: { husky: '^9.0.0' } }),
  });
  const { next } = await adopt(team);
  type(team, noHooks(next[0] ?? ''));
  team.write({ 'node_modules/loopbreaker/bin/loopbreaker.js': speaking });
  assert.match(type(team, 'git commit --allow-empty -m it 2>&1'), /PROGRAM hook pre-commit\nMINE\n/);
  await adopt(team, { remove: true });
  assert.equal(read(team, '.husky/pre-commit'), hook);
});

test('files of ours that git ignores are told, and the printed commands commit them all the same', async (t) => {
  const team = makeTeam(t, { '.gitignore': 'node_modules\n/loop/tmp-wt/\npolicy/\n*.md\n' });
  const report = await adopt(team);
  assert.match(warningsOf(report).join('\n'), /git ignores policy\/loop\.json, .*PROMPT\.md, without which/);
  type(team, noHooks(report.next[0] ?? ''));
  assert.deepEqual(troubles(await examine(team, 'HEAD', ['manifest', 'policies', 'tracked'])), []);
  assert.deepEqual((await adopt(team)).next, []);
});

test('a lockfile that git ignores is not asked for: no clone has it', async (t) => {
  const team = makeTeam(t, { '.gitignore': 'node_modules\n/loop/tmp-wt/\npackage-lock.json\n' });
  team.write({ 'package-lock.json': '{}' });
  await adopt(team);
  assert.equal(json(team, 'runtime-manifest.json').files.includes('package-lock.json'), false);
  assert.deepEqual(json(team, 'policy/promote.json').prepare, [['npm', 'install']]);
});

test('what git does not ignore yet is added to .gitignore, behind its own line end', async (t) => {
  const team = makeTeam(t, { '.gitignore': 'dist' });
  await adopt(team);
  assert.equal(read(team, '.gitignore'), 'dist\n# loopbreaker\nnode_modules\n/loop/tmp-wt/\n');
});
