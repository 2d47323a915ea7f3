import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hidingLine } from '../scripts/core/script-ignore.ts';
import { stagedTasks } from '../scripts/core/script-staged.ts';
import { pnpmPackages } from '../scripts/core/script-workspaces.ts';
import { examine, makeProject, manifestWith } from './helpers/project.ts';
import { cleanEnvironment, makeRepository, repositoryAt, temporaryDirectory } from './helpers/repository.ts';
import { scripts, verdicts } from './helpers/script-findings.ts';

const only = ['script-targets'];

test('packages of the workspace are read from their own folder, and hooks from the root', async (t) => {
  const project = makeProject(t, {
    'package.json': scripts(
      { start: 'node scripts/main.js' },
      { workspaces: { packages: ['packages/*', '!packages/spec'] } },
    ),
    'packages/a/package.json': scripts({ b: 'node ../../scripts/main.js', c: 'node ./c.js', d: 'node lib' }),
    'packages/a/lib/index.js': '',
    'packages/test/package.json': scripts({ t: 'node t.js' }),
    'packages/spec/package.json': scripts({ t: 'node t.js' }),
    'runtime-manifest.json': manifestWith({ hooks: ['pre-push'] }),
    '.husky/pre-push': '# node comment.js\nset -e\nnode scripts/gone.js || exit 1\n',
    '.husky/commit-msg': 'npx --no-install commitlint --edit "$1"\nsh ./hooks/also-gone.sh\n',
    '.husky/README.md': 'node readme.js\n',
  });
  assert.deepEqual(await verdicts(project), [
    'error path-missing packages/a/c.js',
    'error path-missing packages/test/t.js',
    'error path-missing scripts/gone.js',
    'error path-missing hooks/also-gone.sh',
  ]);
});

test('the packages of pnpm-workspace.yaml belong to the workspace, as a list and in brackets', async (t) => {
  for (const yaml of ['packages:\n  # all\n  - "apps/**"\n', "packages: ['apps/**']\n"]) {
    const project = makeProject(t, { 'pnpm-workspace.yaml': yaml, 'apps/x/package.json': scripts({ a: 'node a.js' }) });
    assert.deepEqual(await verdicts(project), ['error path-missing apps/x/a.js']);
  }
});

test('the reader of pnpm-workspace.yaml takes what it understands and refuses the rest', () => {
  const rows: readonly (readonly [string, readonly string[] | null])[] = [
    ['', []],
    ['catalog:\n  a: 1\n', []],
    ['packages:\n- a # why\n- \'b/*\'\n- "!c"\n\ncatalog:\n  - not\n', ['a', 'b/*', '!c']],
    ['packages: [a, "b"]', ['a', 'b']],
    ['packages:\n  *anchor\n', null],
    ['packages: &x\n  - a\n', null],
  ];
  for (const [yaml, expected] of rows) assert.deepEqual(pnpmPackages(yaml), expected, yaml);
});

test('outside of the workspace only what git once held is an error; templates that are no members are never one', async (t) => {
  const dead = scripts({ a: 'node gone.mjs', b: 'node never.mjs' });
  const places = ['docs', 'templates/app', 'create/template-vue', 'test/fixtures/x'];
  const files = places.flatMap((place) => [
    [`${place}/package.json`, dead],
    [`${place}/gone.mjs`, place],
  ]);
  const project = makeProject(t, {
    'package.json': scripts({}),
    ...Object.fromEntries(files),
  });
  project.remove(...places.map((place) => `${place}/gone.mjs`));
  project.commit();
  assert.deepEqual(await verdicts(project), [
    'error path-deleted-in-commit docs/gone.mjs',
    'note script-target-unknowable create/template-vue/package.json',
    'note script-target-unknowable docs/package.json',
    'note script-target-unknowable templates/app/package.json',
  ]);
});

