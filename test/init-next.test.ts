/** The commands that init prints at its end, typed as they stand. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { adopt, commitAll, makeTeam, noHooks, teamPackage, type } from './helpers/adopted.ts';
import { cleanEnvironment } from './helpers/repository.ts';

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
  assert.match(commit, /^git add pnpm-lock\.yaml policy \.husky && git commit /);
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
