import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { importsIn } from '../scripts/effects/imports.ts';
import { examine, findingsOf, makeProject, manifestWith, troubles } from './helpers/project.ts';

const only = ['closure'];
const tsx = ['node', '--import', 'tsx'];

/** The project with one entry point under a runner, and what the closure of its commit has to say. */
async function closureOf(
  owner: Parameters<typeof makeProject>[0],
  files: Readonly<Record<string, string>>,
  { entry = 'scripts/main.ts', runner = tsx, keys = {} as Readonly<Record<string, unknown>> } = {},
): Promise<readonly string[]> {
  const manifest = manifestWith({ entryPoints: [{ path: entry, runner }], ...keys });
  const project = makeProject(owner, { 'runtime-manifest.json': manifest, ...files });
  return troubles(await examine(project, 'HEAD', only)).map((line) => line.replace('closure: ', ''));
}

test('Node itself wants the whole name of an imported file, tsx finds it without', async (t) => {
  const files = {
    'scripts/main.ts': "import './core/one';\nimport './core/three.js';\nimport './folder';\n",
    'scripts/core/three.ts': '',
    'scripts/folder/index.ts': '',
  };
  assert.deepEqual(await closureOf(t, files), []);
  assert.deepEqual(await closureOf(t, files, { runner: ['node'] }), [
    'path-missing scripts/core/one',
    'path-missing scripts/core/three.js',
    'path-not-a-file scripts/folder',
  ]);
});

test('require leaves the ending out, reads main of a folder, and is held to what it finds', async (t) => {
  const main = "require('./core/plain');\nrequire('./lib');\nrequire('./data');\nrequire('./gone');\n";
  const files = {
    'scripts/main.cjs': main,
    'scripts/core/plain.js': '',
    'scripts/data.json': '{}',
    'scripts/lib/package.json': JSON.stringify({ main: './start.js' }),
    'scripts/lib/start.js': "require('./missing')",
  };
  assert.deepEqual(await closureOf(t, files, { entry: 'scripts/main.cjs', runner: ['node'] }), [
    'path-missing scripts/gone',
    'path-missing scripts/lib/missing',
  ]);
});

test('what stands in a guarded try block, or is caught, is optional; what stands in the handler is not', async () => {
  const text = `
    try { await import('./optional-1.js'); require('./optional-2.cjs'); } catch { await import('./kept-1.js'); }
    try { require('./kept-2.cjs'); } finally { done(); }
    const a = await import('./optional-3.js').catch(() => null);
    import b = require('./kept-3.cjs'); import type c = require('./erased.cjs');
  `;
  const found = await importsIn('x.ts', text);
  assert.deepEqual(found.map(({ specifier }) => specifier).sort(), ['./kept-1.js', './kept-2.cjs', './kept-3.cjs']);
});

test('#imports are followed by condition, pattern and kind, and one that is not defined is an error', async (t) => {
  const imports = {
    '#by-condition': { browser: './browser.js', node: { import: './scripts/esm.js', require: './scripts/cjs.cjs' } },
    '#lib/*': './scripts/lib/*.js',
    '#lib/private/*': null,
    '#package': 'some-package',
  };
  const found = await closureOf(
    t,
    {
      'package.json': JSON.stringify({ type: 'module', imports }),
      'scripts/main.js':
        "import '#by-condition';\nimport '#lib/a/b';\nimport '#lib/private/c';\nimport '#no';\nimport '#package';\n",
      'scripts/esm.js': '',
    },
    { entry: 'scripts/main.js', runner: ['node'] },
  );
  assert.deepEqual(found, [
    'path-missing scripts/lib/a/b.js',
    'import-not-offered scripts/main.js',
    'import-not-offered scripts/main.js',
  ]);
});

