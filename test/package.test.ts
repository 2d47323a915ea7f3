/** The package, as npm installs it in a repository that has nothing of ours but a manifest and policies. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { DoctorResult } from '../scripts/core/doctor.ts';
import { openDiagnosis } from '../scripts/diagnose.ts';
import { writtenKinds } from '../scripts/effects/schema.ts';
import type { DemoReport } from '../scripts/report/demo.ts';
import { makeOwnClone } from './helpers/own-clone.ts';
import { manifestWith, projectFiles } from './helpers/project.ts';
import { cleanEnvironment, makeBareRemote, makeRepository, type Repository } from './helpers/repository.ts';
import { installPackage, npxLoopbreaker, tarball } from './helpers/tarball.ts';

/** Bigger, and something was packed that nobody needs. */
const unpackedMax = 3 * 1024 * 1024;

/** A team's repository that has just adopted the package, on a branch of its agent, and the remote of it. */
function makeTeam(t: TestContext, files: Readonly<Record<string, string>> = {}) {
  const team = makeRepository(t);
  team.write({ ...projectFiles, ...files });
  installPackage(team);
  team.commit('adopt loopbreaker');
  const remote = makeBareRemote(t, team);
  team.git('switch', '-q', '-c', 'agent/work');
  return { team, remote };
}

test('the tarball holds the built program, schemas and words for people, and nothing else', () => {
  const { files, unpackedBytes } = tarball();
  const kinds =
    /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|docs\/[\w/-]+\.md|bin\/(loopbreaker\.js|sources\.js|package\.json)|dist\/LICENSES\.txt|dist\/([\w-]+|chunks\/[\w-]+)\.cjs|dist\/(validators|packages)\/[\w.-]+\.cjs|policy\/schema\/[\w-]+\.schema\.json)$/;
  assert.deepEqual(
    files.filter((file) => !kinds.test(file)),
    [],
  );
  for (const name of ['cli', 'hook', 'doctor', 'loop', 'auto-promote', 'demo'])
    assert(files.includes(`dist/${name}.cjs`));
  const schemas = readdirSync('policy/schema');
  assert.equal(files.filter((file) => file.startsWith('policy/schema/')).length, schemas.length);
  const validators = files.filter((file) => file.startsWith('dist/validators/'));
  assert.equal(validators.length, schemas.length - writtenKinds.length, 'of what is read, not of what is only written');
  assert(unpackedBytes < unpackedMax, `${unpackedBytes} bytes`);
});

test('a page that the packed README or another packed page leads to is packed too', () => {
  const { files } = tarball();
  const linksIn = (page: string): readonly string[] => {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!\w+:)([^)#]+)[^)]*\)/g)].map(([, link = '']) => link);
    return links.map((link) => path.posix.join(path.posix.dirname(page), link));
  };
  const linked = files.filter((file) => /^(README|docs\/.*)\.md$/.test(file)).flatMap(linksIn);
  assert(linked.length > 10, `${linked.length} links`);
  const missing = linked.filter((file) => !files.includes(file));
  assert.deepEqual([...new Set(missing)], []);
});

test('the doctor finds the package of this repository whole, and what is built for it no stranger', async (t) => {
  const clone = makeOwnClone(t);
  clone.write({ 'dist/cli.cjs': '', 'dist/chunks/x.cjs': '' });
  const request = { directory: clone.directory, tree: 'worktree', env: cleanEnvironment(), only: ['artifact'] };
  const { checks } = await openDiagnosis({ ...request, deep: true });
  assert.deepEqual(
    checks.map(({ status, findings }) => [status, findings]),
    [['pass', []]],
  );
});

test('it runs without the packages that it was built with, and brings the texts of their licences', () => {
  const { installed } = tarball();
  const modules = path.join(installed, 'node_modules');
  for (const name of ['tsx', 'esbuild', 'ajv', 'zx', 'typescript']) assert(!existsSync(path.join(modules, name)), name);
  const home = path.join(modules, 'loopbreaker');
  const packageJson = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'));
  assert.deepEqual(Object.keys(packageJson.dependencies), ['husky', 'lint-staged', 'oxc-parser']);
  const licences = readFileSync(path.join(home, 'dist/LICENSES.txt'), 'utf8');
  for (const name of ['ajv', 'picomatch', 're2js', 'unbash', 'zx'])
    assert.match(licences, new RegExp(`^${name} \\d`, 'm'));
});

