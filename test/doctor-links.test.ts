import assert from 'node:assert/strict';
import { existsSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { diagnose } from '../scripts/checks/diagnose.ts';
import { links } from '../scripts/checks/links.ts';
import { contextWith } from './helpers/machine.ts';
import { examine, findingsOf, makeProject, manifestWith, troubles } from './helpers/project.ts';
import type { Repository } from './helpers/repository.ts';

const only = ['links'];
const tsx = ['node', '--import', 'tsx'];

function installPackages(project: Repository): void {
  const packages = fileURLToPath(new URL('../node_modules', import.meta.url));
  symlinkSync(packages, path.join(project.directory, 'node_modules'));
}

function entries(...names: readonly string[]): string {
  return manifestWith({ entryPoints: names.map((name) => ({ path: `scripts/${name}`, runner: tsx })) });
}

test('linking an entry point runs not one line of it', async (t) => {
  const write = "import { writeFileSync } from 'node:fs';\nwriteFileSync('it-ran', '');\n";
  const project = makeProject(t, {
    'scripts/main.js': `import './core/one.js';\n${write}`,
    'scripts/core/two.js': `${write}export const two = 2;\n`,
  });
  assert.equal((await examine(project, 'worktree', only)).checks[0]?.status, 'pass');
  assert.equal(existsSync(path.join(project.directory, 'it-ran')), false);
});

test('what does not link is told apart: a file, a package, a name, the syntax', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': entries('file.ts', 'package.ts', 'name.ts', 'syntax.ts', 'fine.ts'),
    'scripts/file.ts': "import './core/gone.ts';\n",
    'scripts/package.ts': "import 'no-such-package-here';\n",
    'scripts/name.ts': "import { three } from './core/two.js';\nconsole.log(three);\n",
    'scripts/syntax.ts': 'const x: = 1;\n',
    'scripts/fine.ts': "import './core/two.js';\nconst x: number = 1;\nconsole.log(x);\n",
  });
  installPackages(project);
  const findings = findingsOf(await examine(project, 'worktree', only), 'links');
  assert.deepEqual(
    findings.map((finding) => [finding.path, finding.code]),
    [
      ['scripts/file.ts', 'link-missing-module'],
      ['scripts/package.ts', 'link-missing-package'],
      ['scripts/name.ts', 'link-failed'],
      ['scripts/syntax.ts', 'link-failed'],
    ],
  );
  assert.match(
    findings[0]?.problem ?? '',
    /Cannot find module 'scripts\/core\/gone\.ts' imported from scripts\/file\.ts/,
  );
  assert.deepEqual(findings[0]?.commands, [], 'HEAD never had the file, so that it could not be restored');
  assert.deepEqual(findings[1]?.commands, [], 'no lockfile knows the package, so npm ci would not bring it');
  assert.match(findings[2]?.problem ?? '', /does not provide an export named 'three'/);
  assert.match(findings[3]?.problem ?? '', /scripts\/syntax\.ts:1:9/);
  assert.deepEqual(
    findings.map((finding) => finding.line),
    [1, 1, 1, 1],
  );
});

test('a runner that is not installed is told apart from a broken entry point', async (t) => {
  const lockfile = JSON.stringify({ lockfileVersion: 3, packages: { 'node_modules/tsx': { version: '4.0.0' } } });
  const project = makeProject(t, { 'runtime-manifest.json': entries('main.js'), 'package-lock.json': lockfile });
  const [finding] = findingsOf(await examine(project, 'worktree', only), 'links');
  assert.equal(finding?.code, 'runner-package-missing');
  assert.match(finding.problem, /tsx is not installed/);
  assert.deepEqual(finding.commands, ['npm ci']);
  installPackages(project);
  assert.equal((await examine(project, 'worktree', only)).ok, true);
});

test('a missing package is installed by the manager whose lockfile names it', async (t) => {
  const lockfiles = {
    'pnpm-lock.yaml': ['packages:\n\n  tsx@4.1.0:\n    resolution: {}\n', 'pnpm install --frozen-lockfile'],
    'yarn.lock': [
      '# yarn lockfile v1\n\n"@it/one@1", tsx@^4.0.0:\n  version "4.1.0"\n',
      'yarn install --frozen-lockfile',
    ],
    'bun.lock': ['{ "packages": {\n    "tsx": ["tsx@4.1.0"],\n} }', 'bun install --frozen-lockfile'],
  } as const;
  for (const [file, [text, command]] of Object.entries(lockfiles)) {
    const project = makeProject(t, { 'runtime-manifest.json': entries('main.js'), [file]: text });
    const commandsNow = async () => findingsOf(await examine(project, 'worktree', only), 'links')[0]?.commands;
    assert.deepEqual(await commandsNow(), [command], file);
    project.write({ [file]: text.replaceAll('tsx', 'tsx-like') });
    assert.deepEqual(await commandsNow(), [], 'another package whose name begins so');
  }
});

