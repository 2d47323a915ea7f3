import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { examine, makeProject, manifestWith, projectFiles, troubles } from './helpers/project.ts';
import { cleanEnvironment, cloneOf, makeRepository, repositoryAt, temporaryDirectory } from './helpers/repository.ts';
import { findings, scripts, verdicts } from './helpers/script-findings.ts';

const only = ['script-targets'];

test('a file that a commit deleted is an error that names the commit, its date and every line that runs it', async (t) => {
  const commands = { smoke: 'node smoke.mjs', twice: 'node ./smoke.mjs --x' };
  const project = makeProject(t, { 'package.json': scripts(commands), 'smoke.mjs': '' });
  assert.deepEqual(await verdicts(project), []);
  project.remove('smoke.mjs');
  const commit = project.commit().slice(0, 10);
  project.commit('a later one');
  const [finding] = await findings(project);
  assert.equal(finding?.code, 'path-deleted-in-commit');
  assert.match(
    finding.problem,
    new RegExp(`${commit} \\(\\d{4}-\\d\\d-\\d\\d\\); the script "smoke" of package\\.json and 1 more line run it`),
  );
  assert.deepEqual((await findings(project, 'worktree'))[0]?.commands, [`git checkout ${commit}^ -- smoke.mjs`]);
});

test('a file that was moved, and moved again, is named where it is now, also when it was edited on the way', async (t) => {
  const text = Array.from({ length: 30 }, (_, line) => `export const a${line} = ${line};`).join('\n');
  const files = { 'src/tests/db/test.ts': text, 'tools/one.ts': 'one();' };
  const commands = { db: 'tsx src/tests/db/test.ts', one: 'tsx tools/one.ts' };
  const project = makeProject(t, { 'package.json': scripts(commands), ...files });
  project.write({ 'between/.keep': '' });
  project.git('mv', 'src/tests/db/test.ts', 'between/check.ts');
  project.write({ 'between/check.ts': `${text}\nexport const more = 1;\n` });
  project.git('mv', 'tools/one.ts', 'scripts/one.ts');
  project.commit();
  project.git('mv', 'between', 'checks');
  project.commit();
  const found = await findings(project);
  assert.deepEqual(
    found.map((one) => [one.code, one.remedy]),
    [
      ['script-target-moved', 'write checks/check.ts in the script'],
      ['script-target-moved', 'write scripts/one.ts in the script'],
    ],
  );
});

test('a file that became TypeScript is moved for node, and there for a runner that takes one for the other', async (t) => {
  const text = 'export const a = 1;\n'.repeat(9);
  const commands = { a: 'node tools/a.js', b: 'tsx tools/b.js', c: 'node -r tsx/cjs tools/b.js', d: 'node tools/d.js' };
  const before = { 'tools/a.js': text, 'tools/b.ts': '', 'tools/d.ts': '' };
  const project = makeProject(t, { 'package.json': scripts(commands), ...before });
  project.git('mv', 'tools/a.js', 'tools/a.ts');
  project.commit();
  assert.deepEqual(await verdicts(project), [
    'error script-target-moved tools/a.js',
    'note script-target-built tools/d.js',
  ]);
});

test('a hand-written source that an ignore rule hid from git add is an error, a build output a note', async (t) => {
  const commands = { dev: 'tsx dev/api.ts', op: 'node ops/x.mjs', start: 'node dist/main.js', lib: 'node lib/x.js' };
  const project = makeProject(t, {
    '.gitignore': '/*\n!/scripts\n!/policy\ndist/\n',
    'package.json': scripts(commands),
  });
  project.git('add', '-f', ...Object.keys(projectFiles));
  project.commit();
  const expected = [
    'error path-ignored dev/api.ts',
    'error path-ignored ops/x.mjs',
    'note script-target-built dist/main.js',
    'note script-target-built lib/x.js',
  ];
  const [absent] = await findings(project);
  assert.match(absent?.problem ?? '', /dev\/api\.ts was never committed, .* \(\.gitignore:1: \/\*\)/);
  assert.deepEqual(await verdicts(project), expected);
  // The same when its author has it on disk.
  project.write({ 'dev/api.ts': '', 'ops/x.mjs': '', 'dist/main.js': '' });
  for (const tree of ['worktree', 'HEAD']) assert.deepEqual(await verdicts(project, tree), expected, tree);
  assert.deepEqual((await findings(project, 'worktree'))[0]?.commands, ['git add -f dev/api.ts']);
});

