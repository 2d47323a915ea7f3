/** What a clone gets of an adoption: what git ignores, and what it gives other line ends. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { adopt, json, makeTeam, read, speaking, type, warningsOf } from './helpers/adopted.ts';
import { examine, troubles } from './helpers/project.ts';
import { temporaryDirectory } from './helpers/repository.ts';

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
  const plain = await adopt(makeTeam(t));
  assert.equal(
    plain.files.some((one) => one.path.endsWith('.gitattributes')),
    false,
  );
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
