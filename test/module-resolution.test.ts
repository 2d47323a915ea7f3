import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportsTarget, importsTarget, packageSpecifier } from '../scripts/core/package-targets.ts';
import { mappedPaths } from '../scripts/core/path-mapping.ts';

test('exports and imports of package.json are resolved as Node documents it', () => {
  const node = new Set(['node', 'import']);
  const table: readonly (readonly [unknown, string, unknown])[] = [
    ['./a.js', '.', 'a.js'],
    ['./a.js', './a.js', null],
    [{ import: './a.mjs', default: './a.cjs' }, '.', 'a.mjs'],
    [{ require: './a.cjs' }, '.', null],
    [{ './x/*': './a/*.js', './x/y/*': './b/*.js', './x/y/z': './c.js' }, './x/y/w', 'b/w.js'],
    [{ './x/*': './a/*.js', './x/y/*': './b/*.js', './x/y/z': './c.js' }, './x/y/z', 'c.js'],
    [{ './x/*/index.js': './a/*.js', './x/y/*': './b/*' }, './x/y/index.js', 'b/index.js'],
    [{ './x/*.js': './a/*/*.js' }, './x/p/q.js', 'a/p/q/p/q.js'],
    [{ './x/*': null }, './x/y', null],
    [{ '.': [{ browser: './b.js' }, './n.js'] }, '.', 'n.js'],
    [{ '.': { node: { browser: './b.js' }, default: './d.js' } }, '.', 'd.js'],
    [{ '.': 'a-package' }, '.', null],
    [7, '.', null],
  ];
  for (const [exports, subpath, wanted] of table) {
    const target = exportsTarget(exports, subpath, node);
    assert.equal(target.kind === 'path' ? target.path : null, wanted, JSON.stringify([exports, subpath]));
  }
  assert.deepEqual(importsTarget({ '#a': 'b/c' }, '#a', node), { kind: 'package', specifier: 'b/c' });
  assert.deepEqual(importsTarget(undefined, '#a', node), { kind: 'refused' });
  assert.deepEqual(packageSpecifier('@a/b/c/d.js'), { name: '@a/b', subpath: './c/d.js' });
  for (const none of ['./a', '/a', '@a', 'node:fs', 'https://x', '']) assert.equal(packageSpecifier(none), undefined);
});

test('of several path mappings the exact one wins, then the longest prefix; a catch-all is never certain', () => {
  const paths = { '*': ['any/*'], '@a/*': ['a/*'], '@a/b/*': ['b/*', 'c/*'], '@a/b/c': ['exact.ts'] };
  const mapping = { base: 'base', paths, baseUrl: null };
  assert.deepEqual(mappedPaths(mapping, '@a/b/c'), { modulePaths: ['base/exact.ts'], certain: true });
  assert.deepEqual(mappedPaths(mapping, '@a/b/d'), { modulePaths: ['base/b/d', 'base/c/d'], certain: true });
  assert.deepEqual(mappedPaths(mapping, '@a/x$&'), { modulePaths: ['base/a/x$&'], certain: true });
  assert.deepEqual(mappedPaths(mapping, 'left-pad'), { modulePaths: ['base/any/left-pad'], certain: false });
  assert.deepEqual(mappedPaths({ base: '.', paths: {}, baseUrl: 'src' }, 'x'), {
    modulePaths: ['src/x'],
    certain: false,
  });
});
