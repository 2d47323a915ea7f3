import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { joinHook } from '../scripts/core/init-hooks.ts';
import { withLefthook } from '../scripts/core/init-lefthook.ts';
import { adopt, makeTeam, read, speaking, teamPackage, type, warningsOf } from './helpers/adopted.ts';
import { withHookTools } from './helpers/hook-tools.ts';
import { examine, findingsOf, troubles } from './helpers/project.ts';
import { makeBareRemote, temporaryDirectory } from './helpers/repository.ts';

const husky = fileURLToPath(new URL('../node_modules/husky/bin.js', import.meta.url));
const program = 'node_modules/loopbreaker/bin/loopbreaker.js';
const only = ['hooks'];

test('husky in use is joined in front of what its hooks run, once, and both get the refs of a push', async (t) => {
  const team = makeTeam(t, {
    'package.json': teamPackage({ scripts: { prepare: `node ${husky}`, test: 'node --test' } }),
    '.husky/pre-commit': '#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n\nnpx lint-staged --version\n',
    '.husky/pre-push': 'echo "OTHERS $1 $(cut -d" " -f3)"\n',
  });
  makeBareRemote(t, team);
  type(team, 'npm run prepare');
  const { notes } = await adopt(team);
  assert.equal(JSON.parse(read(team, 'package.json')).scripts.prepare, `node ${husky}`, 'husky is installed already');
  assert.match(
    read(team, '.husky/pre-commit'),
    /husky\.sh"\nsh \.husky\/loopbreaker pre-commit --doctor-only \|\| exit \$\?\n\nnpx lint-staged/,
  );
  assert.match(notes.map((one) => one.text).join('\n'), /On branches from before this commit/);
  assert.equal((await adopt(team)).did, 'nothing');
  team.write({
    [program]: speaking,
    '.husky/pre-commit': read(team, '.husky/pre-commit').replace(/npx .*/, 'echo OTHERS'),
  });
  team.git('add', '-A');
  assert.match(type(team, 'git commit -q -m adopt 2>&1'), /PROGRAM hook pre-commit --doctor-only[\s\S]*OTHERS/);
  const pushed = type(team, 'git push origin main 2>&1');
  assert.match(pushed, /PROGRAM hook pre-push with refs\nOTHERS origin refs\/heads\/main\n/);
});

test('a refusing loopbreaker ends a joined hook, also in a file without set -e', (t) => {
  const directory = temporaryDirectory(t);
  const file = path.join(directory, 'loopbreaker');
  for (const [hook, text] of [
    ['pre-commit', '#!/bin/sh\nexec echo OTHERS\n'],
    ['pre-push', '#!/bin/sh\necho OTHERS\n'],
  ] as const) {
    writeFileSync(path.join(directory, hook), joinHook(text, directory, hook, false) ?? '');
    writeFileSync(file, 'exit 7\n');
    const refused = spawnSync('sh', [path.join(directory, hook)], { input: 'a ref\n', encoding: 'utf8' });
    assert.deepEqual([refused.status, refused.stdout], [7, '']);
    writeFileSync(file, 'exit 0\n');
    assert.equal(spawnSync('sh', [path.join(directory, hook)], { input: '', encoding: 'utf8' }).stdout, 'OTHERS\n');
  }
});

test('a hook in another language is left alone, and the line that it needs is said', async (t) => {
  const text = '#!/usr/bin/env node\nprocess.exit(0);\n';
  const team = makeTeam(t, { '.husky/pre-commit': text });
  const { notes } = await adopt(team);
  assert.equal(read(team, '.husky/pre-commit'), text);
  assert.equal(
    notes.some(({ command }) => command === 'sh .husky/loopbreaker pre-commit'),
    true,
  );
});

test('hooks of husky 4 are not moved to where they cannot run: they go, and what they ran is named', async (t) => {
  const keys = { husky: { hooks: { 'pre-commit': 'npm test' } }, devDependencies: { husky: '^4.3.8' } };
  const team = makeTeam(t, { 'package.json': teamPackage(keys) });
  const hook = '#!/bin/sh\n# husky\n\n# Hook created by Husky v4.3.8\n. "$(dirname "$0")/husky.sh"\n';
  for (const name of ['pre-commit', 'pre-push', 'commit-msg']) {
    writeFileSync(path.join(team.directory, '.git/hooks', name), hook, { mode: 0o755 });
  }
  const { next, notes } = await adopt(team);
  assert.match(notes.map(({ text }) => text).join('\n'), /What "husky" in package\.json names has to become files/);
  type(team, next[0] ?? '');
  assert.equal((await adopt(team)).next.length, 3);
  team.git('add', '-A');
  assert.deepEqual(troubles(await examine(team, 'worktree', only)), []);
});

