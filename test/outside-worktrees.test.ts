/** A folder of worktrees beside the checkout may be shared: nothing in it goes that is not provably this repository's. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { refusalOf as refusalOfError } from '../scripts/command.ts';
import type { ProcessIdentity } from '../scripts/core/controller.ts';
import { lockReason, type OwnerRecord } from '../scripts/effects/owner-record.ts';
import { placeFor, roomOn } from '../scripts/effects/room.ts';
import { tidy } from '../scripts/hygiene.ts';
import { openWorkspace, type Workspace } from '../scripts/workspace.ts';
import { readWorktrees } from '../scripts/worktrees.ts';
import { ended, eventsOf, recordOf, workspaceOf } from './helpers/dead-runs.ts';
import { examine, findingsOf, makeProject } from './helpers/project.ts';
import { cleanEnvironment, type Repository, repositoryAt, temporaryDirectory } from './helpers/repository.ts';

const policy = { 'policy/promote.json': JSON.stringify({ worktreeDirectory: '../shared' }) };

interface Owner {
  after(dispose: () => void): void;
}

/** Clones of one project in one folder, so that what is beside one is beside all. */
function neighbours(t: Owner, ...names: readonly string[]): readonly Repository[] {
  const project = makeProject(t, policy);
  const home = temporaryDirectory(t);
  return names.map((name) => {
    project.git('clone', '-q', project.directory, path.join(home, name));
    return repositoryAt(path.join(home, name));
  });
}

const sharedOf = ({ directory }: Repository): string => path.join(path.dirname(directory), 'shared');

const left = (repository: Repository): readonly string[] =>
  existsSync(sharedOf(repository)) ? readdirSync(sharedOf(repository)).sort() : [];

/** What a run prepares before git is asked for the tree, by the program itself; then its process is said to be another. */
async function preparedBy(repository: Repository, runId: string, owner: ProcessIdentity): Promise<OwnerRecord> {
  const { checkouts } = await workspaceOf(repository);
  const { sha, branch, since } = recordOf(repository, owner, runId);
  checkouts.prepare(runId, { branch, sha }, sha, since);
  const file = path.join(sharedOf(repository), runId, 'owner.json');
  const record: OwnerRecord = { ...JSON.parse(readFileSync(file, 'utf8')), owner };
  writeFileSync(file, JSON.stringify(record));
  return record;
}

async function worktreeBy(repository: Repository, runId: string, owner = ended): Promise<string> {
  const record = await preparedBy(repository, runId, owner);
  const tree = path.join(sharedOf(repository), runId, 'tree');
  repository.git('worktree', 'add', '-q', '--detach', '--lock', '--reason', lockReason(record), tree);
  return tree;
}

async function tidied(repository: Repository): Promise<void> {
  await tidy(await workspaceOf(repository));
}

test('two clones that share a folder each clear away what their own dead runs left, and never the other’s', async (t) => {
  const [one, two] = neighbours(t, 'one', 'two') as [Repository, Repository];
  await worktreeBy(one, 'run-000000000001');
  await preparedBy(one, 'run-000000000002', ended);
  await worktreeBy(two, 'run-000000000003');
  await tidied(two);
  assert.deepEqual(left(one), ['.gitignore', 'run-000000000001', 'run-000000000002']);
  assert.equal(one.git('worktree', 'list', '--porcelain').match(/^worktree /gm)?.length, 2);
  await tidied(one);
  assert.ok(!existsSync(sharedOf(one)), 'with nothing left in it, the folder that we made is gone');
  assert.equal(two.git('worktree', 'list', '--porcelain').match(/^worktree /gm)?.length, 1);
});

/** Makes and removes the folder of a run again and again, as a program. */
function comesAndGoes({ directory }: Repository): string {
  const workspace = new URL('../scripts/workspace.ts', import.meta.url);
  return `import('${workspace}').then(async ({ openWorkspace }) => {
    const { checkouts } = await openWorkspace({ directory: '${directory}', env: process.env, stderr: process.stderr, lenient: true });
    const trigger = { branch: 'refs/heads/agent/work', sha: '${'0'.repeat(40)}' };
    for (let round = 0; round < 300; round += 1) {
      checkouts.prepare('run-' + '${path.basename(directory)}'.padEnd(12, '0'), trigger, trigger.sha, new Date(0).toISOString());
      await checkouts.remove('run-' + '${path.basename(directory)}'.padEnd(12, '0'));
    }
  })`;
}