test('what is ignored now and was committed once is a build output, unless it was written by hand', async (t) => {
  const commands = {
    start: 'node dist/main.js',
    old: 'node tools/old.js',
    dev: 'tsx tools/dev.ts',
    new: 'node tools/new.js',
    one: 'node scripts/one.js',
    sh: 'sh out/run.sh',
    bundle: 'node test/bundle.js',
    types: 'tsc -p tsconfig.own.json',
  };
  const more = { 'scripts/one.js': '1', 'out/run.sh': 's', 'test/bundle.js': 'b', 'tsconfig.own.json': '{}' };
  const old = { 'dist/main.js': '', 'tools/old.js': 'o', 'tools/dev.ts': 'd', 'tools/new.ts': '', ...more };
  const project = makeProject(t, { 'package.json': scripts(commands), ...old });
  project.git('rm', '-q', '-r', 'dist', 'tools/old.js', 'tools/dev.ts', ...Object.keys(more));
  const rules = [
    'dist',
    'tools/*.js',
    '*.js',
    'tools/dev.ts',
    '!scripts/**',
    'scripts/one.js',
    'out',
    '/test/bundle.js',
    '/tsconfig.*',
  ];
  project.write({ '.gitignore': `${rules.join('\n')}\n` });
  project.commit();
  assert.deepEqual(await verdicts(project), [
    'note script-target-built dist/main.js',
    'error path-deleted-in-commit tools/old.js',
    'error path-deleted-in-commit tools/dev.ts',
    'note script-target-built tools/new.js',
    'error path-deleted-in-commit scripts/one.js',
    'error path-deleted-in-commit out/run.sh',
    'note script-target-built test/bundle.js',
    'error path-deleted-in-commit tsconfig.own.json',
  ]);
});

test('what a builder, a tsconfig or the package itself says is built is a note without any ignore rule', async (t) => {
  const commands = {
    build: 'esbuild scripts/main.js --outfile=made/a.js && cp x made/b',
    a: 'node made/a.js',
    b: 'node cjs-out/deep/b.js',
    c: 'node pkg-out/c.mjs',
    d: 'node ./made/b',
    e: 'node neither/e.js',
  };
  const project = makeProject(t, {
    'package.json': scripts(commands, { bin: { x: './pkg-out/cli.mjs' } }),
    'tsconfig.cjs.json': '{\n  // why\n  "compilerOptions": { "outDir": "./cjs-out", },\n}\n',
  });
  assert.deepEqual(await verdicts(project), [
    'note script-target-built made/a.js',
    'note script-target-built cjs-out/deep/b.js',
    'note script-target-built pkg-out/c.mjs',
    'note script-target-built made/b',
    'error path-missing neither/e.js',
  ]);
});

test('what the manifest declares generated is not looked for', async (t) => {
  const generated = [{ path: 'made/**', by: 'npm run build' }];
  const files = { 'package.json': scripts({ start: 'node made/main.js' }) };
  const strict = makeProject(t, files);
  assert.deepEqual(troubles(await examine(strict, 'HEAD', only)), ['script-targets: path-missing made/main.js']);
  const declared = makeProject(t, { ...files, 'runtime-manifest.json': manifestWith({ generated }) });
  assert.deepEqual(await verdicts(declared), []);
});

test('the change at hand is told apart from history: staged deletions, staged moves, announced and untracked files', async (t) => {
  const commands = { a: 'node tools/a.js', b: 'node tools/b.js', c: 'node tools/c.js', d: 'node tools/d.js' };
  const project = makeProject(t, { 'package.json': scripts(commands), 'tools/a.js': 'a', 'tools/b.js': 'b' });
  project.git('rm', '-q', 'tools/a.js');
  project.git('mv', 'tools/b.js', 'tools/moved.js');
  project.write({ 'tools/c.js': 'c', 'tools/d.js': 'd' });
  project.git('add', '-N', 'tools/c.js');
  const expected = [
    'error path-missing tools/a.js',
    'error script-target-moved tools/b.js',
    'error path-intent-to-add tools/c.js',
    'error path-untracked tools/d.js',
  ];
  for (const tree of ['index', 'worktree']) assert.deepEqual(await verdicts(project, tree), expected, tree);
  assert.deepEqual((await findings(project, 'index'))[0]?.commands, ['git checkout HEAD -- tools/a.js']);
});