test('a package that names itself, and workspace packages, are followed through exports', async (t) => {
  const found = await closureOf(
    t,
    {
      'package.json': JSON.stringify({
        name: 'self',
        type: 'module',
        workspaces: ['packages/*'],
        exports: { './one': './scripts/core/one.js', './gone': './scripts/gone.js' },
      }),
      'packages/a/package.json': JSON.stringify({
        name: '@x/a',
        exports: { '.': { types: './a.d.ts', default: './a.js' }, './*': './src/*.js', './built': './out/built.js' },
      }),
      'packages/a/a.js': "import './deep.js';\n",
      'packages/a/src/sub.js': '',
      'packages/b/package.json': JSON.stringify({ name: 'b', main: 'start.js' }),
      'packages/b/start.js': "import 'left-pad';\n",
      '.gitignore': 'out/\n',
      'scripts/main.js':
        "import 'self/one';\nimport 'self/gone';\nimport 'self/hidden';\nimport '@x/a';\nimport '@x/a/sub';\nimport '@x/a/built';\nimport 'b';\nimport 'c';\n",
    },
    { entry: 'scripts/main.js', runner: ['node'] },
  );
  assert.deepEqual(found, [
    'path-missing scripts/gone.js',
    'import-not-offered scripts/main.js',
    'path-missing packages/a/deep.js',
  ]);
});

test('pnpm-workspace.yaml names workspace packages too', async (t) => {
  const found = await closureOf(t, {
    'pnpm-workspace.yaml': 'packages:\n  # ours\n  - \'libs/*\'\n  - "!libs/old"\ncatalog:\n  x: 1\n',
    'libs/a/package.json': JSON.stringify({ name: 'a', exports: './gone.js' }),
    'scripts/main.ts': "import 'a';\n",
  });
  assert.deepEqual(found, ['path-missing libs/a/gone.js']);
});

test('tsx honours paths and extends of tsconfig.json, with comments in it; Node does not', async (t) => {
  const files = {
    'tsconfig.json': '{ // ours\n "extends": "./config/base", }',
    'config/base.json':
      '{ "compilerOptions": { "paths": { "@app/*": ["../scripts/*"], "~one": ["../scripts/core/one.js"], } } }',
    'scripts/main.ts': "import '@app/core/two.js';\nimport '~one';\nimport '@app/gone.js';\nimport '@other/package';\n",
  };
  assert.deepEqual(await closureOf(t, files), ['path-missing scripts/gone.js']);
  assert.deepEqual(await closureOf(t, files, { runner: ['node'] }), []);
});

test('a file behind a linked folder is found, a link or import that leads out of the repository is an error', async (t) => {
  const manifest = manifestWith({ entryPoints: [{ path: 'scripts/main.js', runner: ['node'] }] });
  const project = makeProject(t, {
    'runtime-manifest.json': manifest,
    'scripts/main.js': "import './linked/two.js';\nimport './out/x.js';\nimport '../../elsewhere.js';\n",
  });
  symlinkSync('core', path.join(project.directory, 'scripts/linked'));
  symlinkSync('../../outside', path.join(project.directory, 'scripts/out'));
  project.commit();
  for (const tree of ['HEAD', 'index', 'worktree']) {
    const findings = findingsOf(await examine(project, tree, only), 'closure');
    assert.deepEqual(
      findings.map(({ code, problem }) => [code, /"([^"]+)"/.exec(problem)?.[1]]),
      [
        ['import-outside', './out/x.js'],
        ['import-outside', '../../elsewhere.js'],
      ],
      tree,
    );
  }
});

test('an import without its ending, in other capitals than git has, is told with the right spelling', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ entryPoints: [{ path: 'scripts/main.ts', runner: tsx }] }),
    'scripts/main.ts': "import './Core/one';\n",
  });
  const [finding] = findingsOf(await examine(project, 'HEAD', only), 'closure');
  assert.equal(finding?.code, 'path-other-case');
  assert.match(finding.problem, /git has scripts\/core\/one\.js/);
});

test('a build output that the manifest declares may be imported although git does not hold it', async (t) => {
  const files = { 'scripts/main.ts': "import '../dist/built.js';\n", '.gitignore': 'dist/\n' };
  assert.deepEqual(await closureOf(t, files), ['path-missing dist/built.js']);
  const keys = { generated: [{ path: 'dist/**', by: 'npm run build' }] };
  assert.deepEqual(await closureOf(t, files, { keys }), []);
});

test('a program that registers tsx itself is judged by the rules of tsx', async (t) => {
  const files = {
    'scripts/main.js': "import { register } from 'tsx/esm/api';\nregister();\nawait import('./core/three');\n",
    'scripts/core/three.ts': '',
  };
  assert.deepEqual(await closureOf(t, files, { entry: 'scripts/main.js', runner: ['node'] }), []);
});