test('two clones that use and leave a shared folder at the same time do not hinder each other', async (t) => {
  const both = neighbours(t, 'one', 'two');
  const ends = both.map(async (repository) => {
    const args = ['--import', import.meta.resolve('tsx'), '-e', comesAndGoes(repository)];
    const child = spawn(process.execPath, args, { env: cleanEnvironment(), stdio: ['ignore', 'ignore', 'pipe'] });
    t.after(() => child.kill('SIGKILL'));
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    return `exit ${code} ${said}`;
  });
  assert.deepEqual(await Promise.all(ends), ['exit 0 ', 'exit 0 ']);
  // Two that leave at the very same time may each take the other for one that stays: the next one takes the folder away.
  const [one] = both as [Repository];
  await preparedBy(one, 'run-000000000001', ended);
  await tidied(one);
  assert.ok(!existsSync(sharedOf(one)));
});

test('the other clone’s runs are not listed, and the doctor has nothing to say of them', async (t) => {
  const [one, two] = neighbours(t, 'one', 'two') as [Repository, Repository];
  await worktreeBy(one, 'run-000000000001');
  assert.deepEqual((await readWorktrees(await workspaceOf(two))).worktrees, []);
  assert.deepEqual(findingsOf(await examine(two, 'worktree', ['worktrees']), 'worktrees'), []);
  const [shown] = (await readWorktrees(await workspaceOf(one))).worktrees;
  assert.deepEqual([shown?.ours, shown?.state, shown?.removable], [true, 'dead', true]);
  const [finding] = findingsOf(await examine(one, 'worktree', ['worktrees']), 'worktrees');
  assert.match(finding?.problem ?? '', /^\.\.\/shared\/run-000000000001 was left by/);
});

test('a folder of a run without a record in a shared folder may be another clone’s, and stays', async (t) => {
  const [one] = neighbours(t, 'one') as [Repository];
  mkdirSync(path.join(sharedOf(one), 'run-000000000001'), { recursive: true });
  mkdirSync(path.join(sharedOf(one), 'run-000000000002/tree'), { recursive: true });
  const { repository, ...old } = { repository: 'x', ...recordOf(one, ended, 'run-000000000002') };
  assert.equal(repository, 'x');
  writeFileSync(path.join(sharedOf(one), 'run-000000000002/owner.json'), JSON.stringify(old));
  await tidied(one);
  assert.deepEqual(left(one), ['run-000000000001', 'run-000000000002']);
  assert.deepEqual(eventsOf(one), []);
});

test('all worktrees of one repository clear away what any of them left', async (t) => {
  const [one] = neighbours(t, 'one') as [Repository];
  const elsewhere = path.join(temporaryDirectory(t), 'linked');
  one.git('worktree', 'add', '-q', '--detach', elsewhere);
  const linked = repositoryAt(elsewhere);
  const record = { ...recordOf(one, ended, 'run-000000000001'), repository: path.join(one.directory, '.git') };
  mkdirSync(path.join(sharedOf(linked), 'run-000000000001'), { recursive: true });
  writeFileSync(path.join(sharedOf(linked), 'run-000000000001/owner.json'), JSON.stringify(record));
  await worktreeBy(one, 'run-000000000002');
  await tidied(one);
  assert.deepEqual([left(linked), left(one)], [[], []]);
  await worktreeBy(one, 'run-000000000003');
  await tidied(linked);
  assert.deepEqual(left(one), []);
  assert.ok(existsSync(path.join(elsewhere, 'PROMPT.md')));
});

test('a copy of a repository does not take the worktrees of the original for its own', async (t) => {
  const [one] = neighbours(t, 'one') as [Repository];
  const tree = await worktreeBy(one, 'run-000000000001');
  const copy = `${one.directory}-copy`;
  cpSync(one.directory, copy, { recursive: true });
  await tidied(repositoryAt(copy));
  assert.ok(existsSync(path.join(tree, 'PROMPT.md')));
  await tidied(one);
  assert.ok(!existsSync(tree));
});

