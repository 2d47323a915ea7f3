import assert from 'node:assert/strict';
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { DoctorResult } from '../scripts/core/doctor.ts';
import { openDiagnosis } from '../scripts/diagnose.ts';
import { markedProcesses } from '../scripts/effects/process-tree.ts';
import { findingsOf, makeProject, manifestWith, troubles } from './helpers/project.ts';
import { cleanEnvironment, type Repository, repositoryAt, temporaryDirectory } from './helpers/repository.ts';

const trees = ['worktree', 'index', 'HEAD'] as const;

function probe(name: string, how: string, runner: readonly string[] = ['node']) {
  return { path: `scripts/${name}`, runner, probe: how };
}

function deeply(project: Repository, tree: string): Promise<DoctorResult> {
  const { directory } = project;
  return openDiagnosis({ directory, tree, env: cleanEnvironment(), only: ['links'], deep: true });
}

function leftBehind(project: Repository): readonly string[] {
  const home = path.join(project.directory, '.git/loopbreaker/deep');
  return existsSync(home) ? readdirSync(home) : [];
}

test('a clean checkout has what git holds and nothing else, so a file that is read at run time is missed there', async (t) => {
  const reads = "import { readFileSync } from 'node:fs';\nreadFileSync(new URL('./data.txt', import.meta.url));\n";
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ entryPoints: [probe('main.js', 'help'), probe('import.js', 'import')] }),
    'scripts/main.js': reads,
    'scripts/import.js': reads,
  });
  project.write({ 'scripts/data.txt': 'here only' });
  for (const tree of trees) {
    const found = ['links: probe-failed scripts/main.js', 'links: probe-failed scripts/import.js'];
    assert.deepEqual(troubles(await deeply(project, tree)), found, tree);
  }
  const [finding] = findingsOf(await deeply(project, 'index'), 'links');
  assert.match(finding?.problem ?? '', /"node scripts\/main\.js --help" ended with exit code 1: .*ENOENT/);
  project.git('add', '-A');
  assert.deepEqual(troubles(await deeply(project, 'worktree')), []);
  assert.deepEqual(troubles(await deeply(project, 'index')), []);
  assert.equal((await deeply(project, 'HEAD')).ok, false);
  assert.deepEqual(leftBehind(project), []);
  assert.equal(project.git('worktree', 'list').split('\n').length, 1);
});

test('an announced file is not in the checkout of the index, a link, an execute bit and a strange name are', async (t) => {
  const strange = 'scripts/a b"ü\n.js';
  const main = `import 'node:fs';
import { existsSync, lstatSync } from 'node:fs';
const here = (name) => new URL(name, import.meta.url);
const wrong = [
  existsSync(here('./announced.js')),
  !lstatSync(here('./link.js')).isSymbolicLink(),
  (lstatSync(here('./run.sh')).mode & 0o100) === 0,
  !existsSync(here(${JSON.stringify(`./${encodeURIComponent(path.basename(strange))}`)})),
];
if (wrong.includes(true)) throw new Error(JSON.stringify(wrong));
`;
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ entryPoints: [probe('main.js', 'help')] }),
    'scripts/main.js': main,
    'scripts/run.sh': 'true\n',
    [strange]: '',
  });
  symlinkSync('main.js', path.join(project.directory, 'scripts/link.js'));
  project.git('add', '-A');
  project.git('update-index', '--chmod=+x', 'scripts/run.sh');
  project.git('commit', '-q', '-m', 'a link');
  project.git('checkout-index', '-f', 'scripts/run.sh');
  project.write({ 'scripts/announced.js': '' });
  project.git('add', '-N', 'scripts/announced.js');
  for (const tree of trees) assert.deepEqual(troubles(await deeply(project, tree)), [], tree);
});

