/** What is planted in the repository's settings, attributes and environment, and a promotion that runs none of it. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { switchesFor } from '../scripts/core/git-trust.ts';
import { isPlainSsh } from '../scripts/core/plain-ssh.ts';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { openGit } from '../scripts/effects/git.ts';
import { questionsOf } from '../scripts/effects/git-questions.ts';
import { executeDirectly } from '../scripts/effects/process.ts';
import {
  gitAsItIs,
  openPlants,
  type Plants,
  plantEverywhere,
  plantedAttributes,
  plantedEnvironment,
} from './helpers/plants.ts';
import { commitFile, loopbreakerWith, sandboxFor, told } from './helpers/sandbox.ts';

/** An ssh that is no ssh: it runs the command here, as the server would. */
function fakeSsh(sandbox: Sandbox): string {
  const directory = path.join(sandbox.directory, 'bin');
  mkdirSync(directory);
  writeFileSync(path.join(directory, 'ssh'), '#!/bin/sh\nwhile [ $# -gt 1 ]; do shift; done\nexec sh -c "$1"\n');
  chmodSync(path.join(directory, 'ssh'), 0o755);
  return directory;
}

/** A PATH on which the clone's own folder comes first, as after `npm run`. */
function pathWith(sandbox: Sandbox, plants: Plants): string {
  const tools = path.join(sandbox.directory, 'clone', '.git', 'tools');
  mkdirSync(tools);
  writeFileSync(path.join(tools, 'ssh'), `#!/bin/sh\nexec '${plants.program('ssh-of-clone', 'ssh')}' "$@"\n`);
  chmodSync(path.join(tools, 'ssh'), 0o755);
  return [tools, fakeSsh(sandbox), sandbox.env.PATH ?? ''].join(path.delimiter);
}

interface PlantedWorld {
  readonly sandbox: Sandbox;
  readonly plants: Plants;
  readonly extra: Readonly<Record<string, string>>;
  readonly head: string;
}

async function plantedWorld(t: TestContext, hooks: 'own' | 'hooksPath'): Promise<PlantedWorld> {
  const sandbox = await sandboxFor(t);
  const plants = openPlants(sandbox);
  await sandbox.git('remote', 'set-url', 'origin', `ssh://sandbox.invalid${sandbox.remote}`);
  for (const kind of ['lines', 'stream', 'txt', 'conv', 'own']) await commitFile(sandbox, `work.${kind}`, `${kind}\n`);
  const head = await commitFile(sandbox, '.gitattributes', plantedAttributes);
  const extra = { PATH: pathWith(sandbox, plants) };
  await plantEverywhere(sandbox, plants, hooks);
  return { sandbox, plants, extra, head };
}

for (const hooks of ['own', 'hooksPath'] as const) {
  test(`a promotion runs no program that was planted in the repository or the environment (hooks: ${hooks})`, async (t) => {
    const { sandbox, plants, extra, head } = await plantedWorld(t, hooks);
    const environment = { ...extra, ...plantedEnvironment(sandbox, plants) };
    const end = await loopbreakerWith(sandbox, environment, 'auto-promote', '--json');
    assert.equal(end.exitCode, 0, told(end));
    assert.equal(await sandbox.remoteGit('rev-parse', 'main'), head);
    assert.deepEqual(plants.ran(), []);
  });
}

/** What each planted program is there for: git as anybody calls it, which runs them all. */
const ordinaryCommands: readonly (readonly [readonly string[], string?])[] = [
  [['status']],
  [['checkout', '--quiet', 'HEAD']],
  // A filter that dies ends a checkout before its hooks.
  [['-c', 'filter.stream.process=', 'checkout', '--quiet', 'HEAD']],
  [['update-ref', 'refs/planted', 'HEAD']],
  [['worktree', 'add', '--quiet', '--detach', '../tree']],
  [['merge-tree', '--write-tree', 'one', 'other']],
  [['credential', 'fill'], 'protocol=https\nhost=example.invalid\n\n'],
];

/** By name, as a person would; our own commands are given the URL. */
const byName: typeof ordinaryCommands = [
  [['fetch', '--quiet', 'origin']],
  [['push', '--quiet', 'origin', 'HEAD:refs/heads/other']],
];

/** Two branches that change one file, so that a merge driver is asked. */
async function makeConflict(sandbox: Sandbox): Promise<void> {
  for (const name of ['one', 'other']) {
    await sandbox.git('switch', '--quiet', '--create', name, 'agent/work');
    await commitFile(sandbox, 'work.txt', `${name}\n`);
  }
  await sandbox.git('switch', '--quiet', 'agent/work');
}

/** Those that git 2.39 can run by these commands; config hooks need 2.54, packObjectsHook is not read from a repository. */
const live = [
  'alternate-refs',
  'ask-pass',
  'clean',
  'credential',
  'credential-of-host',
  'filter-process',
  'fsmonitor',
  'hook-post-checkout',
  'hook-post-index-change',
  'hook-pre-push',
  'hook-reference-transaction',
  'merge-driver',
  'receive-pack',
  'smudge',
  'ssh-command',
  'upload-pack',
];