test('a repository that was moved clears away what its dead runs left before', async (t) => {
  const [one] = neighbours(t, 'one') as [Repository];
  await worktreeBy(one, 'run-000000000001');
  const moved = `${one.directory}-moved`;
  renameSync(one.directory, moved);
  await tidied(repositoryAt(moved));
  assert.deepEqual(left(one), []);
});

test('a clone in the place of a repository that was renamed leaves its dead runs to it', async (t) => {
  const [one] = neighbours(t, 'one') as [Repository];
  const tree = await worktreeBy(one, 'run-000000000001');
  await preparedBy(one, 'run-000000000002', ended);
  writeFileSync(path.join(tree, 'work.txt'), 'work\n');
  const renamed = `${one.directory}-before`;
  renameSync(one.directory, renamed);
  const pointer = readFileSync(path.join(tree, '.git'), 'utf8');
  repositoryAt(renamed).git('clone', '-q', renamed, one.directory);
  const clone = repositoryAt(one.directory);
  assert.deepEqual((await readWorktrees(await workspaceOf(clone))).worktrees, []);
  await tidied(clone);
  assert.deepEqual(left(clone), ['.gitignore', 'run-000000000001', 'run-000000000002']);
  assert.equal(readFileSync(path.join(tree, '.git'), 'utf8'), pointer);
  const before = repositoryAt(renamed);
  const [shown] = (await readWorktrees(await workspaceOf(before))).worktrees;
  assert.deepEqual([shown?.ours, shown?.state], [true, 'dead']);
  await tidied(before);
  assert.deepEqual(left(clone), ['.gitignore', 'run-000000000002'], 'of what git knows nothing of, nothing is sure');
  assert.equal(before.git('worktree', 'list', '--porcelain').match(/^worktree /gm)?.length, 1);
  const salvaged = path.join(renamed, '.git/loopbreaker/salvage/run-000000000001');
  assert.equal(readdirSync(salvaged, { recursive: true }).filter((name) => `${name}`.endsWith('work.txt')).length, 1);
});

test('a repository that was restored from a backup clears away what git has an entry for', async (t) => {
  const [one] = neighbours(t, 'one') as [Repository];
  await worktreeBy(one, 'run-000000000001');
  const backup = `${one.directory}-backup`;
  cpSync(one.directory, backup, { recursive: true });
  rmSync(one.directory, { recursive: true });
  cpSync(backup, one.directory, { recursive: true });
  await tidied(one);
  assert.deepEqual(left(one), []);
});

test('a folder of worktrees that was there before gets no mark of ours, and stays', async (t) => {
  const [one] = neighbours(t, 'one') as [Repository];
  mkdirSync(sharedOf(one));
  writeFileSync(path.join(sharedOf(one), 'notes.txt'), 'somebody’s\n');
  await worktreeBy(one, 'run-000000000001');
  assert.deepEqual(left(one), ['notes.txt', 'run-000000000001']);
  await tidied(one);
  assert.deepEqual(left(one), ['notes.txt']);
});

for (const how of ['as it is', 'through a link']) {
  test(`an empty folder that a person has made for the worktrees is not removed: ${how}`, async (t) => {
    const [one] = neighbours(t, 'one') as [Repository];
    const big = path.join(path.dirname(one.directory), how === 'as it is' ? 'shared' : 'bigdisk');
    mkdirSync(big);
    if (how !== 'as it is') symlinkSync('bigdisk', sharedOf(one));
    await worktreeBy(one, 'run-000000000001');
    await tidied(one);
    assert.deepEqual(readdirSync(big), []);
    assert.ok(existsSync(sharedOf(one)));
  });
}