test('a runner that fails by itself, and one that cannot be started, are said to be so', async (t) => {
  const runner = (argv: readonly string[]) =>
    manifestWith({ entryPoints: [{ path: 'scripts/main.js', runner: argv }] });
  const project = makeProject(t, { 'runtime-manifest.json': runner(['node', '--no-such-flag']) });
  assert.deepEqual(troubles(await examine(project, 'worktree', only)), ['links: runner-failed scripts/main.js']);
  project.write({ 'runtime-manifest.json': runner(['/nowhere/node']) });
  const [check] = (await examine(project, 'worktree', only)).checks;
  assert.equal(check?.status, 'unknown');
  assert.match(check.reason ?? '', /could not be started: ENOENT/);
});

test('CommonJS, another runner and a runner with a program of its own are notes, and are never run', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({
      entryPoints: [
        { path: 'scripts/old.cjs', runner: ['node'] },
        { path: 'scripts/run.sh', runner: ['bash'] },
        { path: 'scripts/main.js', runner: ['node', 'scripts/wrapper.js'] },
      ],
    }),
    'scripts/old.cjs': "require('fs').writeFileSync('it-ran', '');\n",
    'scripts/run.sh': 'touch it-ran\n',
    'scripts/wrapper.js': "import { writeFileSync } from 'node:fs';\nwriteFileSync('it-ran', '');\n",
  });
  const result = await examine(project, 'worktree', only);
  assert.deepEqual(
    findingsOf(result, 'links').map((finding) => finding.severity),
    ['note', 'note', 'note'],
  );
  assert.equal(result.checks[0]?.status, 'pass');
  assert.equal(existsSync(path.join(project.directory, 'it-ran')), false);
});

test('whether a .js file is an ES module is read from the nearest package.json', async (t) => {
  const entryPoints = [{ path: 'old/main.js', runner: ['node'] }];
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ entryPoints }),
    'old/main.js': "require('./gone');\n",
  });
  const codes = async () =>
    findingsOf(await examine(project, 'worktree', only), 'links').map((finding) => finding.code);
  assert.deepEqual(await codes(), [], 'an ES module that calls require links: it only fails when it runs');
  project.write({ 'old/package.json': '{}' });
  project.git('add', '-A');
  assert.deepEqual(await codes(), ['link-not-checked']);
});

test('what is not checked out is not linked, and that is said', async (t) => {
  const project = makeProject(t);
  for (const tree of ['index', 'HEAD']) {
    const [check] = (await examine(project, tree, only)).checks;
    assert.deepEqual([check?.status, check?.reason?.includes('not checked out')], ['skip', true]);
  }
});

test('what the loaded file imports is mended where the import is written, and what a runner lacks in the manifest', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': entries('main.js', 'other.ts'),
    'scripts/core/one.js': "// './two.js'\nexport const one = 1;\nexport { two } from './two.js';\n",
    'scripts/other.ts': 'export {};\n',
  });
  installPackages(project);
  project.remove('scripts/core/two.js');
  const [finding] = findingsOf(await examine(project, 'worktree', only), 'links');
  assert.deepEqual(
    [finding?.target, finding?.path, finding?.line, finding?.commands],
    ['scripts/main.js', 'scripts/core/one.js', 3, ['git checkout HEAD -- scripts/core/two.js']],
  );
  const runner = ['node', '--no-such-flag'];
  project.write({ 'runtime-manifest.json': manifestWith({ entryPoints: [{ path: 'scripts/main.js', runner }] }) });
  const [broken] = findingsOf(await examine(project, 'worktree', only), 'links');
  assert.deepEqual([broken?.path, broken?.line], ['runtime-manifest.json', 5]);
});

test('linking that does not end is unknown, with what to look at', async (t) => {
  const context = await contextWith(makeProject(t), {});
  const execute = () =>
    Promise.resolve({ exitCode: null, signal: 'SIGTERM', stdout: '', stderr: '', spawnError: 'ETIMEDOUT' } as const);
  const [check] = (await diagnose({ ...context, execute }, [links])).checks;
  assert.equal(check?.status, 'unknown');
  assert.match(check.reason ?? '', /^linking scripts\/main\.js did not end within 20 s\. To mend it: .*node -e 0/);
});