test('a member of the workspace counts whatever it is called, unless a pattern of any depth happens upon it', async (t) => {
  const dead = scripts({ a: 'node gone.mjs' });
  const project = makeProject(t, {
    'package.json': scripts({}, { workspaces: ['packages/*', 'mocks', 'apps/**', '!packages/fixtures'] }),
    ...Object.fromEntries(
      ['packages/email-templates', 'packages/fixtures', 'mocks', 'apps/web', 'apps/web/test/fixtures/x'].map(
        (folder) => [`${folder}/package.json`, dead],
      ),
    ),
  });
  assert.deepEqual(await verdicts(project), [
    'error path-missing apps/web/gone.mjs',
    'error path-missing mocks/gone.mjs',
    'error path-missing packages/email-templates/gone.mjs',
    'note script-target-unknowable packages/fixtures/package.json',
  ]);
});

test('a package of its own is one that has a lockfile, that a script goes to, or that lies in no other', async (t) => {
  const dead = scripts({ a: 'node gone.mjs' });
  const files = {
    'package.json': scripts({ e2e: 'npm --prefix ./test/api run x --if-present && cd "site" && npm ci' }),
    'test/e2e/package.json': dead,
    'test/e2e/yarn.lock': '',
    'test/api/package.json': dead,
    'test/plain/package.json': dead,
    'test/fixtures/x/package.json': dead,
    'test/fixtures/x/package-lock.json': '{}',
    'vendor/y/package.json': dead,
    'vendor/y/yarn.lock': '',
    'site/package.json': scripts({ a: 'node gone.mjs' }, { workspaces: ['parts/*'] }),
    'site/parts/one/package.json': dead,
  };
  const project = makeProject(t, files);
  const own = ['site/gone.mjs', 'site/parts/one/gone.mjs', 'test/api/gone.mjs', 'test/e2e/gone.mjs'];
  assert.deepEqual(
    await verdicts(project),
    own.map((file) => `error path-missing ${file}`),
  );
});

test('without a root package each that lies in no other is a root, with a workspace of its own', async (t) => {
  const dead = scripts({ a: 'node gone.mjs' });
  const project = makeProject(t, {
    'web/package.json': scripts({ a: 'node gone.mjs' }, { workspaces: ['parts/*'] }),
    'web/parts/one/package.json': dead,
    'web/extra/package.json': dead,
    'tools/package.json': dead,
    'templates/app/package.json': dead,
    'test/cases/package.json': dead,
  });
  project.remove('package.json');
  project.commit();
  assert.deepEqual(await verdicts(project), [
    'error path-missing tools/gone.mjs',
    'error path-missing web/gone.mjs',
    'error path-missing web/parts/one/gone.mjs',
    'note script-target-unknowable templates/app/package.json',
    'note script-target-unknowable web/extra/package.json',
  ]);
});

test('the members that lerna.json names count, and packages/* where it names none', async (t) => {
  const dead = scripts({ a: 'node gone.mjs' });
  for (const [lerna, expected] of [
    [{ packages: ['modules/*'] }, 'error path-missing modules/a/gone.mjs'],
    [{ version: '1.0.0' }, 'error path-missing packages/a/gone.mjs'],
  ] as const) {
    const files = { 'modules/a/package.json': dead, 'packages/a/package.json': dead };
    const project = makeProject(t, { 'lerna.json': JSON.stringify(lerna), ...files });
    assert.deepEqual(
      (await verdicts(project)).filter((one) => one.startsWith('error')),
      [expected],
    );
  }
  const broken = makeProject(t, { 'lerna.json': '{' });
  assert.equal(
    (await examine(broken, 'HEAD', only)).checks[0]?.reason,
    'it could not read lerna.json, which is not JSON',
  );
});