test('a link to nothing in the place of the folder is called by its name, and its cures are noticed', async (t) => {
  const [one] = neighbours(t, 'one') as [Repository];
  const target = path.join(path.dirname(one.directory), 'big disk');
  symlinkSync('big disk', sharedOf(one));
  const before = placeFor(sharedOf(one)).sha256;
  const refused = await preparedBy(one, 'run-000000000001', ended).then(
    () => null,
    (error: unknown) => refusalOfError(error)?.detail,
  );
  assert.match(refused?.problem ?? '', /shared is a symbolic link to .*big disk, which is not there/);
  const [, command = ''] = /^(mkdir -p .*?) \(or mount/.exec(refused?.remedy ?? '') ?? [];
  execFileSync('sh', ['-c', command]);
  assert.ok(existsSync(target), command);
  const made = placeFor(sharedOf(one)).sha256;
  assert.notEqual(made, before);
  await preparedBy(one, 'run-000000000001', ended);
  await tidied(one);
  assert.deepEqual(readdirSync(target), [], 'it is the person’s');
  rmSync(target, { recursive: true });
  assert.equal(placeFor(sharedOf(one)).sha256, before);
  rmSync(sharedOf(one));
  assert.equal(placeFor(sharedOf(one)).sha256, made);
});

test('folders above the folder of worktrees are nobody’s that we know, and stay when they are empty', async (t) => {
  const home = temporaryDirectory(t);
  const nested = { 'policy/promote.json': JSON.stringify({ worktreeDirectory: '../above/worktrees' }) };
  const project = makeProject(t, nested);
  project.git('clone', '-q', project.directory, path.join(home, 'one'));
  const one = repositoryAt(path.join(home, 'one'));
  const { branch, sha, since } = recordOf(one, ended);
  const { checkouts } = await workspaceOf(one);
  checkouts.prepare('run-000000000001', { branch, sha }, sha, since);
  await checkouts.remove('run-000000000001');
  assert.deepEqual(readdirSync(path.join(home, 'above')), []);
});

async function refusalOf(repository: Repository): Promise<string> {
  const opened: Promise<Workspace> = openWorkspace({
    directory: repository.directory,
    env: cleanEnvironment(),
    stderr: { write: () => true },
  });
  return await opened.then(
    () => 'opened',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

const holding: Readonly<Record<string, string>> = {
  'its own name': '../one',
  'the folder around it, by a name': '../../home',
  'a link to the folder around it': 'link',
  'its .git, by its own name': '../one/.git/x',
  'its .git, by a link': 'git-link/x',
};

for (const [name, worktreeDirectory] of Object.entries(holding)) {
  test(`a folder of worktrees that holds the checkout is refused: ${name}`, async (t) => {
    const project = makeProject(t, { 'policy/promote.json': JSON.stringify({ worktreeDirectory }) });
    const home = path.join(temporaryDirectory(t), 'home');
    project.git('clone', '-q', project.directory, path.join(home, 'one'));
    const one = repositoryAt(path.join(home, 'one'));
    symlinkSync(home, path.join(one.directory, 'link'));
    symlinkSync('.git', path.join(one.directory, 'git-link'));
    assert.match(await refusalOf(one), /worktreeDirectory must be a folder of its own/);
    const isSeen = findingsOf(await examine(one, 'worktree', ['policies']), 'policies').some(
      ({ code, line }) => code === 'policy-cannot-work' && line === 1,
    );
    assert.equal(isSeen, !worktreeDirectory.includes('link'), 'links are looked at when a run begins');
  });
}

test('a folder beside the checkout is fine, and so is one in it', async (t) => {
  for (const worktreeDirectory of ['../shared', '../../far/away', 'loop/tmp-wt', 'a/../b']) {
    const one = makeProject(t, { 'policy/promote.json': JSON.stringify({ worktreeDirectory }) });
    assert.equal(await refusalOf(one), 'opened', worktreeDirectory);
    assert.deepEqual(findingsOf(await examine(one, 'worktree', ['policies']), 'policies'), []);
  }
});

test('room on the volume of a folder that is not there yet is that of the folder in which it would be made', (t) => {
  const home = temporaryDirectory(t);
  const [here, there] = [roomOn([home])[0], roomOn([path.join(home, 'not/yet')])[0]];
  assert.equal(there?.sha256, here?.sha256);
  assert.match(there?.name ?? '', /not\/yet$/);
});
