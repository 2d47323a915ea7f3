import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { repository as check } from '../scripts/checks/repository.ts';
import { judgeSetting, parseSettings, placeOf } from '../scripts/core/git-config.ts';
import { hasErrorCode, Refusal } from '../scripts/core/outcome.ts';
import { openMending } from '../scripts/diagnose.ts';
import { resultWith } from './helpers/machine.ts';
import { examine, findingsOf, makeProject } from './helpers/project.ts';
import {
  cleanEnvironment,
  makeBareRemote,
  type Repository,
  repositoryAt,
  temporaryDirectory,
} from './helpers/repository.ts';

const only = ['repository'];

interface Owner {
  after(dispose: () => void): void;
}

async function findings(project: Repository, env: Readonly<Record<string, string>> = {}) {
  return findingsOf(await examine(project, 'worktree', only, env), 'repository');
}

async function found(project: Repository, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  return (await findings(project, env)).map((one) => `${one.severity} ${one.code}`);
}

/** Types what the findings say; after it nothing may be left. */
async function mend(project: Repository): Promise<void> {
  for (const { commands } of await findings(project)) {
    for (const command of commands) {
      execFileSync('sh', ['-c', command], { cwd: project.directory, env: cleanEnvironment(), stdio: 'pipe' });
    }
  }
}

function tryGit(project: Repository, ...args: readonly string[]): void {
  try {
    project.git(...args);
  } catch {
    // It stops in the middle, as it should: that is what is looked for.
  }
}

/** Two branches that conflict in PROMPT.md, the second one checked out. */
function withConflict(project: Repository): Repository {
  project.git('checkout', '-q', '-b', 'theirs');
  project.write({ 'PROMPT.md': 'theirs\n' });
  project.commit('theirs');
  project.git('checkout', '-q', 'main');
  project.write({ 'PROMPT.md': 'ours\n' });
  project.commit('ours');
  return project;
}

const operations: readonly (readonly [string, readonly string[]])[] = [
  ['merge', ['merge', 'theirs']],
  ['rebase', ['rebase', 'theirs']],
  ['cherry-pick', ['cherry-pick', 'theirs']],
  ['revert', ['revert', '--no-edit', 'HEAD~1']],
];

for (const [name, args] of operations) {
  test(`a ${name} that stopped in the middle is one error, and the printed command ends it`, async (t) => {
    const project = withConflict(makeProject(t));
    assert.deepEqual(await found(project), []);
    if (name === 'revert') {
      project.write({ 'PROMPT.md': 'ours once more\n' });
      project.commit('again');
    }
    tryGit(project, ...args);
    assert.deepEqual(await found(project), ['error operation-unfinished']);
    assert.match((await findings(project))[0]?.problem ?? '', new RegExp(`^A ${name} was begun`));
    await mend(project);
    assert.deepEqual(await found(project), []);
    assert.equal(project.git('status', '--porcelain'), '');
  });
}

test('a patch that does not apply and a bisect are told apart from them', async (t) => {
  const project = withConflict(makeProject(t));
  const patch = path.join(temporaryDirectory(t), 'patch');
  writeFileSync(patch, `${project.git('format-patch', '-1', '--stdout', 'theirs')}\n`);
  tryGit(project, 'am', patch);
  assert.match((await findings(project))[0]?.problem ?? '', /^A am|^An am/);
  await mend(project);
  project.git('bisect', 'start');
  assert.deepEqual(await found(project), ['warning operation-unfinished']);
  await mend(project);
  assert.deepEqual(await found(project), []);
});

test('an operation in one worktree is not one in another', async (t) => {
  const project = withConflict(makeProject(t));
  const directory = path.join(temporaryDirectory(t), 'linked');
  project.git('worktree', 'add', '-q', '--detach', directory);
  const linked = repositoryAt(directory);
  tryGit(linked, 'merge', 'theirs');
  assert.deepEqual([await found(project), await found(linked)], [[], ['error operation-unfinished']]);
});

