/** Check `policies`: whether the gate installs with the package manager whose lockfile git holds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foreignInstalls } from '../scripts/core/gate-installs.ts';
import { declaredManager } from '../scripts/core/package-managers.ts';
import { adopt, commitAll, makeTeam, noHooks, read, type, warningsOf } from './helpers/adopted.ts';
import { examine, findingsOf, makeProject, manifestWith } from './helpers/project.ts';

type Argv = readonly string[];

const qa = [{ name: 'test', command: ['npm', 'test'], timeoutSeconds: 1 }];

/** What is said of one command of "prepare", where git holds these files. */
function said(argv: Argv, files: readonly string[], packageManager?: string) {
  const held = { holds: (file: string) => files.includes(file), declared: declaredManager(packageManager) };
  return foreignInstalls({ prepare: [argv], qa, command: null }, held);
}

const severities = (...of: Parameters<typeof said>): readonly string[] => said(...of).map(({ severity }) => severity);

test('after npm gave way to pnpm an old "npm ci" of the gate is an error at its line, with the one edit', async (t) => {
  const policy = { qa, prepare: [['npm', 'ci']] };
  const project = makeProject(t, {
    'policy/promote.json': JSON.stringify(policy, null, 1),
    'package.json': JSON.stringify({ packageManager: 'pnpm@10.1.0', dependencies: { one: '1' } }),
    'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
  });
  for (const tree of ['worktree', 'index', 'HEAD']) {
    const [finding, ...more] = findingsOf(await examine(project, tree, ['policies']), 'policies');
    assert.deepEqual(more, []);
    assert.deepEqual(
      [finding?.code, finding?.severity, finding?.path, finding?.line],
      ['gate-installs-other', 'error', 'policy/promote.json', 13],
    );
    assert.match(
      finding?.problem ?? '',
      /^\/prepare\/0 of policy\/promote\.json runs "npm ci", but the lockfile here is pnpm-lock\.yaml, /,
    );
    assert.equal(finding?.remedy, 'write ["pnpm", "install", "--frozen-lockfile"] in its place');
  }
  project.write({
    'policy/promote.json': JSON.stringify({ ...policy, prepare: [['pnpm', 'install', '--frozen-lockfile']] }),
  });
  assert.deepEqual(findingsOf(await examine(project, 'worktree', ['policies']), 'policies'), []);
});

test('an install that needs a lockfile which is not there is an error, one that goes on without it a warning', () => {
  const strict: readonly (readonly [Argv, string])[] = [
    [['npm', 'clean-install'], 'yarn.lock'],
    [['npm', 'ci', '--prefix', '.'], 'yarn.lock'],
    [['env', 'CI=1', 'npm', '--loglevel', 'error', 'ci'], 'bun.lock'],
    [['sh', '-c', "cd 'app' && npm ci"], 'pnpm-lock.yaml'],
    [['sh', '-c', 'npm ci && npm test && npm run build'], 'pnpm-lock.yaml'],
    [['pnpm', 'install', '--frozen-lockfile'], 'package-lock.json'],
    [['corepack', 'pnpm', 'i', '--frozen-lockfile'], 'npm-shrinkwrap.json'],
    [['npx', 'pnpm@9', 'install', '--frozen-lockfile'], 'package-lock.json'],
    [['yarn', '--immutable'], 'package-lock.json'],
  ];
  for (const [argv, file] of strict) assert.deepEqual(severities(argv, [file]), ['error'], argv.join(' '));
  const loose: readonly Argv[] = [
    ...[['pnpm', 'install'], ['yarn'], ['yarn', 'install', '--frozen-lockfile'], ['bun', 'install']],
    ...[
      ['bun', 'ci'],
      ['pnpm', '--filter', 'web', 'install'],
    ],
  ];
  for (const argv of loose) assert.deepEqual(severities(argv, ['package-lock.json']), ['warning'], argv.join(' '));
});

test('what is no install of the packages, or knows of its lockfile, is left alone', () => {
  const fine: readonly Argv[] = [
    ...[
      ['npm', 'test'],
      ['npm', 'run', 'ci'],
      ['npm', 'run', 'install'],
      ['npx', 'tsc'],
      ['npm', 'exec', 'install'],
    ],
    ...[
      ['corepack', 'enable'],
      ['yarn', 'dlx', 'install'],
      ['bun', 'run', 'ci'],
      ['bun', 'test'],
      ['yarn', 'build'],
    ],
    ...[
      ['npm', 'install', '-g', 'pnpm'],
      ['npm', 'install', 'pnpm@10'],
      ['npm', 'i', '--no-save', 'turbo'],
    ],
    ...[['npm', 'install', '--no-package-lock'], ['yarn', '--version'], ['npm', '--version'], ['npm']],
    ...[
      ['sh', '-c', 'npm ci || npm install'],
      ['sh', '-c', 'test -f package-lock.json && npm ci; true'],
      ['sh', '-c', 'if [ -f package-lock.json ]; then npm ci; fi'],
      ['sh', '-c', 'set -e\nif [ -f package-lock.json ]; then npm ci; else pnpm i; fi'],
      ['sh', '-c', 'set -e\n  if [ "$MANAGER" = npm ]; then npm ci; fi'],
      ['sh', '-c', 'true; ! test -e pnpm-lock.yaml && npm ci'],
      ['sh', '-c', 'case $MANAGER in npm) npm ci;; esac'],
    ],
    ...[
      ['sh', '-c', 'cd "$WHERE" && npm ci'],
      ['sh', '-c', 'cd ../other && npm ci'],
      ['node', 'npm', 'ci'],
    ],
  ];
  for (const argv of fine) assert.deepEqual(severities(argv, ['pnpm-lock.yaml']), [], argv.join(' '));
});

