import assert from 'node:assert/strict';
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Refusal } from '../scripts/core/outcome.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { adopt, json, makeTeam, read, teamPackage, warningsOf } from './helpers/adopted.ts';
import { examine, findingsOf, troubles } from './helpers/project.ts';
import { cloneOf, makeBareRemote, makeRepository, temporaryDirectory } from './helpers/repository.ts';

const checks = ['manifest', 'policies', 'tracked', 'closure', 'script-targets', 'untracked', 'hooks'];

test('a plain repository is adopted: the doctor is content, a second run changes nothing, and the output keeps its schema', async (t) => {
  const team = makeTeam(t);
  makeBareRemote(t, team);
  const [missing] = findingsOf(await examine(team, 'worktree', ['manifest']), 'manifest');
  assert.match(missing?.remedy ?? '', /npx loopbreaker init writes it/, 'which is what follows');
  const report = await adopt(team);
  assert.equal(report.did, 'adopted');
  assert.deepEqual(
    validateDocument('init-output', JSON.parse(JSON.stringify({ ...report, diff: undefined })), 'it'),
    [],
  );
  assert.match(report.next.join('\n'), /^git add .* -m "chore: .*\ngit push origin main\nnpx loopbreaker doctor$/);
  // The first of the next commands is what a person types.
  const [add = ''] = (report.next[0] ?? '').split(' && ');
  team.git(...add.split(' ').slice(1));
  team.git('-c', 'core.hooksPath=/dev/null', 'commit', '-q', '-m', 'adopt');
  assert.equal(team.git('status', '--porcelain'), '');
  // Whether an agent is installed is the machine's affair.
  const wrong = troubles(await examine(team, 'worktree', checks)).filter((line) => !line.includes('agent-missing'));
  assert.deepEqual(wrong, []);
  const again = await adopt(team);
  assert.deepEqual([again.did, again.files, again.next], ['nothing', [], []]);
  assert.equal(team.git('status', '--porcelain'), '');
});

test('a dry run touches nothing, and its diff makes the very same files', async (t) => {
  const team = makeTeam(t);
  const dry = await adopt(team, { dryRun: true });
  assert.match(dry.notes.map(({ text }) => text).join('\n'), /husky writes \.husky\/_, and it is staged/);
  assert.equal(team.git('status', '--porcelain', '--ignored'), '');
  assert.equal(team.git('config', '--get', '--default', 'none', 'core.hooksPath'), 'none');
  const copy = cloneOf(t, team);
  const file = path.join(temporaryDirectory(t), 'it.diff');
  writeFileSync(file, dry.diff ?? '');
  copy.git('apply', file);
  const real = await adopt(team);
  assert.deepEqual(dry.files, real.files);
  for (const { path: name } of real.files) assert.equal(read(copy, name), read(team, name), name);
});

test('what --no-verify or HUSKY=0 let through in an adopted repository is found by the next doctor', async (t) => {
  const team = makeTeam(t);
  await adopt(team);
  team.git('add', '-A');
  team.git('commit', '-q', '--no-verify', '-m', 'adopt');
  team.git('rm', '-q', 'scripts/lib.js');
  team.git('commit', '-q', '--no-verify', '-m', 'bad');
  for (const tree of ['worktree', 'HEAD'])
    assert.deepEqual(troubles(await examine(team, tree, ['closure'])), [
      'closure: path-deleted-in-commit scripts/lib.js',
    ]);
});

test('package.json keeps its indent, its line ends and the order of its keys', async (t) => {
  const text = '{\r\n\t"scripts": {\r\n\t\t"test": "node --test"\r\n\t},\r\n\t"name": "team"\r\n}\r\n';
  const team = makeTeam(t, { 'package.json': text });
  await adopt(team);
  const edited = read(team, 'package.json');
  assert.match(
    edited,
    /^\{\r\n\t"scripts": \{\r\n\t\t"test": "node --test",\r\n\t\t"doctor": "loopbreaker doctor",\r\n/,
  );
  assert.match(edited, /\r\n\t\},\r\n\t"name": "team"\r\n\}\r\n$/);
  assert.equal(/[^\r]\n/.test(edited), false);
});

test('a script of the same name stays and ours takes another one; prepare is joined, and yarn 2 gets postinstall', async (t) => {
  const scripts = { doctor: 'node scripts/start.js', prepare: 'npm run build', build: 'tsc' };
  const team = makeTeam(t, { 'package.json': teamPackage({ scripts }) });
  const { notes } = await adopt(team);
  const { scripts: after } = json(team, 'package.json');
  assert.equal(after.doctor, 'node scripts/start.js');
  assert.equal(after['loopbreaker:doctor'], 'loopbreaker doctor');
  assert.equal(after.prepare, 'npm run build && (loopbreaker hook install || true)');
  assert.match(notes.map((one) => one.text).join('\n'), /The script "doctor" is your own and stays/);
  assert.equal((await adopt(team)).did, 'nothing');
  const berry = makeTeam(t, { 'package.json': teamPackage({ packageManager: 'yarn@4.5.0' }) });
  await adopt(berry);
  assert.equal(json(berry, 'package.json').scripts.postinstall, 'loopbreaker hook install || true');
});

test('the package manager is the declared one, else that of the lockfile, and its own commands are written everywhere', async (t) => {
  const rows: readonly (readonly [object, Readonly<Record<string, string>>, string])[] = [
    [{}, { 'package-lock.json': '{}' }, 'npm ci'],
    [{}, {}, 'npm install'],
    [{ packageManager: 'npm@10.1.0' }, { 'package-lock.json': '{}', 'pnpm-lock.yaml': '' }, 'npm ci'],
    [{}, { 'pnpm-lock.yaml': '' }, 'pnpm install --frozen-lockfile'],
    [{}, { 'yarn.lock': '' }, 'yarn install --frozen-lockfile'],
    [{}, { 'yarn.lock': '', '.yarnrc.yml': '' }, 'yarn install --immutable'],
    [{}, { 'bun.lock': '' }, 'bun install --frozen-lockfile'],
  ];
  for (const [keys, files, install] of rows) {
    const team = makeTeam(t, { 'package.json': teamPackage({ ...keys }), '.github/x': '', ...files });
    await adopt(team);
    assert.equal(json(team, 'policy/promote.json').prepare[0].join(' '), install);
    assert.match(read(team, '.github/workflows/loopbreaker.yml'), new RegExp(`- run: ${install}\n`));
    assert.ok(read(team, '.husky/loopbreaker').includes(`install='${install}'`));
    const [lock] = Object.keys(files).filter((name) => name !== '.yarnrc.yml');
    assert.equal(lock === undefined || json(team, 'runtime-manifest.json').files.includes(lock), true, install);
  }
  // A frozen install would fail for want of the lockfile that nobody has committed yet.
  const files = { 'package.json': teamPackage({ packageManager: 'pnpm@10.1.0' }), 'package-lock.json': '{}' };
  const changing = makeTeam(t, files);
  await adopt(changing);
  assert.deepEqual(json(changing, 'policy/promote.json').prepare, [['pnpm', 'install']]);
});

test('the gate is the test, else what judges; a test that tests nothing is none, and without a gate it is said loudly', async (t) => {
  const gateOf = async (scripts: object) => {
    const team = makeTeam(t, { 'package.json': teamPackage({ scripts }) });
    makeBareRemote(t, team);
    const warnings = warningsOf(await adopt(team));
    const gate = json(team, 'policy/promote.json').qa.map((one: { command: string[] }) => one.command.join(' '));
    return { gate, isSaid: warnings.some((text) => text.includes('everything that an agent claims would land')) };
  };
  const placeholder = 'echo "Error: no test specified" && exit 1';
  assert.deepEqual(await gateOf({ test: 'vitest', lint: 'eslint' }), { gate: ['npm test'], isSaid: false });
  const judged = { gate: ['npm run lint', 'npm run build'], isSaid: false };
  assert.deepEqual(await gateOf({ test: placeholder, build: 'tsc', lint: 'eslint .' }), judged);
  assert.deepEqual(await gateOf({ test: placeholder }), { gate: [], isSaid: true });
});

test('the target is what the remote calls its default branch, and a missing remote is said with its command', async (t) => {
  const team = makeTeam(t);
  team.git('branch', '-m', 'trunk');
  const remote = makeBareRemote(t, team);
  remote.git('symbolic-ref', 'HEAD', 'refs/heads/trunk');
  team.git('switch', '-q', '-c', 'work');
  team.git('push', '-q', 'origin', 'work');
  const report = await adopt(team);
  assert.equal(json(team, 'policy/promote.json').target, 'trunk', 'asked of the remote');
  assert.equal(report.next[1], 'git push origin HEAD:trunk');
  const clone = cloneOf(t, remote);
  clone.git('remote', 'rename', 'origin', 'upstream');
  clone.git('branch', 'upstream/trunk');
  await adopt(clone);
  assert.equal(json(clone, 'policy/promote.json').remote, 'upstream');
  assert.equal(json(clone, 'policy/promote.json').target, 'trunk', 'as the clone has noted it');
  const alone = makeTeam(t);
  alone.git('branch', '-m', 'home');
  const { notes } = await adopt(alone);
  assert.equal(json(alone, 'policy/promote.json').target, 'home');
  const missing = notes.find(({ command }) => command === 'git remote add origin URL');
  assert.equal(missing?.kind, 'warning');
});

test('the agent on PATH is written as its events are read; without any claude is, and that is said', async (t) => {
  const bin = temporaryDirectory(t);
  writeFileSync(path.join(bin, 'codex'), '#!/bin/sh\n');
  chmodSync(path.join(bin, 'codex'), 0o755);
  const team = makeTeam(t);
  await adopt(team, { path: `${bin}:/usr/bin:/bin` });
  const { agent } = json(team, 'policy/loop.json');
  assert.deepEqual([agent.command, agent.output], [['codex', 'exec', '--json', '-'], 'codex-json']);
  const bare = makeTeam(t);
  const warnings = warningsOf(await adopt(bare, { path: '/usr/bin:/bin' }));
  assert.equal(json(bare, 'policy/loop.json').agent.command[0], 'claude');
  assert.match(warnings.join('\n'), /No agent is on PATH/);
});

test('what a person wrote stays as it is, and a folder in the place of a file is refused before anything is written', async (t) => {
  const files = { 'PROMPT.md': 'mine\n', 'policy/loop.json': '{ "agent": { "command": ["mine"] } }' };
  const team = makeTeam(t, files);
  await adopt(team);
  for (const [name, text] of Object.entries(files)) assert.equal(read(team, name), text);
  const folder = makeTeam(t, { 'policy/loop.json/x': '' });
  await assert.rejects(adopt(folder), (error) => error instanceof Refusal && error.detail.code === 'init-unreadable');
  assert.equal(folder.git('status', '--porcelain'), '');
  const none = makeRepository(t, { files: { 'README.md': '' } });
  await assert.rejects(adopt(none), (error) => error instanceof Refusal && error.detail.remedy === 'npm init -y');
});

test('in a package of a monorepo the package that has loopbreaker gets the scripts, and the root the contract', async (t) => {
  const own = teamPackage({ devDependencies: { loopbreaker: '*' } });
  const files = { 'app/package.json': own, 'app/scripts/start.js': '', 'app/node_modules/loopbreaker/x': '' };
  const team = makeTeam(t, { ...files, 'package.json': '{ "private": true, "workspaces": ["app"] }\n' });
  await adopt(team, { below: 'app/scripts' });
  assert.equal(json(team, 'app/package.json').scripts.doctor, 'loopbreaker doctor');
  assert.equal(json(team, 'package.json').scripts, undefined);
  const manifest = json(team, 'runtime-manifest.json');
  assert.equal(manifest.entryPoints[0].path, 'app/scripts/start.js');
  assert.equal(manifest.files.includes('app/package.json') && manifest.files.includes('package.json'), true);
  assert.deepEqual(json(team, 'policy/promote.json').qa[0].command, ['sh', '-c', "cd 'app' && npm test"]);
  team.git('add', '-A');
  assert.deepEqual(troubles(await examine(team, 'worktree', ['hooks'])), []);
  rmSync(path.join(team.directory, '.husky/_/pre-push'));
  const [finding] = findingsOf(await examine(team, 'worktree', ['hooks']), 'hooks');
  assert.deepEqual([finding?.code, finding?.commands], ['hook-not-installed', ['npm --prefix app run prepare']]);
  assert.match(read(team, '.husky/loopbreaker'), /^set -- app\/node_modules\/\S+ node_modules\/\S+$/m);
});

test('GitHub gets a workflow, any other place the line that its CI needs', async (t) => {
  const github = makeTeam(t);
  github.git('remote', 'add', 'origin', 'https://github.invalid/team/it.git');
  await adopt(github);
  assert.match(read(github, '.github/workflows/loopbreaker.yml'), /branches: \["main"\]/);
  const pnpm = { 'pnpm-lock.yaml': '', '.github/x': '' };
  const loose = makeTeam(t, pnpm);
  await adopt(loose);
  assert.match(read(loose, '.github/workflows/loopbreaker.yml'), /action-setup@v4\n +with:\n +version: latest\n/);
  const exact = makeTeam(t, { ...pnpm, 'package.json': teamPackage({ packageManager: 'pnpm@10.1.0' }) });
  await adopt(exact);
  assert.doesNotMatch(read(exact, '.github/workflows/loopbreaker.yml'), /version: latest/);
  const other = makeTeam(t);
  const { notes } = await adopt(other);
  assert.equal(existsSync(path.join(other.directory, '.github')), false);
  assert.equal(
    notes.some(({ command }) => command === 'npx loopbreaker doctor'),
    true,
  );
});