test('--version, explain and schemas answer from the package', (t) => {
  const { team } = makeTeam(t);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  assert.equal(npxLoopbreaker(team, ['--version']).stdout, `loopbreaker ${version}\n`);
  assert.match(npxLoopbreaker(team, ['explain', 'qa-red']).stdout, /The QA gate is red/);
  const schema = path.join(team.directory, 'node_modules/loopbreaker/policy/schema/loop.schema.json');
  assert.equal(JSON.parse(readFileSync(schema, 'utf8')).type, 'object');
});

/** What the doctor of a program says, without what takes time. */
function said(output: string): unknown {
  const { checks, ...rest }: DoctorResult = JSON.parse(output);
  return { ...rest, checks: checks.map(({ durationMs: _, ...check }) => check) };
}

test('the built doctor says the same as its sources: of a healthy repository, broken policies, a schema of the user', (t) => {
  const { team } = makeTeam(t);
  const fromSources = (): string => {
    const argv = ['--import', 'tsx', 'scripts/cli.ts', 'doctor', '--json', '-C', team.directory];
    return spawnSync(process.execPath, argv, { env: cleanEnvironment(), encoding: 'utf8' }).stdout;
  };
  const same = (exitCode: number): string => {
    const built = npxLoopbreaker(team, ['doctor', '--json']);
    assert.equal(built.exitCode, exitCode, built.stdout + built.stderr);
    assert.deepEqual(said(built.stdout), said(fromSources()));
    return built.stdout;
  };
  same(0);
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', properties: { port: { type: 'integer' } } };
  team.write({
    'policy/loop.json': '{ "agent": { "comand": ["agent"] }, }',
    'policy/promote.json': '{ "strategy": "fast", "qa": [], "qa": [] }',
    'policy/breaker.json': '{ "sameSignatureMax": 0, "failuresMax": 0 }',
    'policy/server.json': '{ "port": "eighty" }',
    'policy/server.schema.json': JSON.stringify(schema),
    'runtime-manifest.json': manifestWith({
      policies: [{ path: 'policy/server.json', schema: 'policy/server.schema.json' }],
    }),
  });
  team.commit('policies that cannot work');
  const told = same(1);
  for (const word of ['trailing comma', 'a second time', 'sameSignatureMax', 'failuresMax', '/port'])
    assert(told.includes(word), word);
});

test('git commit is refused where it would lose an entry point, and goes on where it does not', (t) => {
  const { team } = makeTeam(t);
  const hook = '#!/bin/sh\nexec node_modules/.bin/loopbreaker hook pre-commit\n';
  team.write({ 'hooks/pre-commit': hook });
  spawnSync('chmod', ['+x', path.join(team.directory, 'hooks/pre-commit')]);
  const commit = (): ReturnType<typeof spawnSync> => {
    const argv = ['-c', 'core.hooksPath=hooks', 'commit', '-q', '-m', 'work'];
    return spawnSync('git', argv, { cwd: team.directory, env: cleanEnvironment(), encoding: 'utf8' });
  };
  team.git('rm', '-q', '--cached', 'scripts/main.js');
  const refused = commit();
  assert.equal(refused.status, 1);
  assert.match(String(refused.stderr), /scripts\/main\.js/);
  team.git('add', 'scripts/main.js');
  team.write({ 'src.txt': 'work\n' });
  team.git('add', 'src.txt');
  for (const round of ['asked', 'remembered']) {
    const ended = commit();
    assert.equal(ended.status, 0, `${round}: ${ended.stderr}`);
    assert.match(String(ended.stderr), /fit to run/);
    team.write({ 'src.txt': `${round}\n` });
    team.git('add', 'src.txt');
  }
});

const agent = `import { execSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
writeFileSync('work.txt', 'done');
execSync('git add work.txt && git commit -q -m work');
console.log(process.env.LOOPBREAKER_COMPLETION_TOKEN);
`;

