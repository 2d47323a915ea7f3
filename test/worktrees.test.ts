/** `worktrees` as a person or a script calls it: whose is what, why it may go, and that only that goes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folderSize } from '../scripts/effects/folder-size.ts';
import { executeDirectly } from '../scripts/effects/process.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { type WorktreesReport, worktreesText } from '../scripts/report/worktrees.ts';
import { readWorktrees } from '../scripts/worktrees.ts';
import { ended, folder, leftIn, prepared, run, self, workspaceOf, worktreeOf } from './helpers/dead-runs.ts';
import { makeProject } from './helpers/project.ts';
import { cleanEnvironment, type Repository, repositoryAt, temporaryDirectory } from './helpers/repository.ts';

const cli = fileURLToPath(new URL('../scripts/cli.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

async function call(project: Repository, ...args: readonly string[]) {
  const argv = [process.execPath, '--import', tsx, cli, 'worktrees', '-C', project.directory, ...args] as const;
  const end = await executeDirectly({ argv: [argv[0], ...argv.slice(1)], cwd: '/', env: cleanEnvironment() });
  return end;
}

async function reportOf(project: Repository): Promise<WorktreesReport> {
  const report = await readWorktrees(await workspaceOf(project));
  assert.deepEqual(validateDocument('worktrees-output', report, 'worktrees'), []);
  return report;
}

async function told(project: Repository): Promise<readonly string[]> {
  const { worktrees } = await reportOf(project);
  return worktrees.map(({ path: place, state, ours, removable }) => {
    const name = path.relative(project.directory, place);
    return `${name} ${ours ? 'ours' : 'not ours'} ${state}${removable ? ' removable' : ''}`;
  });
}

/** One of every kind. */
function everyKind(project: Repository, places: string): void {
  worktreeOf(project, self, 'loop/tmp-wt/run-a0000000000a');
  worktreeOf(project, ended, 'loop/tmp-wt/run-b0000000000b');
  worktreeOf(project, { ...ended, host: 'elsewhere' }, 'loop/tmp-wt/run-c0000000000c');
  prepared(project, ended, 'loop/tmp-wt/run-d0000000000d');
  worktreeOf(project, ended, 'loop/tmp-wt/run-e0000000000e');
  project.remove('loop/tmp-wt/run-e0000000000e/tree');
  project.git('worktree', 'add', '-q', '-b', 'feature', path.join(places, 'feature'));
  project.git('worktree', 'add', '-q', '--detach', path.join(places, 'gone'));
  repositoryAt(places).remove('gone');
}

test('each worktree is told as what it is, whoever made it', async (t) => {
  const project = makeProject(t);
  const places = temporaryDirectory(t);
  everyKind(project, places);
  const at = (name: string) => path.relative(project.directory, path.join(places, name));
  assert.deepEqual((await told(project)).toSorted(), [
    `${at('feature')} not ours foreign`,
    `${at('gone')} not ours prunable`,
    'loop/tmp-wt/run-a0000000000a/tree ours living',
    'loop/tmp-wt/run-b0000000000b/tree ours dead removable',
    'loop/tmp-wt/run-c0000000000c/tree ours unknown-owner',
    'loop/tmp-wt/run-d0000000000d/tree ours half-made removable',
    'loop/tmp-wt/run-e0000000000e/tree ours prunable removable',
  ]);
  const feature = (await reportOf(project)).worktrees.find((one) => one.branch === 'refs/heads/feature');
  assert(feature !== undefined && feature.size.bytes > 0 && feature.size.complete);
});

