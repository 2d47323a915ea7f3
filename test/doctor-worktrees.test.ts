import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { worktrees as check } from '../scripts/checks/worktrees.ts';
import type { ProcessIdentity } from '../scripts/core/controller.ts';
import { openMending } from '../scripts/diagnose.ts';
import { openWorld } from '../scripts/effects/world.ts';
import { resultWith } from './helpers/machine.ts';
import { examine, findingsOf, makeProject, projectFiles } from './helpers/project.ts';
import {
  cleanEnvironment,
  makeRepository,
  type Repository,
  repositoryAt,
  temporaryDirectory,
} from './helpers/repository.ts';

const only = ['worktrees'];
const self = openWorld().self;
const ended: ProcessIdentity = { ...self, startTime: '1' };

/** A worktree as auto-promote makes it, of a run whose process is `owner`. */
function ourWorktree(project: Repository, run: string, owner: ProcessIdentity | null): string {
  const folder = `loop/tmp-wt/${run}`;
  const sha = project.git('rev-parse', 'HEAD');
  const file = { version: 1, runId: run, owner, branch: 'agent/work', sha, since: '2026-01-01T00:00:00.000Z' };
  project.write({ 'loop/tmp-wt/.gitignore': '*\n' });
  if (owner !== null) project.write({ [`${folder}/owner.json`]: JSON.stringify(file) });
  project.git('worktree', 'add', '-q', '--detach', '--lock', '--reason', `loopbreaker ${run}`, `${folder}/tree`);
  return path.join(project.directory, folder);
}

async function findings(project: Repository) {
  return findingsOf(await examine(project, 'worktree', only), 'worktrees');
}

async function found(project: Repository): Promise<readonly string[]> {
  // git lists worktrees by path, and paths of a test are random.
  return (await findings(project)).map((one) => `${one.severity} ${one.code}`).sort();
}

async function mend(project: Repository): Promise<void> {
  for (const { commands } of await findings(project)) {
    for (const command of commands) {
      execFileSync('sh', ['-c', command], { cwd: project.directory, env: cleanEnvironment(), stdio: 'pipe' });
    }
  }
}

const request = ({ directory }: Repository) => ({ directory, tree: 'worktree', env: cleanEnvironment(), only });

test('no worktrees, and one of a run that is alive, are fine', async (t) => {
  const project = makeProject(t);
  assert.deepEqual(await found(project), []);
  ourWorktree(project, 'run-0123456789ab', self);
  assert.deepEqual(await found(project), []);
});

test('what dead runs left is a warning, never an error: the next promotion clears it away and must be able to start', async (t) => {
  const project = makeProject(t);
  const dead = ourWorktree(project, 'run-00000000dead', ended);
  ourWorktree(project, 'run-0000000b00ed', { ...self, bootId: 'another-boot' });
  const [one, two] = await findings(project);
  assert.match(
    one?.problem ?? '',
    /^loop\/tmp-wt\/run-00000000dead was left by .*, which tested agent\/work: process \d+ has ended\.$/,
  );
  assert.match(two?.problem ?? '', /started anew/);
  assert.deepEqual(await found(project), ['warning worktree-dead', 'warning worktree-dead']);
  const untouched = await openMending(request(project), { dryRun: false });
  assert.deepEqual(
    [untouched.fixes, existsSync(path.join(dead, 'tree/PROMPT.md'))],
    [[], true],
    'work in it is not thrown away unattended',
  );
  await mend(project);
  assert.deepEqual(await found(project), []);
  assert.equal(project.git('worktree', 'list', '--porcelain').match(/^worktree /gm)?.length, 1);
});

