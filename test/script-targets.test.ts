import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readScriptLine } from '../scripts/core/script-lines.ts';
import { examine, findingsOf, makeProject, manifestWith, projectFiles, troubles } from './helpers/project.ts';

const only = ['script-targets'];

const lines: readonly (readonly [string, readonly string[], number?])[] = [
  ['tsx src/cli/run.ts', ['src/cli/run.ts']],
  ['rm -rf out && node ./scripts/bundle.js a b && node ./scripts/bundle.js d', ['scripts/bundle.js']],
  ['node bin/fix.js mocha test/unit/**/*.js --timeout 30000', ['bin/fix.js']],
  ['node -r esbuild-register tools/check.ts', ['tools/check.ts']],
  ['node --import ./tools/register.mjs --enable-source-maps src/a.ts', ['tools/register.mjs', 'src/a.ts']],
  ['node --import=./tools/register.mjs src/a.ts', ['tools/register.mjs', 'src/a.ts']],
  ['cross-env NODE_OPTIONS=--max-old-space-size=4096 node tools/links.js', ['tools/links.js']],
  ['cd test/smoke && node --loader ts-node/esm ts.test.ts', ['test/smoke/ts.test.ts']],
  ['cd "$DIR" && node a.js', [], 1],
  ['cd test && mkdir -p temp && echo x > temp/t.js; node ./temp/t.js', [], 1],
  ['node --input-type=module -e "import {b} from \'./build/t.js\'; b()"', []],
  ['node --test test/*.test.js', [], 1],
  ["tsx --test $(find src -name '*.test.ts')", [], 1],
  ['tsx --env-file=.sandbox/.env .sandbox/test.ts', ['.sandbox/test.ts']],
  ['bun run scripts/a.ts && bun run smoke:x && pnpm --filter web build', ['scripts/a.ts']],
  ['bun run copy:package.cjs.json', []],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's.
  ['git diff --name-only ${BASE:-main} HEAD | node scripts/scope.mjs', ['scripts/scope.mjs']],
  ['node test/wpt.mjs run /fetch /mimesniff', ['test/wpt.mjs']],
  ['bash ./scripts/agent.sh ; ./test/gen-index.sh && npm run x', ['scripts/agent.sh', 'test/gen-index.sh']],
  ['tsx ./node_modules/rollup/dist/bin/rollup -c rollup.config.ts', []],
  ['git config set hook.x.command "node node_modules/l/bin/l.js"', []],
  ['node "scripts/a b.js"', ['scripts/a b.js']],
  ['tsx watch src/server.ts', ['src/server.ts']],
  ['echo done. && vitest run', []],
];

for (const [line, targets, unknowable = 0] of lines) {
  test(`the script line ${line} runs ${targets.join(' and ') || 'no file that can be named'}`, () => {
    const reading = readScriptLine(line);
    assert.deepEqual(
      reading.targets.map((target) => target.path),
      targets,
    );
    assert.equal(reading.unknowable.length, unknowable);
  });
}

function scripts(commands: Readonly<Record<string, string>>, more: object = {}): string {
  return JSON.stringify({ type: 'module', scripts: commands, ...more });
}

test('a script that runs a file which a commit deleted is an error that names the commit', async (t) => {
  const project = makeProject(t, { 'package.json': scripts({ smoke: 'node smoke.mjs' }), 'smoke.mjs': '' });
  assert.deepEqual(troubles(await examine(project, 'HEAD', only)), []);
  project.remove('smoke.mjs');
  const commit = project.commit().slice(0, 7);
  const [finding] = findingsOf(await examine(project, 'HEAD', only), 'script-targets');
  assert.equal(finding?.code, 'path-deleted-in-commit');
  assert.match(
    finding.problem,
    new RegExp(`${commit} \\(\\d{4}-\\d\\d-\\d\\d\\); the script "smoke" of package\\.json runs it`),
  );
  assert.deepEqual(finding.commands, [`git checkout ${commit}^ -- smoke.mjs`]);
});

test('a hand-written source that an ignore rule hid from git add is an error, a build output a note', async (t) => {
  const project = makeProject(t, {
    '.gitignore': '/*\n!/scripts\n!/policy\ndist/\n',
    'package.json': scripts({ dev: 'tsx dev/api.ts', start: 'node dist/main.js', gone: 'node lib/x.js' }),
  });
  project.git('add', '-f', ...Object.keys(projectFiles));
  project.commit();
  project.write({ 'dev/api.ts': '' });
  const findings = findingsOf(await examine(project, 'worktree', only), 'script-targets');
  assert.deepEqual(
    findings.map((finding) => [finding.severity, finding.code, finding.path]),
    [
      ['error', 'path-ignored', 'dev/api.ts'],
      ['note', 'script-target-built', 'dist/main.js'],
      ['note', 'script-target-built', 'lib/x.js'],
    ],
  );
  assert.match(findings[0]?.problem ?? '', /\.gitignore:1: \/\*/);
});

test('what the manifest declares generated is not looked for', async (t) => {
  const generated = [{ path: 'dist/**', by: 'npm run build' }];
  const files = { 'package.json': scripts({ start: 'node dist/bin/main.js' }) };
  const strict = makeProject(t, files);
  assert.deepEqual(troubles(await examine(strict, 'HEAD', only)), ['script-targets: path-missing dist/bin/main.js']);
  const declared = makeProject(t, { ...files, 'runtime-manifest.json': manifestWith({ generated }) });
  assert.deepEqual(troubles(await examine(declared, 'HEAD', only)), []);
});

test('workspace packages are read from their own folder, and hooks from the root', async (t) => {
  const project = makeProject(t, {
    'package.json': scripts({ start: 'node scripts/main.js' }, { workspaces: ['packages/*'] }),
    'packages/a/package.json': scripts({ b: 'node ../../scripts/main.js', c: 'node ./c.js', d: 'node lib' }),
    'packages/a/lib/index.js': '',
    'elsewhere/package.json': scripts({ x: 'node x.js' }),
    'runtime-manifest.json': manifestWith({ hooks: ['pre-push'] }),
    '.husky/pre-push': '# node comment.js\nnode scripts/gone.js || exit 1\n',
  });
  assert.deepEqual(troubles(await examine(project, 'HEAD', only)), [
    'script-targets: path-missing packages/a/c.js',
    'script-targets: path-missing scripts/gone.js',
  ]);
});

test('a script file that is executed itself needs the execute bit', async (t) => {
  const project = makeProject(t, { 'package.json': scripts({ gen: './gen.sh' }), 'gen.sh': '#!/bin/sh\n' });
  assert.deepEqual(troubles(await examine(project, 'HEAD', only)), ['script-targets: not-executable gen.sh']);
  project.git('update-index', '--chmod=+x', 'gen.sh');
  assert.deepEqual(troubles(await examine(project, 'index', only)), []);
});

test('a package.json that is not JSON makes the check unknown, not green', async (t) => {
  const project = makeProject(t, { 'package.json': '{' });
  const [check] = (await examine(project, 'HEAD', only)).checks;
  assert.equal(check?.status, 'unknown');
});
