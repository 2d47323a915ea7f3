import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { runnerOf } from '../scripts/core/init-manifest.ts';
import { prettyJson } from '../scripts/core/pretty-json.ts';
import { adopt, json, makeTeam, teamPackage } from './helpers/adopted.ts';
import { examine, troubles } from './helpers/project.ts';

test('the manifest names what package scripts run, by its runner; what a build makes is declared, not demanded', async (t) => {
  const scripts = {
    start: 'node --env-file=.env scripts/start.js',
    serve: 'NODE_ENV=production node dist/server.js',
    seed: 'tsx tools/seed.ts',
    lint: 'sh tools/lint.sh',
    gone: 'node scripts/gone.js',
    build: 'tsc',
  };
  const files = { 'tools/seed.ts': '', 'tools/lint.sh': 'true\n', '.gitignore': 'node_modules\ndist\n' };
  const keys = { scripts, engines: { node: '>=22' }, devDependencies: { tsx: '*' } };
  const team = makeTeam(t, { ...files, 'package.json': teamPackage(keys) });
  mkdirSync(path.join(team.directory, 'dist'));
  writeFileSync(path.join(team.directory, 'dist/server.js'), '');
  await adopt(team);
  const manifest = json(team, 'runtime-manifest.json');
  assert.deepEqual(manifest.entryPoints, [
    { path: 'scripts/start.js', runner: ['node'], probe: 'none' },
    { path: 'tools/seed.ts', runner: ['node', '--import', 'tsx'], probe: 'none' },
  ]);
  assert.deepEqual(manifest.generated, [{ path: 'dist/**', by: 'npm run build' }]);
  assert.deepEqual(manifest.runtimeDirectories, ['scripts', 'tools', 'policy', '.husky']);
  assert.equal(manifest.files.includes('tools/lint.sh'), true);
  assert.equal(manifest.tools.node, '>=22', 'what package.json shuts out is not let in');
  const [missing] = troubles(await examine(team, 'worktree', ['script-targets']));
  assert.match(missing ?? '', /scripts\/gone\.js/, 'a dead script is the doctor to tell');
});

test('a folder of outputs is declared, and never the package or the sources that it lies in', async (t) => {
  const of = (scripts: object) => teamPackage({ scripts: { build: 'tsc', ...scripts } });
  const files = {
    'package.json': teamPackage({
      workspaces: ['packages/*'],
      scripts: { build: 'tsc -b', check: 'node --test dist/' },
    }),
    'packages/core/package.json': of({ test: 'node --test dist/', start: 'node out/main.js' }),
    'packages/core/src/main.ts': '',
    '.gitignore': 'node_modules\ndist\nout\n',
  };
  const team = makeTeam(t, files);
  await adopt(team);
  const { generated } = json(team, 'runtime-manifest.json');
  const by = 'cd packages/core && npm run build';
  assert.deepEqual(generated, [
    { path: 'dist/**', by: 'npm run build' },
    { path: 'packages/core/dist/**', by },
    { path: 'packages/core/out/**', by },
  ]);
  assert.deepEqual(troubles(await examine(team, 'worktree', ['script-targets'])), []);
  team.write({ 'packages/core/package.json': of({ gen: 'node tools/gen.mjs' }) });
  const [missing] = troubles(await examine(team, 'worktree', ['script-targets']));
  assert.match(missing ?? '', /tools\/gen\.mjs/);
});

test('a program that only the tsx of its own package runs is a file that has to be there, for it does not start in the root', async (t) => {
  const below = { scripts: { dev: 'tsx watch src/main.ts' }, devDependencies: { tsx: '*' } };
  const files = { 'packages/b/package.json': teamPackage(below), 'packages/b/src/main.ts': '' };
  const team = makeTeam(t, { ...files, 'package.json': teamPackage({ workspaces: ['packages/*'] }) });
  await adopt(team);
  const { entryPoints, files: needed } = json(team, 'runtime-manifest.json');
  assert.deepEqual(
    entryPoints.map((one: { path: string }) => one.path),
    ['scripts/start.js'],
  );
  assert.equal(needed.includes('packages/b/src/main.ts'), true);
});

test('the runner of a program is the one of its own part of the line', () => {
  const of = (line: string) => runnerOf({ path: 'src/main.ts', line }).join(' ');
  assert.equal(of('tsx build.ts && node src/main.ts'), 'node');
  assert.equal(of('node --import tsx src/main.ts'), 'node --import tsx');
  assert.equal(of('ts-node src/main.ts'), 'ts-node');
  assert.equal(of('node --loader ts-node/esm src/main.ts'), 'node --loader ts-node/esm');
  assert.equal(of('node --experimental-strip-types src/main'), 'node --experimental-strip-types');
  assert.equal(of('bun src/main.ts'), 'bun');
});

test('lists of JSON stay on one line where they fit, as formatters leave them', () => {
  const value = { a: ['x', ['y']], b: [], c: [{ d: 1 }], e: ['z'.repeat(80)] };
  const long = 'z'.repeat(80);
  assert.equal(
    prettyJson(value),
    `{\n  "a": ["x", ["y"]],\n  "b": [],\n  "c": [\n    {\n      "d": 1\n    }\n  ],\n  "e": [\n    "${long}"\n  ]\n}\n`,
  );
});
