import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidatesFor, closureOf } from '../scripts/core/closure.ts';
import { importsIn, parseModule } from '../scripts/effects/imports.ts';
import { examine, findingsOf, makeProject, troubles } from './helpers/project.ts';

const only = ['closure'];

test('a file imported three levels down that is untracked is found with the chain that leads to it', async (t) => {
  const project = makeProject(t);
  project.git('rm', '-q', '--cached', 'scripts/core/two.js');
  const [finding] = findingsOf(await examine(project, 'index', only), 'closure');
  assert.equal(finding?.code, 'path-untracked');
  assert.match(finding.problem, /scripts\/main\.js -> scripts\/core\/one\.js -> scripts\/core\/two\.js/);
  assert.deepEqual(finding.commands, ['git add scripts/core/two.js']);
  assert.equal((await examine(project, 'HEAD', only)).ok, true);
});

test('an import that is ignored, spelt in other capitals, or absent is told apart', async (t) => {
  const main = "import './ignored.js';\nimport './Core/one.js';\nimport './absent.js';\n";
  const project = makeProject(t, { '.gitignore': 'ignored.js\n', 'scripts/main.js': main });
  project.write({ 'scripts/ignored.js': '' });
  assert.deepEqual(troubles(await examine(project, 'worktree', only)), [
    'closure: path-ignored scripts/ignored.js',
    'closure: path-other-case scripts/Core/one.js',
    'closure: path-missing scripts/absent.js',
  ]);
});

test('a clean merge that leaves an import without its file is found in the merge commit', async (t) => {
  const project = makeProject(t, { 'scripts/core/three.js': 'export const three = 3;\n' });
  project.git('checkout', '-q', '-b', 'side');
  project.write({ 'scripts/core/two.js': "export { three as two } from './three.js';\n" });
  project.commit('import it');
  project.git('checkout', '-q', 'main');
  project.remove('scripts/core/three.js');
  project.commit('delete it');
  assert.equal((await examine(project, 'main')).ok, true);
  assert.equal((await examine(project, 'side')).ok, true);
  project.git('merge', '-q', '--no-edit', 'side');
  assert.deepEqual(troubles(await examine(project, 'HEAD', only)), [
    'closure: path-deleted-in-commit scripts/core/three.js',
  ]);
});

test('the closure is read from the graded tree, not from disk', async (t) => {
  const project = makeProject(t);
  project.write({ 'scripts/core/one.js': "import './new.js';\n", 'scripts/core/new.js': '' });
  assert.equal((await examine(project, 'index', only)).ok, true, 'the index still has the old file');
  project.git('add', 'scripts/core/one.js');
  assert.deepEqual(troubles(await examine(project, 'index', only)), ['closure: path-untracked scripts/core/new.js']);
});

test('a file with conflict marks is not a program', async (t) => {
  const marks = '<<<<<<< ours\nexport const two = 2;\n=======\nexport const two = 3;\n>>>>>>> theirs\n';
  const project = makeProject(t, { 'scripts/core/two.js': `\n${marks}` });
  const [finding] = findingsOf(await examine(project, 'HEAD', only), 'closure');
  assert.deepEqual([finding?.code, finding?.path, finding?.line], ['file-does-not-parse', 'scripts/core/two.js', 2]);
});

test('package.json imports are followed, and packages and node_modules are not', async (t) => {
  const project = makeProject(t, {
    'package.json': JSON.stringify({
      type: 'module',
      imports: { '#lib': './scripts/lib.js', '#other': { node: './x.js' } },
    }),
    'scripts/main.js': "import '#lib';\nimport '#other';\nimport 'a-package';\nimport '../node_modules/x/y.js';\n",
  });
  assert.deepEqual(troubles(await examine(project, 'HEAD', only)), [
    'closure: path-missing scripts/lib.js',
    'closure: path-missing x.js',
  ]);
});

test('what is imported: values, re-exports, side effects, literal dynamic imports and requires; not types', async () => {
  const text = `
    import type { A } from './erased.ts'; export type { B } from './erased.ts'; export type * from './erased.ts';
    import { type C } from './kept-1.ts'; import d, { type E } from './kept-2.ts'; import './kept-3.ts';
    export * from './kept-4.ts'; export { f } from './kept-5.ts'; import type from './kept-6.ts';
    const g = await import('./kept-7.ts'); const h = await import(\`./\${g}.ts\`); const i = require('./kept-8.cjs');
    try { require('./optional.cjs'); } catch {} // import './comment.ts'
    const j = "import './string.ts'"; import data from './kept-9.json' with { type: 'json' }; import '#kept'; import 'x';
  `;
  const kept = [1, 2, 3, 6, 9, 4, 5, 7, 8].map((n) => `./kept-${n}.${n === 8 ? 'cjs' : n === 9 ? 'json' : 'ts'}`);
  const found = await importsIn('x.ts', text);
  assert.deepEqual(found.map(({ specifier }) => specifier).sort(), ['#kept', 'x', ...kept].sort());
  assert.deepEqual(
    found.filter(({ kind }) => kind === 'require').map(({ specifier }) => specifier),
    ['./kept-8.cjs'],
  );
  assert.deepEqual(await importsIn('x.json', text), []);
  assert.equal((await parseModule('x.ts', 'import {')).errors.length, 1);
});

test('a specifier may name TypeScript by its JavaScript name, leave the extension out, or name a folder', async () => {
  assert(candidatesFor('a/x.js').includes('a/x.ts'));
  assert(candidatesFor('a/x').includes('a/x.ts'));
  assert(candidatesFor('a/x').includes('a/x/index.ts'));
  assert.deepEqual(candidatesFor('a/')[0], 'a/index.ts');
  const files: Readonly<Record<string, readonly string[]>> = {
    'a.ts': ['./b.js', './c', './d?query'],
    'b.ts': ['./a.ts'],
    'c/index.ts': ['..//b.js'],
    d: [],
  };
  const closure = await closureOf('a.ts', {
    has: (file) => Object.hasOwn(files, file),
    importsOf: (file) => Promise.resolve((files[file] ?? []).map((specifier) => ({ specifier, kind: 'import' }))),
  });
  assert.deepEqual(closure, { files: ['a.ts', 'b.ts', 'c/index.ts', 'd'], missing: [] });
});

test('an entry point that is not there is its own missing import', async () => {
  const closure = await closureOf('a.ts', { has: () => false, importsOf: () => Promise.resolve([]) });
  assert.deepEqual(closure.files, []);
  assert.deepEqual(closure.missing[0]?.chain, ['a.ts']);
});

test('an untracked file that something tracked imports is an error, another one a warning, and an index has none', async (t) => {
  const project = makeProject(t);
  project.git('rm', '-q', '--cached', 'scripts/core/two.js');
  project.write({ 'scripts/left-over.js': '', 'elsewhere.js': '' });
  const result = await examine(project, 'worktree', ['untracked']);
  assert.deepEqual(troubles(result), [
    'untracked: untracked-in-use scripts/core/two.js',
    'untracked: untracked-in-runtime-directory scripts/left-over.js',
  ]);
  assert.equal(result.checks[0]?.status, 'fail');
  assert.equal((await examine(project, 'index', ['untracked'])).checks[0]?.status, 'skip');
});
