/** The commands that init prints at its end, typed as they stand. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { adopt, commitAll, makeTeam, noHooks, read, teamPackage, type, warningsOf } from './helpers/adopted.ts';
import { cleanEnvironment, temporaryDirectory } from './helpers/repository.ts';

/** A lockfile of those packages, none of them resolved. */
function lockOf(keys: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    name: 'team',
    lockfileVersion: 3,
    requires: true,
    packages: { '': { name: 'team', ...keys } },
  });
}

test('a second run of init tells the next commands as long as the adoption is not committed, from where the person stands', async (t) => {
  const team = makeTeam(t, { 'package.json': teamPackage() });
  const first = await adopt(team);
  assert.deepEqual((await adopt(team)).next, first.next);
  const { next } = await adopt(team, { below: 'scripts' });
  const env = cleanEnvironment();
  const commit = (next[0] ?? '').replace('git commit', 'git -c core.hooksPath=/dev/null commit');
  execFileSync('sh', ['-c', commit], { cwd: path.join(team.directory, 'scripts'), env, stdio: 'pipe' });
  assert.equal(team.git('status', '--porcelain'), '');
  assert.deepEqual((await adopt(team)).next, []);
});

test('the line of the adoption names no file that is gone and staged so', async (t) => {
  const team = makeTeam(t, { '.github/workflows/own.yml': 'on: push\n', 'package-lock.json': lockOf({}) });
  await adopt(team);
  commitAll(team, 'adopt');
  team.git('rm', '-q', '-r', '.github', 'package-lock.json', 'policy/breaker.json');
  team.write({ 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" });
  const [commit = ''] = (await adopt(team)).next;
  assert.match(commit, /^git add pnpm-lock\.yaml runtime-manifest\.json policy \.husky && git commit /);
  type(team, commit.replace('git commit', `git ${noHooks.join(' ')} commit -q`));
  assert.equal(team.git('status', '--porcelain'), '');
});

test('after a change of the package manager the printed commit holds the lockfile that went, and the edits that are asked for', async (t) => {
  const team = makeTeam(t, { 'package-lock.json': lockOf({}) });
  await adopt(team);
  commitAll(team, 'adopt');
  team.remove('package-lock.json');
  team.write({ 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" });
  const [commit = ''] = (await adopt(team)).next;
  for (const name of ['runtime-manifest.json', 'policy/promote.json']) {
    const edited = read(team, name).replace('package-lock.json', 'pnpm-lock.yaml').replace('"ci"', '"install"');
    team.write({ [name]: edited.replaceAll('"npm"', '"pnpm"') });
  }
  type(team, commit.replace('git commit', `git ${noHooks.join(' ')} commit -q`));
  assert.equal(team.git('status', '--porcelain'), '');
});

test('the commands that are printed at the end of a removal leave nothing of loopbreaker in git', async (t) => {
  const keys = { devDependencies: { loopbreaker: '*' } };
  const team = makeTeam(t, { 'package.json': teamPackage(keys), 'package-lock.json': lockOf(keys) });
  await adopt(team);
  team.write({ 'policy/loop.json': '{ "agent": { "command": ["mine"] } }\n' });
  commitAll(team, 'adopt');
  team.write({ '.git/loopbreaker/events.jsonl': '' });
  team.git('update-ref', 'refs/loopbreaker/keep/run-1', 'HEAD');
  const { next, notes } = await adopt(team, { remove: true });
  assert.match(next[0] ?? '', /^npm uninstall loopbreaker$/);
  const commandOf = (what: string): string => notes.find(({ text }) => text.includes(what))?.command ?? 'false';
  assert.equal(commandOf('loop.json is not as init wrote it'), 'rm policy/loop.json');
  assert.match(next[1] ?? '', / policy\/loop\.json /, 'a file that is told to be removed is committed as removed');
  const offline = { npm_config_offline: 'true', npm_config_audit: 'false' };
  const rest = [commandOf('was written down'), commandOf('refs/loopbreaker/')];
  for (const command of [commandOf('loop.json'), ...next, ...rest]) {
    execFileSync('sh', ['-c', command], { cwd: team.directory, env: cleanEnvironment(offline), stdio: 'pipe' });
  }
  assert.equal(team.git('status', '--porcelain'), '');
  assert.throws(() => team.git('grep', '-il', 'loopbreaker', 'HEAD'), 'git grep finds nothing');
  assert.equal(existsSync(path.join(team.directory, '.git/loopbreaker')), false);
  assert.equal(team.git('for-each-ref', 'refs/loopbreaker'), '');
});

test('in a package below, the commands at the end of a removal are typed where the person stands', async (t) => {
  const own = teamPackage({ devDependencies: { loopbreaker: '*' } });
  const team = makeTeam(t, { 'packages/app/package.json': own });
  await adopt(team, { below: 'packages/app' });
  commitAll(team, 'adopt');
  const stepsIn = async (below: string) => (await adopt(team, { remove: true, below })).next;
  const [uninstall, commit] = await stepsIn('packages/app');
  assert.equal(uninstall, 'npm uninstall loopbreaker');
  assert.match(commit ?? '', /^git add --all (\S+ )*package\.json /);
  team.git('checkout', '-q', 'HEAD', '--', '.');
  await adopt(team, { below: 'packages/app' });
  assert.equal((await stepsIn('scripts'))[0], '(cd ../packages/app && npm uninstall loopbreaker)');
});

/** A team whose main is pushed, on a branch with a commit of its agent; `adopted` says whether main holds the adoption. */
async function onAgentBranch(t: TestContext, adopted: 'before' | 'after' | 'never') {
  const team = makeTeam(t);
  const remote = path.join(temporaryDirectory(t), 'remote.git');
  team.git('clone', '-q', '--bare', '.', remote);
  team.git('remote', 'add', 'origin', remote);
  const land = async (): Promise<void> => {
    await adopt(team);
    commitAll(team, 'adopt');
  };
  if (adopted === 'before') await land();
  team.git('branch', 'agent/work');
  if (adopted === 'after') await land();
  team.git(...noHooks, 'push', '-q', '-u', 'origin', 'main');
  team.git('switch', '-q', 'agent/work');
  team.git(...noHooks, 'commit', '-q', '--allow-empty', '-m', 'feat: of the agent');
  return { team, landed: () => team.git('log', '--format=%s', 'origin/main') };
}

test('on a branch with commits of an agent the adoption goes to the target by itself, and comes back from there', async (t) => {
  const { team, landed } = await onAgentBranch(t, 'never');
  const report = await adopt(team);
  assert.match(
    warningsOf(report).join('\n'),
    /This is agent\/work, .* past the gate\. The adoption goes to main first\./,
  );
  assert.deepEqual(
    report.next.filter((command) => /push|switch/.test(command)),
    ['git switch main', 'git push origin main', 'git switch agent/work && git merge main'],
  );
  const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'core.hooksPath', GIT_CONFIG_VALUE_0: '/dev/null' };
  for (const command of report.next.slice(0, -1)) type(team, command, env);
  assert.doesNotMatch(landed(), /of the agent/);
  assert.match(landed(), /adopt loopbreaker/);
  assert.equal(team.git('show', 'HEAD:policy/loop.json').includes('agent'), true, 'the branch has it too');
});

test('a policy that is missing on the branch of an agent is never pushed from there, and is told of no agent that it does not name', async (t) => {
  const { team, landed } = await onAgentBranch(t, 'before');
  team.write({ 'policy/loop.json': '{ "agent": { "command": ["node", "mine.mjs"] } }' });
  team.git('rm', '-q', 'policy/breaker.json');
  team.git(...noHooks, 'commit', '-q', '-a', '-m', 'feat: without a breaker');
  const report = await adopt(team);
  assert.doesNotMatch(warningsOf(report).join('\n'), /No agent is on PATH/);
  assert.deepEqual(report.next, [
    'git stash push --include-untracked -- policy',
    'git switch main && npx loopbreaker init',
    'git switch agent/work && git merge main',
  ]);
  const [stash = '', there = ''] = report.next;
  for (const command of [stash, there.replace(/ && npx.*/, '')]) type(team, command);
  assert.deepEqual((await adopt(team)).next, [], 'main has all of it');
  assert.doesNotMatch(landed(), /breaker/);
});

test('on a branch from before the adoption that the target has, what init wrote again is put aside', async (t) => {
  const { team } = await onAgentBranch(t, 'after');
  const { next } = await adopt(team);
  const [stash = '', , back = ''] = next;
  for (const command of [stash, 'git switch main']) type(team, command);
  assert.deepEqual((await adopt(team)).next, []);
  type(team, back.replace(' && git merge', ` && git ${noHooks.join(' ')} merge -q`));
  assert.equal(team.git('status', '--porcelain'), '');
  assert.equal(existsSync(path.join(team.directory, 'policy/breaker.json')), true);
});

test('a target that was never fetched is fetched before it is switched to', async (t) => {
  const team = makeTeam(t);
  const remote = path.join(temporaryDirectory(t), 'remote.git');
  team.git('clone', '-q', '--bare', '.', remote);
  team.git('branch', '-m', 'agent/work');
  team.git('remote', 'add', 'origin', remote);
  const [fetch = ''] = (await adopt(team)).next;
  assert.equal(fetch, 'git fetch origin && git switch main');
  type(team, fetch);
  assert.equal(team.git('symbolic-ref', '--short', 'HEAD').trim(), 'main');
});

test('what the hook would refuse in the adoption commit is told before its line, with the command that mends it', async (t) => {
  const scripts = { test: 'node --test', old: 'node scripts/gone.js' };
  const team = makeTeam(t, { 'package.json': teamPackage({ scripts }), 'package-lock.json': lockOf({}) });
  team.write({ 'staged.txt': 'mine' });
  team.git('add', 'staged.txt');
  const report = await adopt(team);
  const refusals = report.notes.filter(({ text }) => text.startsWith('The commit below will be refused'));
  assert.deepEqual(
    refusals.map(({ kind, text }) => [kind, /scripts\/gone\.js/.test(text)]),
    [['warning', true]],
  );
  assert.match(refusals[0]?.text ?? '', / To mend it: \S/);
  assert.match(report.next[0] ?? '', /^git add .* && git commit /);
  assert.deepEqual(team.git('diff', '--cached', '--name-only', '--', ':(exclude).husky/_').trim(), 'staged.txt');
  assert.deepEqual(
    readdirSync(path.join(team.directory, '.git')).filter((name) => name.startsWith('loopbreaker-')),
    [],
  );
  team.write({ 'scripts/gone.js': '' });
  team.git('add', 'scripts/gone.js');
  assert.doesNotMatch(warningsOf(await adopt(team)).join('\n'), /will be refused/);
});