test('lefthook gets a command for each hook, its comments stay, and after its own install the doctor is content', async (t) => {
  const yaml = '# ours\npre-commit:\n  # fast ones\n  commands:\n    lint:\n      run: npx eslint {staged_files}\n';
  const team = makeTeam(t, {
    'lefthook.yml': yaml,
    'package.json': teamPackage({ devDependencies: { lefthook: '*' } }),
  });
  const report = await adopt(team);
  assert.equal(
    read(team, 'lefthook.yml'),
    `${yaml.replace('    lint:', '    loopbreaker:\n      run: sh .githooks/loopbreaker pre-commit\n    lint:')}pre-push:\n  commands:\n    loopbreaker:\n      run: sh .githooks/loopbreaker pre-push\n      use_stdin: true\n`,
  );
  assert.equal(existsSync(path.join(team.directory, '.husky')), false);
  const install = report.notes.find(({ text }) => text.includes('lefthook installs'))?.command ?? '';
  const bin = withHookTools(team);
  team.commit('adopt');
  type(team, install, { PATH: `${bin}:${process.env.PATH}` });
  assert.deepEqual(troubles(await examine(team, 'worktree', [...only, 'manifest', 'tracked', 'untracked'])), []);
  assert.deepEqual(
    findingsOf(await examine(team, 'worktree', only), 'hooks').map((one) => one.code),
    ['hook-not-proved'],
  );
  assert.equal((await adopt(team)).did, 'nothing');
  const jobs = 'pre-commit:\n  jobs:\n    - name: lint\n      run: npx eslint\n';
  const other = makeTeam(t, { 'lefthook.yml': jobs });
  await adopt(other);
  assert.match(read(other, 'lefthook.yml'), /- name: loopbreaker\n {6}run: sh \.githooks\/loopbreaker pre-commit\n/);
});

test('in lefthook.yml an empty hook is filled, and where one of the calls is gone the other is not written twice', () => {
  const text = 'pre-commit:\n  jobs:\n    - run: npx eslint\npre-push:\n';
  const joined = withLefthook(text, '.githooks') ?? '';
  assert.match(joined, /^pre-push:\n {2}commands:\n {4}loopbreaker:\n {6}run: sh \.githooks\/loopbreaker pre-push$/m);
  assert.equal(withLefthook(joined.replace(/^pre-push:[\s\S]*/m, ''), '.githooks'), joined);
});

test('simple-git-hooks is joined in package.json, and what pre-commit needs is said', async (t) => {
  const hooks = { 'pre-commit': 'npx eslint .' };
  const simple = makeTeam(t, { 'package.json': teamPackage({ 'simple-git-hooks': hooks }) });
  const { notes } = await adopt(simple);
  const joined = JSON.parse(read(simple, 'package.json'));
  assert.equal(
    joined['simple-git-hooks']['pre-commit'],
    'sh .githooks/loopbreaker pre-commit || exit $?\nnpx eslint .',
  );
  assert.equal(joined['simple-git-hooks']['pre-push'], 'sh .githooks/loopbreaker pre-push');
  assert.equal(joined.scripts.doctor, 'loopbreaker doctor', 'two parts of the plan edit this file');
  const install = notes.find(({ text }) => text.includes('simple-git-hooks installs'))?.command ?? '';
  const bin = withHookTools(simple);
  type(simple, install, { PATH: `${bin}:${process.env.PATH}` });
  assert.match(read(simple, '.git/hooks/pre-commit'), /loopbreaker pre-commit/);
  assert.equal((await adopt(simple)).did, 'nothing');
  const config = 'repos: []\n';
  const python = makeTeam(t, { '.pre-commit-config.yaml': config });
  const warnings = warningsOf(await adopt(python));
  assert.equal(read(python, '.pre-commit-config.yaml'), config);
  assert.match(warnings.join('\n'), /was left alone: in \.pre-commit-config\.yaml, add/);
  assert.equal(existsSync(path.join(python.directory, '.githooks')), false);
});

test('hooks of their own in .git are not switched off: the printed command moves them, and then they are joined', async (t) => {
  const team = makeTeam(t);
  const hook = path.join(team.directory, '.git/hooks/pre-push');
  writeFileSync(hook, '#!/bin/sh\necho MINE\n', { mode: 0o755 });
  const first = await adopt(team);
  const refused = first.notes.find(({ text }) => text.includes('husky would switch off'));
  assert.equal(team.git('config', '--get', '--default', 'none', 'core.hooksPath'), 'none');
  assert.equal(existsSync(path.join(team.directory, '.husky')), false);
  assert.deepEqual(
    first.next,
    [refused?.command, 'npx loopbreaker init'],
    'an adoption without hooks is not one to commit',
  );
  type(team, refused?.command ?? '');
  team.git('add', '.');
  const missing = troubles(await examine(team, 'worktree', ['tracked'])).filter((text) => text.includes('.husky/'));
  assert.match(missing.join('\n'), /\.husky\/loopbreaker/, 'until then the doctor says what is missing');
  const second = await adopt(team);
  assert.equal(second.did, 'adopted');
  team.git('add', '.');
  assert.deepEqual(troubles(await examine(team, 'worktree', [...only, 'manifest', 'tracked'])), []);
  assert.match(read(team, '.husky/pre-push'), /loopbreaker pre-push \|\| exit \$\?[\s\S]*echo MINE/);
  assert.deepEqual(
    warningsOf(second).filter((text) => text.includes('hooks')),
    [],
  );
});