test('without a readable owner.json nothing proves that a run is dead, and another host cannot be seen', async (t) => {
  const project = makeProject(t);
  ourWorktree(project, 'run-0123456789ab', null);
  assert.deepEqual(await found(project), ['warning worktree-ownerless']);
  await mend(project);
  ourWorktree(project, 'run-0123456789ab', { ...self, host: 'elsewhere' });
  assert.deepEqual(await found(project), ['note worktree-dead']);
  assert.match(
    (await findings(project))[0]?.problem ?? '',
    /on elsewhere: whether it is alive cannot be seen from here/,
  );
});

test('an entry of ours whose folder is gone is locked for ever, and --fix lets git forget exactly that one', async (t) => {
  const project = makeProject(t);
  const gone = ourWorktree(project, 'run-0123456789ab', ended);
  const foreign = path.join(temporaryDirectory(t), 'foreign');
  project.git('worktree', 'add', '-q', '--detach', foreign);
  rmSync(foreign, { recursive: true });
  rmSync(gone, { recursive: true });
  assert.deepEqual(await found(project), ['note worktree-foreign', 'warning worktree-gone']);
  const ours = (await findings(project)).find((one) => one.code === 'worktree-gone');
  assert.match(ours?.problem ?? '', /which is gone and locked \(loopbreaker run-0123456789ab\)\.$/);
  const fixed = await openMending(request(project), { dryRun: false });
  assert.deepEqual(
    fixed.fixes?.map((fix) => fix.outcome),
    ['done'],
  );
  assert.deepEqual(await found(project), ['note worktree-foreign']);
  assert.match(project.git('worktree', 'list', '--porcelain'), /foreign/);
});

test('the command that is printed for such an entry does the same', async (t) => {
  const project = makeProject(t);
  rmSync(ourWorktree(project, 'run-0123456789ab', ended), { recursive: true });
  await mend(project);
  assert.deepEqual(await found(project), []);
});

test('worktrees of other people are not judged: alive, locked on a disk that is away, or with a like name', async (t) => {
  const project = makeProject(t);
  const places = temporaryDirectory(t);
  project.git('worktree', 'add', '-q', '--detach', path.join(places, 'feature'));
  project.git('worktree', 'add', '-q', '--detach', path.join(places, 'run-0123456789ab/tree'));
  project.git('worktree', 'add', '-q', '--detach', '--lock', path.join(places, 'usb-stick'));
  rmSync(path.join(places, 'usb-stick'), { recursive: true });
  assert.deepEqual(await found(project), []);
  rmSync(path.join(places, 'run-0123456789ab'), { recursive: true });
  assert.deepEqual(await found(project), ['note worktree-foreign']);
});

test('what a loop in a linked worktree left is seen from every worktree', async (t) => {
  const project = makeProject(t);
  const directory = path.join(temporaryDirectory(t), 'linked');
  project.git('worktree', 'add', '-q', '--detach', directory);
  const linked = repositoryAt(directory);
  ourWorktree(linked, 'run-0123456789ab', ended);
  assert.deepEqual([await found(project), await found(linked)], [['warning worktree-dead'], ['warning worktree-dead']]);
  await mend(project);
  assert.deepEqual(await found(linked), []);
});

test('without a promotion policy there are no worktrees of ours; with a broken one it is not known', async (t) => {
  const { 'policy/promote.json': policy, ...rest } = projectFiles;
  assert.equal(policy, '{}');
  const without = makeRepository(t, { files: rest });
  assert.equal((await examine(without, 'worktree', only)).checks[0]?.status, 'skip');
  const broken = makeProject(t, { 'policy/promote.json': '{ "worktreeDirectori": "x" }' });
  const [result] = (await examine(broken, 'worktree', only)).checks;
  assert.equal(result?.status, 'unknown');
  for (const tree of ['index', 'HEAD']) assert.equal((await examine(broken, tree, only)).checks[0]?.status, 'skip');
});

test('a git that cannot list the worktrees is unknown', async (t) => {
  const thrown = await resultWith(makeProject(t), check, {
    survey: () => {
      throw new Error('no list');
    },
  });
  assert.deepEqual([thrown.status, thrown.findings], ['unknown', []]);
});