test('the same programs do run when git is called without the switches, and none through our door', async (t) => {
  const { sandbox, plants, extra } = await plantedWorld(t, 'own');
  await makeConflict(sandbox);
  assert.deepEqual(plants.ran(), [], 'making the sandbox is done through our door as well');
  const door = openGit(sandbox.clone, { ...sandbox.env, ...extra });
  // Of the same length, so that git must read it to see the difference.
  writeFileSync(path.join(sandbox.clone, 'work.lines'), 'senil\n');
  for (const [args, input] of ordinaryCommands) await door(args, input === undefined ? {} : { input });
  const url = (await questionsOf(door).remoteUrl('origin')) ?? '';
  await questionsOf(door).fetchBranch(url, 'main', 'refs/planted');
  await questionsOf(door).removeWorktree(path.join(sandbox.directory, 'tree'));
  assert.deepEqual(plants.ran(), []);
  for (const [args, input] of [...ordinaryCommands, ...byName]) {
    await gitAsItIs(sandbox, args, { extra, ...(input === undefined ? {} : { input }) });
  }
  const ran = plants.ran();
  assert.deepEqual(
    live.filter((name) => !ran.includes(name)),
    [],
    'every one of these was alive',
  );
});

test('diffs, pagers, signatures and aliases are never reached by our commands', async (t) => {
  const { sandbox, plants, extra } = await plantedWorld(t, 'own');
  const questions = [
    ['diff-tree', '-r', '-z', '--name-only', '--no-renames', 'HEAD~1', 'HEAD'],
    ['log', '-1', '--format=%h', '--diff-filter=D', '--', 'work.own'],
    ['log', '--format=', '--raw', 'HEAD'],
  ];
  const door = openGit(sandbox.clone, { ...sandbox.env, ...extra, ...plantedEnvironment(sandbox, plants) });
  for (const args of questions) assert.equal((await door(args)).exitCode, 0, args.join(' '));
  assert.deepEqual(plants.ran(), []);
  await gitAsItIs(sandbox, ['log', '-1', '-p', '--ext-diff', '--textconv', '--', 'work.own']);
  assert.ok(plants.ran().includes('diff-command'), 'a person who asks for a diff does run it');
});

test('what the person has set up stays: ssh by a key, helpers, filters; the repository’s own are replaced', () => {
  const setting = (scope: string, key: string, value: string) => ({ scope, origin: 'file:x', key, value });
  const personal = [
    setting('global', 'core.sshcommand', 'my-ssh-wrapper'),
    setting('global', 'credential.helper', '!gh auth git-credential'),
    setting('system', 'filter.mine.smudge', 'mine'),
    setting('local', 'core.sshcommand', 'ssh -i ~/.ssh/deploy'),
    setting('local', 'credential.helper', 'store'),
    setting('local', 'merge.ours.driver', 'true'),
  ];
  assert.deepEqual(switchesFor(personal), []);
  const planted = [
    ...personal,
    setting('local', 'core.sshcommand', 'evil'),
    setting('worktree', 'credential.helper', '/tmp/evil'),
    setting('local', 'hook.x.command', 'evil'),
    setting('local', 'merge.union.driver', 'evil'),
  ];
  assert.deepEqual(switchesFor(planted), [
    ['core.sshcommand', 'my-ssh-wrapper'],
    ['hook.x.enabled', 'false'],
    ['merge.union.driver', 'false'],
    ['hook.x.enabled', 'false'],
    ['credential.helper', ''],
    ['credential.helper', '!gh auth git-credential'],
    ['credential.helper', 'store'],
  ]);
});

for (const [line, plain] of [
  ['ssh', true],
  ['ssh -i "/a b/key" -p 22', true],
  ['ssh -oStrictHostKeyChecking=no', true],
  ['ssh -o ProxyCommand=evil', false],
  ['ssh -o "ProxyCommand evil"', false],
  ['ssh -oproxycommand=evil', false],
  ['ssh -F ssh.config', false],
  ['./ssh', false],
  ['ssh -i key; evil', false],
  ['ssh -i $(evil)', false],
  ['ssh"-evil"', false],
] as const) {
  test(`core.sshCommand "${line}" ${plain ? 'starts ssh and nothing else' : 'could start another program'}`, () => {
    assert.equal(isPlainSsh(line), plain);
  });
}

test('a merge driver of the repository is not asked: what it would have merged is a conflict', async (t) => {
  const promote = JSON.stringify({ prepare: [], qa: [], strategy: 'merge' });
  const files = {
    'policy/promote.json': promote,
    '.gitattributes': '*.txt merge=planted\n',
    'a.txt': '1\n2\n3\n4\n5\n',
  };
  const sandbox = await sandboxFor(t, files);
  const plants = openPlants(sandbox);
  await sandbox.git('config', 'merge.planted.driver', plants.program('merge-driver', 'merge'));
  await commitFile(sandbox, 'a.txt', 'one\n2\n3\n4\n5\n');
  await sandbox.git('switch', '--quiet', 'main');
  await commitFile(sandbox, 'a.txt', '1\n2\n3\n4\nfive\n');
  await sandbox.git('push', '--quiet', 'origin', 'main');
  const end = await loopbreakerWith(sandbox, {}, 'auto-promote', '--json', '--branch', 'agent/work');
  assert.match(end.stdout, /merge-conflict/, told(end));
  assert.deepEqual(plants.ran(), []);
});

test('a replacement of a commit does not prove a fast-forward', async (t) => {
  const sandbox = await sandboxFor(t);
  const door = openGit(sandbox.clone, sandbox.env);
  const main = await sandbox.git('rev-parse', 'main');
  const stranger = await sandbox.git('commit-tree', `${main}^{tree}`, '-m', 'no ancestor');
  const env = sandbox.env;
  const argv = ['git', 'replace', '--graft', stranger, main] as const;
  assert.equal((await executeDirectly({ argv: [...argv], cwd: sandbox.clone, env })).exitCode, 0);
  assert.equal((await door(['merge-base', '--is-ancestor', main, stranger])).exitCode, 1);
});