test('other capitals, and a file of that name elsewhere, are said', async (t) => {
  const commands = { a: 'node tools/Build.js', b: 'node tols/release-all.mjs' };
  const files = { 'tools/build.js': '', 'tools/release-all.mjs': '' };
  const found = await findings(makeProject(t, { 'package.json': scripts(commands), ...files }));
  assert.deepEqual(
    found.map((one) => one.code),
    ['path-other-case', 'path-missing'],
  );
  assert.match(found[0]?.problem ?? '', /git has tools\/build\.js/);
  assert.match(found[1]?.problem ?? '', /did you mean tools\/release-all\.mjs\?/);
  assert.equal(found[1]?.remedy, 'write tools/release-all.mjs');
});

test('the near name in the same folder comes with the command that writes it, which mends the finding', async (t) => {
  const commands = {
    'db:seed': "tsx tools/sead.ts --x && echo 'done'",
    again: 'tsx ./tools/sead.ts',
    keep: 'tsx tools/seed.ts',
  };
  const project = makeProject(t, { 'package.json': scripts(commands), 'tools/seed.ts': '', 'tools/other.ts': '' });
  const [found, ...more] = await findings(project, 'worktree');
  assert.deepEqual([found?.code, found?.commands.length, more], ['path-missing', 2, []]);
  assert.match(found?.problem ?? '', /did you mean tools\/seed\.ts\?/);
  for (const command of found?.commands ?? []) {
    execFileSync('bash', ['-c', command], { cwd: project.directory, env: cleanEnvironment(), stdio: 'pipe' });
  }
  assert.deepEqual(await findings(project, 'worktree'), []);
  const { scripts: now } = JSON.parse(readFileSync(path.join(project.directory, 'package.json'), 'utf8'));
  assert.deepEqual(now, { ...commands, 'db:seed': "tsx tools/seed.ts --x && echo 'done'", again: 'tsx tools/seed.ts' });
});

test('no command is printed where the edit is not one plain word of the root package.json', async (t) => {
  for (const commands of [
    { 'a.b': 'tsx tools/sead.ts' },
    { a: 'tsx tools/sead.ts && tsx tools/sead.ts' },
    { a: 'cd tools && tsx sead.ts' },
  ]) {
    const [found] = await findings(makeProject(t, { 'package.json': scripts(commands), 'tools/seed.ts': '' }));
    assert.deepEqual([found?.code, found?.remedy, found?.commands], ['path-missing', 'write tools/seed.ts', []]);
  }
  const member = { 'web/package.json': scripts({ a: 'tsx sead.ts' }), 'web/seed.ts': '' };
  const root = JSON.stringify({ type: 'module', workspaces: ['web'] });
  const [found] = await findings(makeProject(t, { 'package.json': root, ...member }));
  assert.deepEqual([found?.remedy, found?.commands], ['write seed.ts', []]);
});

test('without the whole history the doctor says so and does not claim that a file never was', async (t) => {
  const files = { 'package.json': scripts({ old: 'node tools/old.mjs', x: 'node dist/x.js' }), 'tools/old.mjs': '' };
  const source = makeProject(t, files);
  source.remove('tools/old.mjs');
  source.commit();
  const shallow = repositoryAt(temporaryDirectory(t));
  source.git('clone', '-q', '--depth=1', `file://${source.directory}`, shallow.directory);
  const found = await findings(shallow);
  assert.deepEqual(
    found.map((one) => `${one.severity} ${one.code}`),
    ['error path-missing', 'note script-target-unknowable'],
  );
  assert.match(found[0]?.problem ?? '', /only a part of the history/);
  assert.equal((await findings(cloneOf(t, source)))[0]?.code, 'path-deleted-in-commit');
});

test('a script that is run by a name which the package does not have is an error with the nearest name', async (t) => {
  const commands = {
    test: 'npm run test:unti && npm run -s lint && run-s lint "build -- --x"',
    'test:unit': 'node --run nothing-like-it',
    lint: 'npm run env && yarn some-bin && npm run x --if-present',
    sub: 'cd packages/a && npm run only-here && npm run lint',
    shared: 'yarn g:all && pnpm --filter a gone:x',
  };
  const project = makeProject(t, {
    'package.json': scripts(commands, { workspaces: ['packages/*'] }),
    'packages/a/package.json': scripts({ 'only-here': 'true', 'g:all': 'true' }),
    'elsewhere/package.json': scripts({ a: 'npm run b' }),
  });
  const found = await findings(project);
  assert.deepEqual(
    found.map((one) => [one.severity, one.path, /no script "(.*?)"/.exec(one.problem)?.[1]]),
    [
      ['error', 'package.json', 'test:unti'],
      ['error', 'package.json', 'build'],
      ['error', 'package.json', 'nothing-like-it'],
      ['error', 'package.json', 'lint'],
      ['warning', 'elsewhere/package.json', 'b'],
    ],
  );
  assert.match(found[0]?.problem ?? '', /it has "test:unit"/);
  assert.ok(found.every((one) => one.code === 'script-name-missing'));
});