test('an install whose lockfile the gate itself brings, makes or leaves before is no error', () => {
  const gate = (...prepare: readonly Argv[]) =>
    foreignInstalls({ prepare, qa, command: null }, { holds: (file) => file === 'yarn.lock', declared: null });
  const at = (...prepare: readonly Argv[]) => gate(...prepare).map(({ pointer, severity }) => `${severity} ${pointer}`);
  const npm: Argv = ['npm', 'ci'];
  assert.deepEqual(at(['cp', 'ci/package-lock.json', '.'], npm), []);
  assert.deepEqual(at(['sh', '-c', 'cp ci/npm-shrinkwrap.json . && npm ci']), []);
  assert.deepEqual(at(['pnpm', 'import'], ['pnpm', 'install', '--frozen-lockfile']), []);
  assert.deepEqual(at(['npm', 'install'], npm), ['warning /prepare/0']);
  assert.deepEqual(at(['corepack', 'enable'], npm), ['error /prepare/1']);
  assert.deepEqual(at(['cp', 'ci/pnpm-lock.yaml', '.'], npm), ['error /prepare/1'], "another manager's");
  assert.deepEqual(at(npm, ['cp', 'ci/package-lock.json', '.']), ['error /prepare/0'], 'too late');
  const judge = [{ name: 'all', command: ['npm', 'ci'], timeoutSeconds: 1 }];
  const held = { holds: (file: string) => file === 'yarn.lock', declared: null };
  assert.deepEqual(
    foreignInstalls({ prepare: [['cp', 'ci/package-lock.json', '.']], qa: judge, command: null }, held),
    [],
  );
});

test('an install that runs no scripts is told as one that runs none', () => {
  const remedy = (argv: Argv, ...files: readonly string[]) => said(argv, files)[0]?.remedy;
  const quiet: Argv = ['npm', 'ci', '--ignore-scripts'];
  assert.equal(
    remedy(quiet, 'pnpm-lock.yaml'),
    'write ["pnpm", "install", "--frozen-lockfile", "--ignore-scripts"] in its place',
  );
  assert.equal(
    remedy(quiet, 'yarn.lock', '.yarnrc.yml'),
    'write ["yarn", "install", "--immutable", "--mode=skip-build"] in its place',
  );
  assert.equal(
    remedy(['sh', '-c', 'npm ci --ignore-scripts && npm test'], 'bun.lock'),
    'let it run "bun install --frozen-lockfile --ignore-scripts" in place of "npm ci --ignore-scripts"',
  );
  assert.equal(remedy(['npm', 'ci'], 'pnpm-lock.yaml'), 'write ["pnpm", "install", "--frozen-lockfile"] in its place');
});

test('the lockfile of the named manager counts where it looks for it: in its folder and above', () => {
  const npmInApp: Argv = ['sh', '-c', 'cd app && npm ci'];
  assert.deepEqual(severities(['npm', 'ci'], []), [], 'no lockfile at all: that is said elsewhere');
  assert.deepEqual(severities(['npm', 'ci'], ['package-lock.json', 'pnpm-lock.yaml']), []);
  assert.deepEqual(severities(npmInApp, ['app/package-lock.json', 'pnpm-lock.yaml']), []);
  assert.deepEqual(severities(npmInApp, ['package-lock.json', 'app/yarn.lock']), []);
  assert.deepEqual(severities(['npm', 'ci'], ['app/package-lock.json', 'pnpm-lock.yaml']), ['error']);
  assert.match(
    said(npmInApp, ['app/yarn.lock', 'pnpm-lock.yaml'])[0]?.problem ?? '',
    /the lockfile here is app\/yarn\.lock, /,
  );
  assert.equal(
    said(npmInApp, ['yarn.lock', '.yarnrc.yml'])[0]?.remedy,
    'let it run "yarn install --immutable" in place of "npm ci"',
  );
});