test('lint-staged tasks are read from package.json and .lintstagedrc, as JSON and as YAML', async (t) => {
  const staged = { '*.ts': ['eslint --fix', 'node tools/a.mjs'], '*.md': 'node tools/b.mjs' };
  const project = makeProject(t, {
    'package.json': scripts({}, { 'lint-staged': staged, 'simple-git-hooks': { 'pre-commit': 'node tools/c.mjs' } }),
    '.lintstagedrc': '# why\n"*.css": node tools/d.mjs\n\'*.js\':\n  - prettier --write\n  - node tools/e.mjs # why\n',
    'packages/x/.lintstagedrc.json': JSON.stringify({ '*.js': [{ title: 'f', task: 'node f.mjs' }] }),
  });
  assert.deepEqual(
    await verdicts(project),
    ['tools/c.mjs', 'tools/a.mjs', 'tools/b.mjs', 'tools/d.mjs', 'tools/e.mjs', 'packages/x/f.mjs'].map(
      (file) => `error path-missing ${file}`,
    ),
  );
  assert.deepEqual(stagedTasks('"*": |\n  node x.js\n'), []);
});

test('a broken package.json of a member is told with its line, one of nobody is not, and what could be read is still judged', async (t) => {
  const project = makeProject(t, {
    'package.json': scripts({ a: 'node gone.js' }, { workspaces: ['packages/*'] }),
    'packages/a/package.json': '{ "scripts": ',
    'docs/package.json': '{{ template }}',
  });
  assert.deepEqual(await verdicts(project), [
    'error document-not-json packages/a/package.json',
    'error path-missing gone.js',
  ]);
});

const cli = fileURLToPath(new URL('../scripts/cli.ts', import.meta.url));
const loader = fileURLToPath(import.meta.resolve('tsx'));

function doctor(directory: string, env: Readonly<Record<string, string>> = {}) {
  const args = [
    '--import',
    loader,
    cli,
    'doctor',
    '--only',
    'script-targets',
    '-C',
    directory,
    '--tree',
    'HEAD',
    '--json',
  ];
  return spawnSync(process.execPath, args, { encoding: 'utf8', env: cleanEnvironment(env) });
}

test('what tsc writes is known from a tsconfig on one line, with comments, and from what it extends', async (t) => {
  const project = makeProject(t, {
    'package.json': scripts(
      { a: 'node outA/a.js', b: 'node outB/main', c: 'node c.js', d: 'node config/outC/d.js', e: 'node outC/e.js' },
      { workspaces: ['packages/*'] },
    ),
    'tsconfig.json': '{"compilerOptions":{"baseUrl":"./","outDir":"outA"}}',
    'tsconfig.b.json': '{ "$schema": "https://x.test/s", /* why */ "compilerOptions": { "outDir": "./outB" } }',
    'tsconfig.c.json': '{ "extends": ["./config/base"] } // "outDir": "."',
    'config/base.json': '{ "extends": "../tsconfig.c.json", "compilerOptions": { "outDir": "outC" } }',
    'packages/x/package.json': scripts({ f: 'node outD/f.js' }),
    'packages/x/tsconfig.json': '{ "extends": "../../tsconfig.d.json" }',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is tsc's.
    'tsconfig.d.json': '{ "compilerOptions": { // "outDir": "no",\n "outDir": "${configDir}/outD" } }',
    'tsconfig.e.json': '{ "extends": "./tsconfig.e.json" }',
  });
  assert.deepEqual(await verdicts(project), [
    'note script-target-built outA/a.js',
    'note script-target-built outB/main',
    'error path-missing c.js',
    'note script-target-built config/outC/d.js',
    'note script-target-built outC/e.js',
    'note script-target-built packages/x/outD/f.js',
  ]);
});

test('a target without an ending is what the compiler writes with one', async (t) => {
  const project = makeProject(t, { 'package.json': scripts({ a: 'node dist/main', b: 'node tools/main' }) });
  assert.deepEqual(await verdicts(project), [
    'error path-missing tools/main',
    'note script-target-unknowable package.json',
  ]);
});

test('what any line makes executable needs no execute bit, and what an archive may hold is not claimed', async (t) => {
  const project = makeProject(t, {
    'package.json': scripts({
      a: './scripts/a.sh',
      b: './b.sh',
      c: 'tar xf c.tar && sh c/run.sh',
      prepare: 'chmod +x scripts/*.sh',
    }),
    'scripts/a.sh': '',
    'b.sh': '',
  });
  assert.deepEqual(await verdicts(project), ['note script-target-built c/run.sh', 'error not-executable b.sh']);
});