test('a pattern that matches no file is a warning, unless it looks into what a build leaves', async (t) => {
  const commands = {
    ok: 'node --test scripts/*.js',
    none: 'node --test "spec/**/*.js"',
    built: 'node --test dist/**/*.js && node --test hidden/*.js',
  };
  const project = makeProject(t, { '.gitignore': 'hidden/\n', 'package.json': scripts(commands) });
  assert.deepEqual(await verdicts(project), ['warning script-glob-empty spec/**/*.js']);
});

test('a script file that is executed itself needs the execute bit', async (t) => {
  const project = makeProject(t, { 'package.json': scripts({ gen: './gen.sh' }), 'gen.sh': '#!/bin/sh\n' });
  assert.deepEqual(await verdicts(project), ['error not-executable gen.sh']);
  project.git('update-index', '--chmod=+x', 'gen.sh');
  assert.deepEqual(await verdicts(project, 'index'), []);
});

test('links to folders are followed, and what lies in a submodule or outside is not judged', async (t) => {
  const inner = makeRepository(t, { files: { 'x.js': '' } });
  const commands = {
    a: 'node link/main.js',
    b: 'node link/gone.js',
    c: 'node sub/any.js',
    d: 'node ../out.js',
  };
  const project = makeProject(t, { 'package.json': scripts(commands) });
  project.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.directory, 'sub');
  symlinkSync('scripts', `${project.directory}/link`);
  project.commit();
  assert.deepEqual(await verdicts(project), ['error path-missing scripts/gone.js']);
});

test('a program that may be built is not claimed to be missing, and of a folder that something unseen may make only a warning', async (t) => {
  const commands = { a: './tools/compiler --x', b: 'cd cloned && node x.mjs', c: 'cd scripts && node gone.mjs' };
  const project = makeProject(t, { 'package.json': scripts(commands) });
  assert.deepEqual(await verdicts(project), [
    'error path-missing scripts/gone.mjs',
    'warning script-folder-missing cloned',
    'note script-target-unknowable package.json',
  ]);
});

test('one note says for each file what cannot be known', async (t) => {
  const commands = {
    a: 'node $A',
    b: 'if exist x (del /q x)',
    c: 'cd "$B" && node c.js',
    d: 'node $D',
    e: 'node server',
    f: './tools/compiler',
    g: 'node $G',
    h: 'node $H',
  };
  const [note, ...more] = await findings(makeProject(t, { 'package.json': scripts(commands) }));
  assert.deepEqual([note?.severity, note?.code, more], ['note', 'script-target-unknowable', []]);
  assert.match(
    note?.problem ?? '',
    /"a" \(\$A, which is known only when it runs\); "b" \(not for a POSIX shell\); "c" \(.*\); .*; and 2 more\.$/,
  );
});

test('a package.json that is no JSON object fails with the line and what is wrong there', async (t) => {
  for (const [text, line, said] of [
    ['{\n  "scripts": {\n    "a": "node a.js",\n  }\n}\n', 4, /^package\.json:4:\d+: There is a comma before "}"/],
    ['{', 1, /ends before all brackets are closed/],
    ['[]', 1, /found \[\], allowed: an object/],
    ['', 1, /is empty/],
  ] as const) {
    const [check] = (await examine(makeProject(t, { 'package.json': text }), 'HEAD', only)).checks;
    assert.equal(check?.status, 'fail');
    assert.deepEqual([check.findings[0]?.path, check.findings[0]?.line], ['package.json', line], text);
    assert.match(check.findings[0]?.problem ?? '', said);
  }
  assert.deepEqual(
    await verdicts(makeProject(t, { 'package.json': `\uFEFF${scripts({ a: 'node scripts/main.js' })}` })),
    [],
  );
});
