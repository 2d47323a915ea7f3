/** Work in the worktree of a dead run is moved aside or kept by a ref before the worktree goes; products are not. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { salvageLimits } from '../scripts/core/worktree.ts';
import { salvage } from '../scripts/effects/salvage.ts';
import { clearDead, tidy } from '../scripts/hygiene.ts';
import {
  ended,
  eventsOf,
  folder,
  leftIn,
  movedAside,
  recordOf,
  run,
  self,
  workspaceOf,
  worktreeOf,
} from './helpers/dead-runs.ts';
import { makeProject, manifestWith } from './helpers/project.ts';
import { type Repository, repositoryAt } from './helpers/repository.ts';

const ignoring = {
  '.gitignore': '.env\nnode_modules/\ndist/\nreports/\nnotes/\n',
  'runtime-manifest.json': manifestWith({ generated: [{ path: 'reports/**', by: 'npm test' }] }),
};

const treeOf = (project: Repository) => repositoryAt(path.join(project.directory, folder, 'tree'));

/** Where the files of the run are, absolute. */
function salvageOf({ directory }: Repository): string {
  const home = path.join(directory, '.git/loopbreaker/salvage', run);
  return path.join(home, readdirSync(home)[0] ?? '');
}

test('changed, untracked and ignored files are moved aside; packages, build outputs and declared products are not', async (t) => {
  const project = makeProject(t, ignoring);
  worktreeOf(project);
  const tree = treeOf(project);
  tree.write({
    '.env': 'SECRET=1\n',
    'notes/a b\nc.txt': 'a note\n',
    'scripts/new.js': 'new\n',
    'PROMPT.md': 'else\n',
  });
  tree.write({ 'node_modules/x/index.js': '', 'dist/main.js': '', 'reports/r.xml': '', 'sub/coverage/c.json': '' });
  tree.remove('scripts/main.js');
  symlinkSync('nowhere', path.join(tree.directory, 'link'));
  project.write({ [`${folder}/todo.txt`]: 'beside the tree\n' });
  await tidy(await workspaceOf(project));
  const expected = ['.env', 'PROMPT.md', 'beside-the-tree/todo.txt', 'link', 'notes/a b\nc.txt', 'scripts/new.js'];
  assert.deepEqual(movedAside(project), expected);
  assert.equal(readFileSync(path.join(salvageOf(project), 'PROMPT.md'), 'utf8'), 'else\n');
  assert.equal(readlinkSync(path.join(salvageOf(project), 'link')), 'nowhere');
  assert.deepEqual(leftIn(project), []);
  assert(eventsOf(project).includes('work-moved-aside'));
});

test('commits that somebody made there are kept by a ref; those that a branch reaches need none', async (t) => {
  const project = makeProject(t);
  worktreeOf(project);
  treeOf(project).write({ 'scripts/new.js': 'new\n' });
  const made = treeOf(project).commit();
  await tidy(await workspaceOf(project));
  assert.equal(project.git('rev-parse', `refs/loopbreaker/keep/${run}-head`), made);
  assert.deepEqual(movedAside(project), [], 'what is committed is not moved as well');
  project.git('branch', 'theirs', made);
  project.git('update-ref', '-d', `refs/loopbreaker/keep/${run}-head`);
  worktreeOf(project);
  treeOf(project).git('checkout', '-q', '--detach', 'theirs');
  await tidy(await workspaceOf(project));
  assert.equal(project.git('for-each-ref', 'refs/loopbreaker'), '');
  assert.deepEqual(leftIn(project), []);
});

test('a run that is over takes its own worktree away with all that its gate made, but not with a commit', async (t) => {
  const project = makeProject(t, ignoring);
  worktreeOf(project, self);
  const tree = treeOf(project);
  tree.write({ '.env': 'made by the gate\n', 'dist/main.js': '' });
  tree.git('commit', '-q', '--allow-empty', '-m', 'made in it');
  const made = tree.git('rev-parse', 'HEAD');
  await (await workspaceOf(project)).checkouts.remove(run);
  assert.deepEqual([leftIn(project), movedAside(project)], [[], []]);
  assert.equal(project.git('rev-parse', `refs/loopbreaker/keep/${run}-head`), made);
});

test('a pass that reaches its limit leaves the rest in the worktree, and the next pass goes on until nothing is left', async (t) => {
  const project = makeProject(t, ignoring);
  worktreeOf(project);
  treeOf(project).write({ 'one.txt': '1', 'three.txt': '333', 'two.txt': '22' });
  const workspace = await workspaceOf(project);
  const request = {
    git: workspace.runGit,
    commonDirectory: workspace.repository.commonDirectory,
    tree: treeOf(project).directory,
    commit: 'HEAD',
    generated: [],
    withChanged: true,
    into: path.join(workspace.store.files.salvage, run, 'x'),
  };
  const limits = salvageLimits;
  const narrow = { ...limits, bytes: 1 };
  assert.deepEqual(await salvage({ ...request, limits: narrow }), { files: 1, bytes: 1, left: 2 });
  const noTime = { ...limits, ms: 0 };
  assert.deepEqual(await salvage({ ...request, limits: noTime }), { files: 1, bytes: 3, left: 1 });
  assert.deepEqual(await salvage({ ...request, limits }), { files: 1, bytes: 2, left: 0 });
  assert.deepEqual(movedAside(project), ['one.txt', 'three.txt', 'two.txt']);
  assert.equal(project.git('status', '--porcelain'), '', 'the user’s index was not asked');
});

test('a worktree that holds more than one pass moves stays, and goes at a later start', async (t) => {
  const project = makeProject(t);
  worktreeOf(project);
  treeOf(project).write({ 'one.txt': '1', 'two.txt': '22' });
  const workspace = await workspaceOf(project);
  const removal = { ...workspace.removal, limits: { ...salvageLimits, files: 1 } };
  const [first] = await clearDead({ ...workspace, removal });
  assert(first?.end.removed === false);
  assert.match(first.end.why, /more work than one pass moves: 1 file was moved to .*salvage.*, 1 left/);
  await clearDead({ ...workspace, removal });
  assert.deepEqual([leftIn(project), movedAside(project)], [[], ['one.txt', 'two.txt']]);
});

test('a worktree whose commit is gone cannot be judged, so it stays and why is said', async (t) => {
  const project = makeProject(t);
  worktreeOf(project);
  project.remove('.git/worktrees/tree/HEAD');
  const record = { ...recordOf(project, ended), sha: '1'.repeat(40) };
  project.write({ [`${folder}/owner.json`]: JSON.stringify(record) });
  const [cleared] = await clearDead(await workspaceOf(project));
  assert(cleared?.end.removed === false);
  assert.match(cleared.end.why, /^git read-tree failed/);
  assert.notDeepEqual(leftIn(project), []);
});