test('--clean says first what would go and why, removes exactly that, and exits 1 for what has to stay', async (t) => {
  const project = makeProject(t);
  const places = temporaryDirectory(t);
  everyKind(project, places);
  repositoryAt(path.join(project.directory, 'loop/tmp-wt/run-b0000000000b/tree')).write({ 'new.txt': 'work\n' });
  const end = await call(project, '--clean');
  assert.equal(end.exitCode, 1, end.stderr);
  const [plan = '', done = ''] = end.stdout.split('\nremoved\n');
  assert.match(plan, /run-b0000000000b\/tree\n {4}dead: its run is dead: process \d+ has ended\n[\s\S]*--clean/);
  assert.match(
    done,
    /run-b0000000000b\/tree\n[\s\S]*1 file moved to\s+\S+salvage\S+\n[\s\S]*not removed\n[\s\S]*run-c0000000000c/,
  );
  const left = leftIn(project).filter((name) => name.startsWith('loop'));
  assert.deepEqual(left, ['loop/tmp-wt']);
  const [alive, elsewhere] = ['run-a0000000000a', 'run-c0000000000c'];
  assert.deepEqual(
    project
      .git('worktree', 'list', '--porcelain')
      .match(/run-[0-9a-z]+(?=\/tree\n)|feature$|gone$/gm)
      ?.toSorted(),
    ['feature', 'feature', 'gone', alive, elsewhere].toSorted(),
  );
});

test('--clean waits for nobody: while a promotion runs nothing is removed and the exit code is 75', async (t) => {
  const project = makeProject(t);
  worktreeOf(project);
  const { takeLock, store } = await workspaceOf(project);
  const lock = await takeLock(store.files.promoteLock, 0, run);
  const end = await call(project, '--clean', '--json');
  assert.equal(end.exitCode, 75);
  assert.match(end.stdout, /promote-lock-busy/);
  lock?.release();
  const again = await call(project, '--clean', '--json');
  const report: WorktreesReport = JSON.parse(again.stdout);
  assert.deepEqual(validateDocument('worktrees-output', report, 'stdout'), []);
  assert.deepEqual([again.exitCode, report.clean?.removed.length, report.worktrees], [0, 1, []]);
});

test('every command that is printed does what it says: then nothing is listed any more', async (t) => {
  const project = makeProject(t);
  const gone = path.join(temporaryDirectory(t), "it's gone");
  project.git('worktree', 'add', '-q', '--detach', gone);
  repositoryAt(path.dirname(gone)).remove("it's gone");
  worktreeOf(project, { ...ended, host: 'elsewhere' });
  project.git('update-ref', `refs/loopbreaker/keep/${run}`, 'HEAD');
  project.write({ [`.git/loopbreaker/salvage/${run}/20260105/x`]: '' });
  const { worktrees, keepRefs, salvage } = await reportOf(project);
  const commands = [...worktrees, ...keepRefs, ...salvage].flatMap((one) => one.commands);
  assert.equal(commands.length, 5);
  for (const command of commands) {
    execFileSync('sh', ['-c', command], { cwd: project.directory, env: cleanEnvironment(), stdio: 'pipe' });
  }
  assert.deepEqual(await reportOf(project), { worktrees: [], keepRefs: [], salvage: [], clean: null });
  assert(existsSync(path.join(project.directory, 'PROMPT.md')));
});

test('prose fits the screen, however narrow; paths and commands stay whole, so that they can be copied', async (t) => {
  const project = makeProject(t);
  worktreeOf(project);
  project.git('update-ref', `refs/loopbreaker/keep/${run}`, 'HEAD');
  const report = await reportOf(project);
  for (const width of [30, 80, 200]) {
    const lines = worktreesText(report, { width, colour: false }, Date.now()).split('\n');
    const whole = lines.filter((line) => /^ {2}\S/.test(line) || /^ {6}\S/.test(line));
    // A word that is longer than the line has one of its own.
    const tooLong = lines.filter((line) => line.length > width && !whole.includes(line) && /\S \S/.test(line));
    assert.deepEqual(tooLong, []);
    assert(whole.includes(`  ${path.join(project.directory, folder, 'tree')}`));
    assert(whole.includes('      npm run worktrees -- --clean'));
  }
  const empty = worktreesText(
    { worktrees: [], keepRefs: [], salvage: [], clean: null },
    { width: 80, colour: false },
    0,
  );
  assert.equal(empty, 'There is no linked worktree, and nothing is kept.\n');
});

test('a size that takes too long to count is told as at least so much', (t) => {
  const project = makeProject(t);
  assert.equal(folderSize(project.directory, performance.now() - 1).complete, false);
  assert.equal(folderSize(path.join(project.directory, 'nowhere'), performance.now() + 1000).complete, true);
});
