import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { parseSync } from 'oxc-parser';
import { parseModule } from '../scripts/effects/imports.ts';
import { loadParser } from '../scripts/effects/parser.ts';
import { cleanEnvironment } from './helpers/repository.ts';

const texts: Readonly<Record<string, string>> = {
  'values.ts': "import a, { type B, c } from './a.ts'; import type { D } from './d.ts'; export * as e from './e.ts';",
  'calls.ts': "import f = require('./f.cjs'); const g = 1n; /x/v.test(await import(`./g.ts`)); import('./h.ts', {});",
  'guarded.cjs': "try { require('./i.cjs'); } catch { require('./j.cjs'); } import('./k.mjs').catch(() => null);",
  'more.mjs':
    "import data from './l.json' with { type: 'json' }; import defer * as m from './m.mjs'; import source n from 'n';",
  'element.tsx': "import { o } from './o.tsx'; export const p = <o.q>{require('./r.ts')}</o.q>;",
  'broken.ts': 'export const s = ;\nimport {',
  'empty.js': '',
};

test('the binding alone says what the package says: modules, syntax errors, and the tree', async () => {
  const parse = await loadParser();
  for (const [file, text] of Object.entries(texts)) {
    const [ours, whole] = [parse(file, text), parseSync(file, text)];
    assert.deepEqual(ours.module, whole.module, file);
    assert.deepEqual(ours.errors, whole.errors, file);
    // Values that JSON has no word for are not asked for.
    const plain = (tree: unknown): string => JSON.stringify(tree, (key, value) => (key === 'value' ? null : value));
    assert.equal(plain(ours.program()), plain(whole.program), file);
  }
});

test('where somebody chose another build of the parser it is the package that finds it, and the answers are the same', async () => {
  const imports = path.resolve('scripts/effects/imports.ts');
  const script = `const { parseModule } = await import(${JSON.stringify(imports)});
    const texts = ${JSON.stringify(texts)};
    console.log(JSON.stringify(await Promise.all(Object.entries(texts).map(([file, text]) => parseModule(file, text)))));`;
  const here = await Promise.all(Object.entries(texts).map(([file, text]) => parseModule(file, text)));
  const counts = here.map(({ imports, errors }) => [imports.length, errors.length]);
  assert.deepEqual(
    counts.slice(0, 5),
    [2, 3, 1, 3, 2].map((count) => [count, 0]),
  );
  const inChild = (extra: Readonly<Record<string, string>>) =>
    spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      env: cleanEnvironment(extra),
      encoding: 'utf8',
    });
  assert.deepEqual(JSON.parse(inChild({ NAPI_RS_ENFORCE_VERSION_CHECK: '1' }).stdout), here);
  assert.match(inChild({ NAPI_RS_WASI_FLAVOR: 'of another kind' }).stderr, /Unsupported WASI flavor/);
});