test('index and revisions are linked in the checkout, with the packages that are installed', async (t) => {
  const entry = { path: 'scripts/main.ts', runner: ['node', '--import', 'tsx'] };
  const project = makeProject(t, {
    '.gitignore': 'node_modules\n',
    'runtime-manifest.json': manifestWith({ entryPoints: [entry] }),
    'scripts/main.ts':
      "import { parse } from 'jsonc-parser';\nimport { two } from './core/two.js';\nparse(String(two));\n",
  });
  const [missing] = findingsOf(await deeply(project, 'index'), 'links');
  assert.equal(missing?.code, 'runner-package-missing');
  symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), path.join(project.directory, 'node_modules'));
  for (const tree of trees) assert.deepEqual(troubles(await deeply(project, tree)), [], tree);
  project.write({ 'scripts/core/two.js': 'export const three = 3;\n' });
  project.git('add', '-A');
  assert.deepEqual(troubles(await deeply(project, 'index')), ['links: link-failed scripts/main.ts']);
  assert.deepEqual(troubles(await deeply(project, 'HEAD')), []);
});

test('a linked worktree is probed with its own packages, and its checkout is in the state that all worktrees share', async (t) => {
  const project = makeProject(t, {
    '.gitignore': 'node_modules\n',
    'runtime-manifest.json': manifestWith({ entryPoints: [probe('main.js', 'help')] }),
    'scripts/main.js':
      "import { git } from './git.js';\nimport { two } from './core/two.js';\nimport 'only-here';\ngit(two);\n",
    'scripts/git.js': 'export const git = String;\n',
  });
  const linked = repositoryAt(path.join(temporaryDirectory(t), 'linked'));
  project.git('worktree', 'add', '-q', '--detach', linked.directory);
  linked.write({
    'node_modules/only-here/index.js': '',
    'node_modules/only-here/package.json': '{"name":"only-here"}',
  });
  assert.deepEqual(troubles(await deeply(linked, 'HEAD')), []);
  assert.deepEqual(troubles(await deeply(project, 'HEAD')), ['links: link-missing-package scripts/main.js']);
  assert.deepEqual(leftBehind(project), []);
});

test('a program that floods is stopped, and its children with it; one that is broken in its syntax is told', async (t) => {
  const flood = `import { spawn } from 'node:child_process';
spawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).unref();
const flow = () => {
  while (process.stdout.write('x'.repeat(65536)));
  process.stdout.once('drain', flow);
};
flow();
`;
  const entryPoints = [probe('main.js', 'help'), probe('bad.cjs', 'syntax'), probe('bad.sh', 'syntax', ['bash'])];
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ entryPoints }),
    'scripts/main.js': flood,
    'scripts/bad.cjs': 'const = 1;\n',
    'scripts/bad.sh': 'if true; then\n',
  });
  const findings = findingsOf(await deeply(project, 'HEAD'), 'links').filter(({ severity }) => severity === 'error');
  assert.deepEqual(
    findings.map((finding) => finding.path),
    ['scripts/main.js', 'scripts/bad.cjs', 'scripts/bad.sh'],
  );
  assert.match(findings[0]?.problem ?? '', /said more than 4 MiB and was stopped/);
  assert.match(findings[1]?.problem ?? '', /SyntaxError/);
  assert.deepEqual(markedProcesses('doctor'), []);
  assert.deepEqual(leftBehind(project), []);
});

test('what a killed doctor left is swept up by the next one, what another computer left is not', async (t) => {
  const project = makeProject(t);
  const home = '.git/loopbreaker/deep';
  const dead = `checkout-999999999-00000000@${hostname()}`;
  const foreign = 'checkout-999999999-00000000@another-computer';
  const alive = `checkout-${process.pid}-00000000@${hostname()}`;
  for (const name of [dead, foreign, alive]) project.write({ [`${home}/${name}/tree/x`]: '' });
  assert.deepEqual(troubles(await deeply(project, 'HEAD')), []);
  assert.deepEqual([...leftBehind(project)].sort(), [foreign, alive].sort());
});

test('without --deep nothing is checked out and nothing is started', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ entryPoints: [probe('main.js', 'help')] }),
    'scripts/main.js': "throw new Error('it ran');\n",
  });
  const env = cleanEnvironment();
  const result = await openDiagnosis({ directory: project.directory, tree: 'worktree', env, only: ['links'] });
  assert.deepEqual(troubles(result), []);
  assert.equal(existsSync(path.join(project.directory, '.git/loopbreaker/deep')), false);
});
