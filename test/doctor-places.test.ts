/** `path` and `line` of a finding are where a person edits; what is missing there is its `target`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../scripts/core/doctor.ts';
import { doctorAnnotations } from '../scripts/report/github.ts';
import { formatDoctor } from '../scripts/report/terminal.ts';
import { annotationsIn, findingWith, resultWith } from './helpers/doctor-results.ts';
import { examine, findingsOf, makeProject, manifestWith } from './helpers/project.ts';

function pretty(value: object): string {
  return JSON.stringify(value, null, 2);
}

/** `code target at path:line`, in order. */
function placed(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ code, target, path, line }) => `${code} ${target} at ${path}:${line}`);
}

test('a dead target is placed on the line of its script, in whatever file that is written', async (t) => {
  const staged = { '*.js': ['eslint --fix', 'node tools/b.mjs'] };
  const files = {
    'package.json': pretty({
      type: 'module',
      scripts: {
        ok: 'node scripts/main.js',
        'a"b/c': 'node tools/a.mjs',
        '~': 'npm run gone',
        g: 'node --test "no/*.js"',
        _old: 'node tools/b.mjs',
      },
      'lint-staged': staged,
      'simple-git-hooks': { 'pre-push': 'node tools/h.mjs' },
      workspaces: ['packages/*'],
    }),
    'packages/x/package.json': pretty({ scripts: { c: 'node c.mjs', again: 'node ../../tools/a.mjs' } }),
    'packages/x/.lintstagedrc.json': pretty({ '*.md': 'node d.mjs' }),
    '.lintstagedrc': "'*.css':\n  # node tools/e.mjs\n  - prettier --write\n  - node tools/e.mjs\n",
    '.husky/pre-commit': '# node tools/f.mjs first\nset -e\nnode scripts/main.js\n\nnode ./tools/f.mjs\n',
  };
  const project = makeProject(t, files);
  const found = findingsOf(await examine(project, 'HEAD', ['script-targets']), 'script-targets');
  assert.deepEqual(placed(found), [
    'path-missing tools/a.mjs at package.json:5',
    'path-missing tools/h.mjs at package.json:17',
    'path-missing tools/b.mjs at package.json:13',
    'path-missing packages/x/c.mjs at packages/x/package.json:3',
    'path-missing tools/f.mjs at .husky/pre-commit:5',
    'path-missing tools/e.mjs at .lintstagedrc:4',
    'path-missing packages/x/d.mjs at packages/x/.lintstagedrc.json:2',
    'script-name-missing undefined at package.json:6',
    'script-glob-empty no/*.js at package.json:7',
  ]);
  project.write({ 'tools/a.mjs': '', 'tools/h.mjs': '' });
  project.git('add', '-N', 'tools/h.mjs');
  const onDisk = findingsOf(await examine(project, 'worktree', ['script-targets']), 'script-targets');
  assert.deepEqual(placed(onDisk).slice(0, 2), [
    'path-untracked tools/a.mjs at package.json:5',
    'path-intent-to-add undefined at tools/h.mjs:undefined',
  ]);
});

test('what the manifest names is placed where it names it, and what a file imports in that file', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({
      files: ['PROMPT.md', 'gone.md'],
      policies: [{ path: 'policy/promote.json' }, { path: 'extra.json' }],
      suppress: [{ code: 'path-missing', path: 'nothing.md', reason: 'a good one', until: '2999-01-01' }],
    }),
    'extra.json': '{}',
    'scripts/main.js': "// './gone.js' is next\nimport { x } from\n  './gone.js';\nimport '../../out.js';\nx();\n",
  });
  const result = await examine(project, 'HEAD', [
    'manifest',
    'policies',
    'tracked',
    'closure',
    'script-targets',
    'untracked',
  ]);
  const lines = (project.git('show', 'HEAD:runtime-manifest.json') ?? '').split('\n');
  const lineOf = (text: string): number => lines.findIndex((line) => line.includes(text)) + 1;
  assert.deepEqual(placed(findingsOf(result, 'tracked')), [
    `path-missing gone.md at runtime-manifest.json:${lineOf('gone.md')}`,
  ]);
  assert.deepEqual(placed(findingsOf(result, 'closure')), [
    'path-missing scripts/gone.js at scripts/main.js:3',
    'import-outside undefined at scripts/main.js:4',
  ]);
  const others = [...findingsOf(result, 'policies'), ...findingsOf(result, 'manifest')].filter(
    ({ code }) => code === 'policy-schema-missing',
  );
  assert.deepEqual(placed(others), [
    `policy-schema-missing extra.json at runtime-manifest.json:${lineOf('extra.json') - 1}`,
  ]);
});

test('a suppression names the missing file, not the file in which it is mended', async (t) => {
  const suppress = [{ code: 'path-missing', path: 'gone.md', reason: 'it comes tomorrow', until: '2999-01-01' }];
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ files: ['gone.md', 'other.md'], suppress }),
  });
  const found = findingsOf(await examine(project, 'HEAD', ['tracked']), 'tracked');
  assert.deepEqual(
    found.map(({ target, severity }) => `${severity} ${target}`),
    ['note gone.md', 'error other.md'],
  );
});

test('the report for a person says where to edit, once', () => {
  const one = findingWith({ path: 'package.json', line: 7, target: 'gone.mjs' });
  const told = findingWith({ path: 'policy/loop.json', line: 3, problem: 'policy/loop.json:3 is wrong.' });
  const text = formatDoctor(resultWith({ findings: [one, told] }), { width: 80, colour: false });
  assert.match(text, /^ {6}at package\.json:7$/m);
  assert.equal(text.match(/policy\/loop\.json:3/g)?.length, 1);
});

test('a name that would move the cursor, or turn the line around, is escaped in annotations', () => {
  const path = 'a\u001b[31m\u202eb\u2066:c,d%.ts';
  const text = doctorAnnotations(resultWith({ findings: [findingWith({ path, problem: `${path} is not there.` })] }));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  assert.doesNotMatch(text, /[\u001b\u202e\u2066]/);
  const [annotation] = annotationsIn(text).annotations;
  assert.equal(annotation?.file, 'a\\u001b[31m\\u202eb\\u2066:c,d%.ts');
});
