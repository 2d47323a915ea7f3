import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stagedProgram } from '../scripts/checks/script-staged-program.ts';
import { hookFolders } from '../scripts/core/script-hooks.ts';
import { makeProject } from './helpers/project.ts';
import { scripts, verdicts } from './helpers/script-findings.ts';

test('hooks are read where a script makes git look for them, and only when they are shell programs', async (t) => {
  const project = makeProject(t, {
    'package.json': scripts({ prepare: 'git config core.hooksPath .githooks/ || true' }, { workspaces: ['web'] }),
    'web/package.json': scripts({ prepare: 'cd .. && husky web/.husky' }),
    '.githooks/pre-commit': '#!/usr/bin/env bash\nnode tools/a.js\n',
    '.githooks/pre-push': '#!/usr/bin/env node\nnode tools/b.js\n',
    '.githooks/helper': 'node tools/c.js\n',
    'web/.husky/commit-msg': 'node tools/d.js\n',
  });
  assert.deepEqual(await verdicts(project), [
    'error path-missing tools/a.js',
    'error path-missing tools/d.js',
    'note script-target-unknowable .githooks/pre-push',
  ]);
});

test('the folder of hooks is read from the lines that set it, and from no other', () => {
  const rows: readonly (readonly [line: string, folders: string])[] = [
    ['git config --local core.hooksPath .githooks', 'root .githooks'],
    ['is-ci || git config core.hookspath ./hooks', 'root hooks'],
    ['husky install .config/husky && husky add x/pre-commit "y"', 'line .config/husky'],
    ['cd ../.. && npx husky packages/a/.husky', 'line ../../packages/a/.husky'],
    ['husky && husky install && husky uninstall', ''],
    ['git config --unset core.hooksPath && git config core.hooksPath /dev/null && echo core.hooksPath x', ''],
  ];
  for (const [line, folders] of rows)
    assert.equal(
      hookFolders(line)
        .map((one) => `${one.from} ${one.path}`)
        .join(' '),
      folders,
      line,
    );
});

test('what prisma runs to seed a database exists', async (t) => {
  const project = makeProject(t, { 'package.json': scripts({}, { prisma: { seed: 'tsx prisma/seed.ts' } }) });
  assert.deepEqual(await verdicts(project), ['error path-missing prisma/seed.ts']);
});

test('tasks that a lint-staged program writes out are read; that it has others is said', async (t) => {
  const rows: readonly (readonly [text: string, tasks: readonly string[], complete: boolean])[] = [
    ['export default { "*.ts": "node a.js", "*.md": ["b", `c`] };', ['node a.js', 'b', 'c'], true],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is that of the configuration.
    ["module.exports = { '*.js': () => 'tsc', x: (files) => [`y ${files}`, 'z'] };", ['tsc', 'z'], false],
    ['/** @type {x} */\nconst config = { a: "b" };\nexport default config;', ['b'], true],
    ['export default { a: "b" } satisfies Configuration;', ['b'], true],
    ['export default (files) => "x";', [], false],
    ['export default { ...base, a: "b" };', ['b'], false],
    ['let config = { a: "b" }; config.a = "c"; export default config;', [], false],
    ['export default {', [], false],
  ];
  for (const [text, tasks, complete] of rows)
    assert.deepEqual(await stagedProgram('lint-staged.config.ts', text), { tasks, complete }, text);
  const project = makeProject(t, {
    'package.json': '{}',
    'lint-staged.config.mjs': 'export default { "*.ts": "node tools/a.js" };\n',
    'packages/a/lint-staged.config.ts': 'export default { a: "node b.js", ...more };\n',
    '.lintstagedrc.cjs': 'module.exports = require("x");\n',
  });
  assert.deepEqual(await verdicts(project), [
    'error path-missing tools/a.js',
    'error path-missing packages/a/b.js',
    'note script-target-unknowable .lintstagedrc.cjs',
    'note script-target-unknowable packages/a/lint-staged.config.ts',
  ]);
});

test('a tsconfig may extend that of another package of the repository by its name', async (t) => {
  const project = makeProject(t, {
    'package.json': scripts({}, { workspaces: ['packages/*'] }),
    'packages/config/package.json': JSON.stringify({ name: '@acme/config' }),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is tsc's.
    'packages/config/base.json': '{ "compilerOptions": { "outDir": "${configDir}/made" } }',
    'packages/config/tsconfig.json': '{ "extends": "@none/there" }',
    'packages/a/package.json': scripts({ a: 'node made/a.js', b: 'node other/b.js' }),
    'packages/a/tsconfig.json': '{ "extends": "@acme/config/base.json" }',
  });
  assert.deepEqual(await verdicts(project), [
    'note script-target-built packages/a/made/a.js',
    'error path-missing packages/a/other/b.js',
  ]);
});
