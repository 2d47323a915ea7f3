import assert from 'node:assert/strict';
import { existsSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { examine, findingsOf, makeProject, manifestWith } from './helpers/project.ts';

/** Other Nodes to try: `TEST_NODES=/path/to/node20:/path/to/node22 npm test`. */
const named = (process.env.TEST_NODES ?? '').split(path.delimiter).filter((file) => file !== '');
const nodes = [process.execPath, ...named];

const files = {
  'scripts/fine.ts':
    "import { three } from './core/three.ts';\nconst x: number = three;\nthrow new Error(String(x));\n",
  'scripts/core/three.ts': 'export const three: number = 3;\n',
  'scripts/gone.ts': "import './core/gone.ts';\n",
  'scripts/name.ts': "import { four } from './core/three.ts';\nfour();\n",
};

for (const node of nodes) {
  test(`under ${node} entry points link, or fail for their own reason`, async (t) => {
    assert(existsSync(node), 'TEST_NODES names a file that is not there');
    const names = Object.keys(files).filter((name) => !name.includes('core'));
    const verdicts = async (runner: readonly string[]) => {
      const entryPoints = names.map((name) => ({ path: name, runner }));
      const project = makeProject(t, { ...files, 'runtime-manifest.json': manifestWith({ entryPoints }) });
      symlinkSync(
        fileURLToPath(new URL('../node_modules', import.meta.url)),
        path.join(project.directory, 'node_modules'),
      );
      const findings = findingsOf(await examine(project, 'worktree', ['links']), 'links');
      return findings.map((finding) => `${finding.code} ${finding.target}`);
    };
    const broken = ['link-missing-module scripts/gone.ts', 'link-failed scripts/name.ts'];
    assert.deepEqual(await verdicts([node, '--import', 'tsx']), broken);
    const plain = await verdicts([node]);
    const stripsTypes = plain.every((line) => !line.startsWith('runner-without-typescript'));
    assert.deepEqual(plain, stripsTypes ? broken : names.map((name) => `runner-without-typescript ${name}`));
  });
}

test('other Nodes than this one', { skip: named.length > 0 ? false : 'TEST_NODES names none' }, () => {
  assert(named.length > 0);
});

test('an entry point without "type" that is written as an ES module is linked as one', async (t) => {
  const entryPoints = [{ path: 'old/main.js', runner: ['node'] }];
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ entryPoints }),
    'old/package.json': '{}',
    'old/main.js': "import './gone.js';\n",
  });
  const [finding] = findingsOf(await examine(project, 'worktree', ['links']), 'links');
  assert.equal(finding?.code, 'link-missing-module');
});