test("a stranger's repository needs no manifest: exit 1 for a dead target and 0 for a built one", (t) => {
  const files = {
    '.gitignore': 'dist\n',
    'package.json': scripts({ a: 'node dist/a.js', b: 'node $B' }),
    'old.mjs': '',
  };
  const stranger = makeRepository(t, { files });
  assert.equal(doctor(stranger.directory).status, 0);
  stranger.write({ 'package.json': scripts({ a: 'node dist/a.js', old: 'node old.mjs' }) });
  stranger.remove('old.mjs');
  stranger.commit();
  const end = doctor(stranger.directory);
  assert.equal(end.status, 1, end.stdout + end.stderr);
});

test('an invalid manifest makes the check unknown, since what it declares generated is not known', async (t) => {
  const project = makeProject(t, { 'runtime-manifest.json': '{', 'package.json': scripts({ a: 'node dist/a.js' }) });
  const [check] = (await examine(project, 'HEAD', only)).checks;
  assert.equal(check?.status, 'unknown');
});

test('the ignore rules of a commit count where it is not checked out: a bare repository, a clone without files', async (t) => {
  const files = {
    '.gitignore': '/*\n!/package.json\n!/packages/\n!.gitignore\n',
    'package.json': scripts({ a: 'node dist/a.js', dev: 'tsx dev/api.ts' }, { workspaces: ['packages/*'] }),
    'packages/a/.gitignore': 'out/\n',
    'packages/a/package.json': scripts({ b: 'node out/b.js' }),
  };
  const source = makeRepository(t);
  source.write(files);
  source.git('add', '-f', '.');
  source.git('commit', '-q', '-m', 'a commit');
  const expected = [
    'note script-target-built dist/a.js',
    'error path-ignored dev/api.ts',
    'note script-target-built packages/a/out/b.js',
  ];
  assert.deepEqual(await verdicts(source), expected);
  for (const kind of ['--bare', '--no-checkout']) {
    const clone = repositoryAt(temporaryDirectory(t));
    source.git('clone', '-q', kind, source.directory, clone.directory);
    assert.deepEqual(await verdicts(clone), expected, kind);
  }
});

test('gitignore is read as git reads it', (t) => {
  const text =
    '# c\n*.log\n!keep.log\n/only\nsub/deep\nfolder/\n\\#odd\n**/any/**/x\nname  \n*\\ \na?c\n[xy].js\n!folder/in\n';
  const paths = [
    ...[
      'a.log',
      'keep.log',
      'd/keep.log',
      'only',
      'd/only',
      'sub/deep',
      'd/sub/deep',
      'folder',
      'folder/x',
      'd/folder/in',
    ],
    ...['#odd', 'any/x', 'd/any/e/f/x', 'name', 'd/name/e', 'abc', 'a/c', 'x.js', 'z.js', 'plain', 'folder/in'],
  ];
  const repository = makeRepository(t, { files: { '.gitignore': text, 'd/.gitignore': '!only\nz.js\n/e\n' } });
  const args = ['check-ignore', '-v', '-n', '--no-index', ...paths];
  const asked = spawnSync('git', args, { cwd: repository.directory, env: cleanEnvironment(), encoding: 'utf8' });
  const expected = asked.stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [rule = '', file = ''] = line.split('\t');
      return `${file} ${rule === '::' || /:!/.test(rule) ? '-' : rule.split(':').slice(0, 2).join(':')}`;
    });
  assert.equal(expected.length, paths.length);
  return import('picomatch').then(({ default: picomatch }) => {
    const files = [
      { path: '.gitignore', text },
      { path: 'd/.gitignore', text: '!only\nz.js\n/e\n' },
    ];
    const options = { dot: true, nobrace: true, noextglob: true, nonegate: true };
    const found = paths.map((file) => {
      const line = hidingLine(file, files, (pattern, name) => picomatch.isMatch(name, pattern, options));
      return `${file} ${line === undefined ? '-' : `${line.source}:${line.line}`}`;
    });
    assert.deepEqual(found, expected);
  });
});