test('what package.json declares decides which of two is out of date', () => {
  assert.deepEqual(severities(['npm', 'install'], ['yarn.lock'], 'npm@10.1.0'), [], 'a left-over yarn.lock');
  assert.match(
    said(['npm', 'ci'], ['yarn.lock'], 'npm@10.1.0')[0]?.remedy ?? '',
    /^commit the lockfile of npm that package\.json declares; or write \["yarn", /,
  );
  assert.match(
    said(['npm', 'ci'], ['pnpm-lock.yaml', 'bun.lock'], 'bun@1.2.0')[0]?.remedy ?? '',
    /^write \["bun", "install", "--frozen-lockfile"\]/,
  );
});

test("QA commands are read as well; without QA, or with a promote program of one's own, nothing is prepared", () => {
  const held = { holds: (file: string) => file === 'yarn.lock', declared: null };
  const judge = [{ name: 'all', command: ['sh', '-c', 'npm ci && npm test'], timeoutSeconds: 1 }];
  const [found] = foreignInstalls({ prepare: [], qa: judge, command: null }, held);
  assert.equal(found?.pointer, '/qa/0/command');
  assert.deepEqual(foreignInstalls({ prepare: [['npm', 'ci']], qa: [], command: null }, held), []);
  assert.deepEqual(foreignInstalls({ prepare: [['npm', 'ci']], qa: judge, command: ['./promote'] }, held), []);
});

test('the contract is told the lockfile that took the place of the one that it names, staged or committed', async (t) => {
  const manifest = (file: string) => manifestWith({ files: ['PROMPT.md', file] });
  const project = makeProject(t, { 'package-lock.json': '{}', 'runtime-manifest.json': manifest('package-lock.json') });
  project.git('rm', '-q', 'package-lock.json');
  project.write({ 'yarn.lock': '# yarn lockfile v1\n' });
  project.git('add', 'yarn.lock');
  const told = async (tree: string) =>
    findingsOf(await examine(project, tree, ['tracked']), 'tracked').map(({ problem, remedy, commands }) => [
      problem,
      remedy,
      ...commands,
    ]);
  const wanted = [
    'package-lock.json is gone, and yarn.lock is there in its place; runtime-manifest.json names it.',
    'name yarn.lock instead',
  ];
  assert.deepEqual(await told('index'), [wanted]);
  assert.deepEqual(await told('worktree'), [wanted]);
  project.git('commit', '-q', '-m', 'yarn');
  assert.deepEqual(await told('HEAD'), [wanted]);
  // With both named one of them was lost by accident.
  project.write({ 'runtime-manifest.json': manifestWith({ files: ['yarn.lock', 'package-lock.json'] }) });
  assert.match(String(await told('worktree')), /was deleted in .*git checkout/);
});

test('init, run again after another package manager, says each edit that is left, and changes nothing of a person', async (t) => {
  const team = makeTeam(t, { 'package-lock.json': '{}', '.github/workflows/own.yml': 'on: push\n' });
  await adopt(team);
  commitAll(team, 'adopt');
  team.git('rm', '-q', 'package-lock.json');
  team.write({ 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" });
  const before = ['runtime-manifest.json', 'policy/promote.json'].map((file) => read(team, file));
  const first = await adopt(team);
  assert.deepEqual(
    ['runtime-manifest.json', 'policy/promote.json'].map((file) => read(team, file)),
    before,
  );
  const wanted = [
    /^"files" of runtime-manifest\.json names package-lock\.json, which is gone: write pnpm-lock\.yaml in its place\.$/,
    /^\/prepare\/0 of policy\/promote\.json runs "npm ci", .* write \["pnpm", "install", "--frozen-lockfile"\] in its place\.$/,
    /^\.github\/workflows\/loopbreaker\.yml installs with "npm ci", and this repository with pnpm\./,
  ];
  const left = (report: typeof first) => warningsOf(report).filter((text) => wanted.some((one) => one.test(text)));
  assert.equal(left(first).length, 3, warningsOf(first).join('\n'));
  for (const command of first.next.slice(0, 1))
    type(team, command.replace('git commit', `git ${noHooks.join(' ')} commit`));
  assert.equal(left(await adopt(team)).length, 3, 'and again, as long as they are left');
  const anew = first.notes.find(({ text }) => text.startsWith('.github'))?.command ?? '';
  type(team, anew.replace(/ && npx loopbreaker init$/, ''));
  team.write({
    'runtime-manifest.json': before[0]?.replace('package-lock.json', 'pnpm-lock.yaml') ?? '',
    'policy/promote.json': before[1]?.replace(/\["npm", "ci"\]/, '["pnpm", "install", "--frozen-lockfile"]') ?? '',
  });
  const mended = await adopt(team);
  assert.deepEqual(left(mended), []);
  assert.match(read(team, '.github/workflows/loopbreaker.yml'), /- run: pnpm install --frozen-lockfile$/m);
});