function plantLock(project: Repository, name: string, ageMinutes: number): string {
  const file = path.join(project.directory, '.git', name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
  const at = Date.now() / 1000 - ageMinutes * 60;
  utimesSync(file, at, at);
  return file;
}

const request = ({ directory }: Repository) => ({ directory, tree: 'worktree', env: cleanEnvironment(), only });

test('a lock that a killed git left is an error once it is old, and removed by the command and by --fix', async (t) => {
  const project = makeProject(t);
  for (const name of ['index.lock', 'HEAD.lock', 'packed-refs.lock', 'config.lock', 'refs/heads/deep/er/main.lock']) {
    plantLock(project, name, 5);
    assert.deepEqual(await found(project), [], `${name} may be in use`);
    const file = plantLock(project, name, 30);
    assert.deepEqual(await found(project), ['error git-lock-stale'], name);
    await mend(project);
    assert.equal(existsSync(file), false);
    plantLock(project, name, 30);
    const fixed = await openMending(request(project), { dryRun: false });
    assert.deepEqual([fixed.ok, fixed.fixes?.map((fix) => fix.outcome)], [true, ['done']]);
  }
  plantLock(project, 'loopbreaker/controller.lock', 3000);
  assert.deepEqual(await found(project), [], "loopbreaker's own locks are never removed");
});

/** A git in the repository that is not our child: its shell has ended. Resolves, once it runs, to what ends it. */
async function startForeignGit(t: Owner, { directory }: Repository): Promise<() => Promise<void>> {
  const script = 'sleep 60 | git hash-object --stdin > /dev/null 2>&1 & echo $!';
  const shell = spawn('sh', ['-c', script], { cwd: directory, env: cleanEnvironment(), detached: true });
  const group = -(shell.pid ?? 0);
  const kill = (): void => {
    try {
      process.kill(group, 'SIGKILL');
    } catch (error) {
      if (!hasErrorCode(error, 'ESRCH')) throw error;
    }
  };
  t.after(kill);
  const [chunk] = await once(shell.stdout, 'data');
  const command = `/proc/${String(chunk).trim()}/comm`;
  const isGit = (): boolean => existsSync(command) && readFileSync(command, 'utf8') === 'git\n';
  while (!isGit()) await new Promise((resolve) => setImmediate(resolve));
  return async () => {
    kill();
    while (existsSync(command)) await new Promise((resolve) => setImmediate(resolve));
  };
}

test("a lock is nobody else's business while a git is at work here, and a warning where that cannot be seen", async (t) => {
  const project = makeProject(t);
  const file = plantLock(project, 'index.lock', 600);
  const own = spawn('git', ['hash-object', '--stdin'], {
    cwd: project.directory,
    env: cleanEnvironment(),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  t.after(() => own.kill('SIGKILL'));
  await new Promise((resolve) => own.once('spawn', resolve));
  assert.deepEqual(await found(project), ['error git-lock-stale'], "the doctor's own questions hold no lock");
  if (process.platform === 'linux') {
    const end = await startForeignGit(t, project);
    assert.deepEqual(await found(project), []);
    await end();
  }
  const blind = await resultWith(project, check, { gitAtWork: () => 'unknown' });
  assert.deepEqual(
    blind.findings.map((one) => `${one.severity} ${one.code}`),
    ['warning git-lock-stale'],
  );
  assert.equal(existsSync(file), true);
});

test("another worktree's own locks are left to it, the shared ones are not", async (t) => {
  const project = makeProject(t);
  const directory = path.join(temporaryDirectory(t), 'linked');
  project.git('worktree', 'add', '-q', '--detach', directory);
  const linked = repositoryAt(directory);
  plantLock(project, 'index.lock', 600);
  assert.deepEqual(await found(linked), []);
  plantLock(project, 'worktrees/linked/index.lock', 600);
  assert.deepEqual(await found(linked), ['error git-lock-stale']);
  plantLock(project, 'packed-refs.lock', 600);
  assert.deepEqual(await found(linked), ['error git-lock-stale', 'error git-lock-stale']);
});

/** What ordinary developers have in the configuration of one repository. */
const ordinary: readonly (readonly [string, string])[] = [
  ['core.fsmonitor', 'true'],
  ['core.sshCommand', 'ssh -i ~/.ssh/id_work -F /dev/null'],
  ['core.sshCommand', 'ssh -o IdentitiesOnly=yes -i ~/.ssh/id_work'],
  ['core.autocrlf', 'input'],
  ['core.editor', 'code --wait'],
  ['user.signingKey', 'ABC'],
  ['commit.gpgSign', 'true'],
  ['filter.lfs.process', 'git-lfs filter-process'],
  ['filter.lfs.clean', 'git-lfs clean -- %f'],
  ['merge.ours.driver', 'true'],
  ['alias.lg', '!git log --graph'],
  ['credential.helper', 'store'],
  ['include.path', '~/.gitconfig.work'],
  ['branch.main.remote', 'origin'],
  ['submodule.lib.update', 'rebase'],
  ['remote.fork.pushurl', 'https://example.invalid/mine.git'],
  ['url.git@github.com:.insteadOf', 'https://github.com/'],
];

test('the configuration of an ordinary machine gives no finding', async (t) => {
  const project = makeProject(t);
  makeBareRemote(t, project);
  for (const [key, value] of ordinary) project.git('config', '--add', key, value);
  assert.deepEqual(await found(project), []);
});

/** Settings of the repository that run a program, and how bad that is. */
const programs: readonly (readonly [string, string, string])[] = [
  ['core.fsmonitor', '.git/hooks/watch', 'warning'],
  ['core.sshCommand', 'sh -c "evil; ssh"', 'warning'],
  ['core.sshCommand', 'ssh -o ProxyCommand=evil', 'warning'],
  ['core.gitProxy', 'evil', 'warning'],
  ['remote.origin.receivepack', 'evil', 'warning'],
  ['submodule.lib.update', '!evil', 'warning'],
  ['hook.mine.command', 'evil', 'warning'],
  ['filter.crypt.smudge', 'git-crypt smudge', 'note'],
  ['merge.lock.driver', 'npx merge-driver %A', 'note'],
];

test('a setting of the repository that runs a program is named with its file; the same one of the person is not', async (t) => {
  const project = makeProject(t);
  const home = path.join(temporaryDirectory(t), 'gitconfig');
  for (const [key, value, severity] of programs) {
    project.git('config', key, value);
    assert.deepEqual(await found(project), [`${severity} config-runs-program`], `${key} = ${value}`);
    const [finding] = await findings(project);
    assert.deepEqual([finding?.path, finding?.problem.includes(value)], ['.git/config', true]);
    if (severity === 'note') project.git('config', '--unset-all', key);
    else await mend(project);
    assert.deepEqual(await found(project), []);
    execFileSync('git', ['config', '--file', home, key, value]);
  }
  assert.deepEqual(await found(project, { GIT_CONFIG_GLOBAL: home }), []);
});

test('settings that come out of the work tree belong to whoever writes the branch', async (t) => {
  const project = makeProject(t, { '.gitconfig': '[alias]\n\tx = status\n[include]\n\tpath = ~/mine\n' });
  project.git('config', 'include.path', '../.gitconfig');
  assert.deepEqual(await found(project), ['warning config-runs-program']);
  project.write({ '.gitconfig': '[core]\n\tfsmonitor = evil\n' });
  assert.deepEqual(await found(project), ['warning config-runs-program', 'warning config-runs-program']);
  assert.deepEqual((await findings(project))[0]?.commands, [
    'git config --file .git/../.gitconfig --unset-all core.fsmonitor',
  ]);
  await mend(project);
  assert.deepEqual(await found(project), []);
});

test('a push that would land elsewhere is told with the setting that sends it there', async (t) => {
  const project = makeProject(t);
  const remote = makeBareRemote(t, project).directory;
  const other = makeBareRemote(t).directory;
  project.git('config', 'remote.origin.pushurl', other);
  assert.deepEqual(await found(project), ['warning config-redirects-push']);
  await mend(project);
  for (const key of ['pushInsteadOf', 'insteadOf']) {
    project.git('config', `url.${other}.${key}`, remote);
    const [finding] = await findings(project);
    assert.deepEqual(
      [finding?.severity, finding?.code, finding?.path],
      ['error', 'config-redirects-push', '.git/config'],
      key,
    );
    assert(finding?.problem.includes(`url.${other}.${key.toLowerCase()}`), finding?.problem);
    await mend(project);
    assert.deepEqual(await found(project), []);
  }
  const home = path.join(temporaryDirectory(t), 'gitconfig');
  writeFileSync(home, `[url "${other}"]\n\tpushInsteadOf = ${remote}\n`);
  assert.deepEqual(await found(project, { GIT_CONFIG_GLOBAL: home }), ['warning config-redirects-push']);
  writeFileSync(home, `[url "${other}"]\n\tinsteadOf = ${remote}\n`);
  assert.deepEqual(await found(project, { GIT_CONFIG_GLOBAL: home }), [], "a mirror is the person's choice");
});

test('the same place spelt in another way is no redirection', () => {
  const same = [
    'git@github.com:a/b.git',
    'ssh://git@github.com/a/b',
    'https://github.com/a/b.git',
    'https://x:y@GitHub.com/a/b/',
    'ssh://git@github.com:22/a/b.git',
  ];
  assert.deepEqual(new Set(same.map(placeOf)), new Set(['github.com/a/b']));
  assert.deepEqual(['/srv/x.git', 'file:///srv/x', '/srv/x/'].map(placeOf), ['/srv/x', '/srv/x', '/srv/x']);
  assert.notEqual(placeOf('git@github.com:a/b'), placeOf('git@github.com:a/c'));
  assert.notEqual(placeOf('https://github.com/a/b'), placeOf('https://gitlab.com/a/b'));
});

test('settings are read whole: values of several lines, none at all, and equals signs', () => {
  const text = 'local\0file:.git/config\0alias.x\none\ntwo=2\0local\0file:.git/config\0core.fsmonitor\0';
  const settings = parseSettings(text);
  assert.deepEqual(
    settings.map(({ key, value }) => [key, value]),
    [
      ['alias.x', 'one\ntwo=2'],
      ['core.fsmonitor', 'true'],
    ],
  );
  assert.deepEqual(settings.map(judgeSetting), [undefined, undefined]);
});

test('a work tree that was marked as bare is seen from its linked worktrees; a bare clone in .git is not one', async (t) => {
  const project = makeProject(t);
  const directory = path.join(temporaryDirectory(t), 'linked');
  project.git('worktree', 'add', '-q', '--detach', directory);
  const linked = repositoryAt(directory);
  assert.deepEqual(await found(linked), []);
  execFileSync('git', ['config', '--file', path.join(project.directory, '.git/config'), 'core.bare', 'true']);
  assert.deepEqual(await found(linked), ['error config-bare']);
  await mend(linked);
  assert.deepEqual([await found(linked), project.git('status', '--porcelain')], [[], '']);
  const clone = temporaryDirectory(t);
  project.git('clone', '-q', '--bare', project.directory, path.join(clone, '.git'));
  repositoryAt(path.join(clone, '.git')).git('worktree', 'add', '-q', path.join(clone, 'tree'), 'main');
  assert.deepEqual(await found(repositoryAt(path.join(clone, 'tree'))), []);
});

test('a work tree whose own .git says that it is bare is refused with the command that mends it', async (t) => {
  const project = makeProject(t);
  project.git('config', 'core.bare', 'true');
  for (const tree of ['worktree', 'index']) {
    const refused = await examine(project, tree).catch((error: unknown) => error);
    assert(refused instanceof Refusal);
    assert.deepEqual([refused.detail.code, refused.detail.exitCode], ['config-bare', 78]);
    execFileSync('sh', ['-c', refused.detail.remedy], { cwd: project.directory, env: cleanEnvironment() });
    assert.deepEqual(await found(project), []);
    project.git('config', 'core.bare', 'true');
  }
});

test('a push by a name of ~/.ssh/config for the same place is a warning, to another place an error', async (t) => {
  const project = makeProject(t);
  project.git('remote', 'add', 'origin', 'https://git.example.invalid/a/b.git');
  const cases = [
    ['git@work:a/b.git', 'warning'],
    ['ssh://git@git.example.invalid-work/a/b', 'warning'],
    ['git@evil.example:a/b.git', 'error'],
    ['git@work:a/c.git', 'error'],
    ['https://work/a/b.git', 'error'],
  ] as const;
  for (const [url, severity] of cases) {
    project.git('config', `url.${url}.pushInsteadOf`, 'https://git.example.invalid/a/b.git');
    assert.deepEqual(await found(project), [`${severity} config-redirects-push`], url);
    await mend(project);
  }
});

test('other trees are skipped, and a git that does not answer is unknown', async (t) => {
  const project = makeProject(t);
  for (const tree of ['index', 'HEAD']) assert.equal((await examine(project, tree, only)).checks[0]?.status, 'skip');
  const thrown = await resultWith(project, check, { ownGit: () => Promise.reject(new Error('no git')) });
  assert.deepEqual([thrown.status, thrown.findings], ['unknown', []]);
  const refused = { exitCode: 128, signal: null, stdout: '', stderr: 'fatal: bad config line 1' };
  const failed = await resultWith(project, check, { ownGit: () => Promise.resolve(refused) });
  assert.match(failed.reason ?? '', /bad config line 1/);
});