const atWork: Readonly<Record<string, string>> = {
  'agent.mjs': agent,
  'policy/loop.json': JSON.stringify({ agent: { command: ['node', 'agent.mjs'] } }),
  'policy/promote.json': JSON.stringify({ qa: [{ name: 'check', command: ['node', 'scripts/main.js'] }] }),
};

/** The commit of the remote's main. */
const landed = (remote: Repository): string => remote.git('rev-parse', 'main');

test('the loop of the package runs an agent and promotes its commit to the remote', (t) => {
  const { team, remote } = makeTeam(t, atWork);
  const ended = npxLoopbreaker(team, ['loop', '--json']);
  assert.equal(ended.exitCode, 0, ended.stdout + ended.stderr);
  assert.equal(landed(remote), team.git('rev-parse', 'agent/work'));
  assert.equal(team.git('status', '--porcelain'), '');
});

test('dist/auto-promote.cjs is a program of its own', (t) => {
  const { team, remote } = makeTeam(t, atWork);
  team.write({ 'work.txt': 'done\n' });
  const sha = team.commit('work');
  const program = path.join(team.directory, 'node_modules/loopbreaker/dist/auto-promote.cjs');
  const options = { cwd: team.directory, env: cleanEnvironment(), encoding: 'utf8' } as const;
  const ended = spawnSync(process.execPath, [program, '--branch', 'agent/work', '--json'], options);
  assert.equal(ended.status, 0, ended.stdout + ended.stderr);
  assert.equal(JSON.parse(ended.stdout).outcome, 'promoted');
  assert.equal(landed(remote), sha);
});

test('a package that has lost a file of its own says so, and how it comes back', (t) => {
  const { team } = makeTeam(t);
  const dist = path.join(team.directory, 'node_modules/loopbreaker/dist');
  const remedy = `cd ${team.directory} && npm ci`;
  spawnSync('rm', [path.join(dist, 'status.cjs')]);
  const status = npxLoopbreaker(team, ['status']);
  assert.equal(status.exitCode, 78);
  assert.match(status.stderr, /"status" cannot be loaded: Cannot find module/);
  assert(status.stderr.includes(remedy), status.stderr);
  team.write({ 'pnpm-lock.yaml': '' });
  const other = npxLoopbreaker(team, ['status']).stderr;
  assert(other.includes(`cd ${team.directory} && pnpm install --frozen-lockfile\n`), other);
  team.remove('pnpm-lock.yaml');
  spawnSync('rm', ['-r', dist]);
  const gone = npxLoopbreaker(team, ['status']);
  assert.equal(gone.exitCode, 78);
  assert.match(gone.stderr, /cannot start, so nothing is checked or promoted: .*dist\/cli\.cjs/);
  assert.match(gone.stderr, /&& npm ci\n$/);
  // npm builds nothing of a package that comes from git: there never was a dist/, and npm ci would bring none.
  const devDependencies = { loopbreaker: 'git+https://git.invalid/it/loopbreaker.git' };
  team.write({ 'package.json': JSON.stringify({ devDependencies }) });
  const { stderr } = npxLoopbreaker(team, ['status']);
  assert.match(stderr, /it was installed from a git URL, .*\n.*&& npm install --save-dev loopbreaker@latest\n$/);
});

/** What a newcomer sees first. That it plays from sources too, other tests show by sandboxes that carry them. */
test('the demo plays four chapters whose every fact holds, and leaves nothing behind', (t) => {
  const { team } = makeTeam(t);
  const ended = npxLoopbreaker(team, ['demo', '--json']);
  const report: DemoReport = JSON.parse(ended.stdout);
  const wrong = report.chapters.flatMap((chapter) => chapter.facts.filter((fact) => !fact.held));
  assert.deepEqual(wrong, []);
  assert.equal(ended.exitCode, 0, ended.stdout + ended.stderr);
  assert.equal(report.ok, true);
  assert.deepEqual(
    report.chapters.map(({ chapter }) => chapter),
    ['healthy', 'the incident', 'the cure', 'red QA'],
  );
  assert.ok(report.chapters.every(({ facts }) => facts.length >= 4));
  assert.ok(report.naive.attempts > 1, 'the naive loop really loops');
  assert.equal(report.leftBehind, false);
});
