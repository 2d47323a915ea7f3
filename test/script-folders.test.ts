/** Folders that scripts work in: missing ones are told, made ones are not claimed to be missing. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readScriptLine } from '../scripts/core/script-lines.ts';
import { makeProject, manifestWith } from './helpers/project.ts';
import { findings, scripts, verdicts } from './helpers/script-findings.ts';

for (const [line, folders] of [
  ['npm --prefix gone run x', 'gone'],
  ['npm run x --prefix=./gone/', 'gone/'],
  ['npm -C gone test', 'gone'],
  ['yarn --cwd gone build:all && pnpm -C other run x && pnpm --dir third test', 'gone other third'],
  ['cd gone && node x', 'gone'],
  ['cd a && cd b && npm test', 'a a/b'],
  ['(cd a; node b.js); cd c', 'a c'],
  ['sh -c "cd gone && node x"', 'gone'],
  ['cd "$PWD" && cd ~/x && cd /tmp && cd - && cd $(pwd)', ''],
  ['cd gone || mkdir gone', ''],
  ['[ -d gone ] && cd gone && ls', ''],
  ['if test -e a; then cd gone; fi', ''],
  ['mkdir -p gone && cd gone && ls', ''],
  ['npm --prefix gone install && npm init --prefix gone', ''],
  ['npm run x -- --prefix gone && npm --prefix a exec tool --prefix b', 'a'],
  ['cd node_modules/x && node y', ''],
] as const) {
  test(`the folders of the line: ${line}`, () => {
    assert.equal(
      readScriptLine(line)
        .folders.map((folder) => folder.path)
        .join(' '),
      folders,
    );
  });
}

test('a folder that nothing makes is told where it is written, with the near name in the same folder', async (t) => {
  const commands = {
    a: 'npm --prefix packages/wep run x',
    b: 'yarn --cwd nowhere run y',
    c: 'cd scrips && node main.js',
  };
  const files = { 'package.json': JSON.stringify({ scripts: commands }, null, 1), 'packages/web/package.json': '{}' };
  const found = await findings(makeProject(t, files));
  assert.deepEqual(
    found.map(({ severity, code, problem, path: file, line }) => [severity, code, problem, `${file}:${line}`]),
    [
      [
        'error',
        'script-folder-missing',
        'the script "a" of package.json runs "npm --prefix packages/wep", and the folder packages/wep does not exist - did you mean packages/web?',
        'package.json:3',
      ],
      [
        'error',
        'script-folder-missing',
        'the script "b" of package.json runs "yarn --cwd nowhere", and the folder nowhere does not exist.',
        'package.json:4',
      ],
      [
        'warning',
        'script-folder-missing',
        'the script "c" of package.json runs "cd scrips", and the folder scrips does not exist - did you mean scripts?',
        'package.json:5',
      ],
    ],
  );
});

test('a folder that is ignored, declared, built, made by another line or not ours to judge is not claimed to be missing', async (t) => {
  const commands = {
    ignored: 'cd private && ls',
    declared: 'npm --prefix made run x',
    built: 'cd dist && npm publish',
    compiled: 'cd out/types && ls',
    cloned: 'git clone https://example.invalid/x.git clone && cd clone && npm ci',
    fetched: 'node scripts/main.js --into corpus',
    used: 'npm --prefix corpus test',
    above: 'cd ../other && ls',
    elsewhere: 'cd vendor/sub && ls',
  };
  const project = makeProject(t, {
    'package.json': scripts(commands),
    '.gitignore': 'private/\n',
    'runtime-manifest.json': manifestWith({ generated: [{ path: 'made/**', by: 'npm run make' }] }),
  });
  project.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor/sub`);
  project.git('commit', '-qm', 'a submodule');
  assert.deepEqual(
    (await verdicts(project)).filter((verdict) => !verdict.startsWith('note')),
    [],
  );
});

test('of a folder that is only on disk it is said that git holds nothing in it, and of a deleted one what was in it', async (t) => {
  const commands = { a: 'npm --prefix fresh run x', b: 'cd old && node y.js' };
  const project = makeProject(t, { 'package.json': scripts(commands), 'old/y.js': '' });
  project.remove('old');
  project.commit();
  mkdirSync(path.join(project.directory, 'fresh'));
  const found = await findings(project, 'worktree');
  assert.deepEqual(
    found.map(({ code }) => code),
    ['path-deleted-in-commit', 'script-folder-missing'],
  );
  assert.match(found[1]?.problem ?? '', /fresh is on disk, but git holds nothing in it\.$/);
});
