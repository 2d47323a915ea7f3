/** Whatever a dead run left of its worktree is gone after one further start; whatever is not provably that stays. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { findGit } from '../scripts/effects/git.ts';
import { tidy } from '../scripts/hygiene.ts';
import {
  ended,
  eventsOf,
  folder,
  leftIn,
  movedAside,
  prepared,
  recordOf,
  run,
  self,
  workspaceOf,
  worktreeOf,
} from './helpers/dead-runs.ts';
import { makeProject } from './helpers/project.ts';
import { cleanEnvironment, type Repository, repositoryAt, temporaryDirectory } from './helpers/repository.ts';

const admin = '.git/worktrees/tree';

/** The hygiene of a start, as a program. */
function tidyProgram({ directory }: Repository): string {
  const [hygiene, workspace] = ['hygiene', 'workspace'].map(
    (name) => new URL(`../scripts/${name}.ts`, import.meta.url),
  );
  return `Promise.all([import('${hygiene}'), import('${workspace}')]).then(async ([{ tidy }, { openWorkspace }]) => {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' };
    await tidy(await openWorkspace({ directory: '${directory}', env, stderr: process.stderr, lenient: true }));
  })`;
}

/** Really kills git in the middle of `worktree add`, with everything that it has started: a filter does it. */
async function killedWhileAdding(project: Repository): Promise<void> {
  project.write({ '.gitattributes': 'zz-last filter=kill\n', 'zz-last': 'x\n' });
  project.commit();
  prepared(project);
  const kill = ['-c', 'filter.kill.smudge=kill -9 0', '-c', 'filter.kill.required=true'];
  const args = [...kill, 'worktree', 'add', '--quiet', '--detach', '--lock', '--', `${folder}/tree`, 'HEAD'];
  const env = cleanEnvironment();
  const git = spawn(findGit(env, project.directory), args, { cwd: project.directory, env, detached: true });
  const signal = await new Promise((resolve) => git.on('close', (_code, how) => resolve(how)));
  assert.equal(signal, 'SIGKILL');
  assert(existsSync(path.join(project.directory, folder, 'tree/PROMPT.md')), 'a part was checked out');
}

const states: Readonly<Record<string, (project: Repository) => void | Promise<void>>> = {
  'worktree add was killed half-way': killedWhileAdding,
  'worktree remove was killed in the middle of the tree': (project) => {
    worktreeOf(project);
    project.remove(`${folder}/tree/.git`, `${folder}/tree/scripts`);
  },
  'worktree remove was killed before it removed its entry': (project) => {
    worktreeOf(project);
    project.remove(`${folder}/tree`);
  },
  'worktree remove was killed in the middle of its entry': (project) => {
    worktreeOf(project);
    project.remove(`${folder}/tree`, `${admin}/gitdir`, `${admin}/HEAD`);
  },
  'the entry lost the file that names the tree, and the folder is gone': (project) => {
    worktreeOf(project);
    project.remove('loop', `${admin}/gitdir`);
  },
  'the folder is gone and the entry is left': (project) => {
    worktreeOf(project);
    project.remove('loop');
  },
  'the run died before it wrote its record': (project) => {
    mkdirSync(path.join(project.directory, folder), { recursive: true });
    project.write({ 'loop/tmp-wt/.gitignore': '# Made by loopbreaker, which removes it again.\n*\n' });
    project.write({ [`${folder}/owner.json.1.2.tmp`]: '{' });
  },
  'the run died before git began': (project) => prepared(project),
  'the record is empty': (project) => {
    worktreeOf(project);
    project.write({ [`${folder}/owner.json`]: '' });
  },
  'the record is gone': (project) => {
    worktreeOf(project);
    project.remove(`${folder}/owner.json`);
  },
  'locks of a killed git are in the entry': (project) => {
    worktreeOf(project);
    project.write({ [`${admin}/index.lock`]: '', [`${admin}/HEAD.lock`]: '' });
  },
  'the policy put worktrees elsewhere then': (project) => {
    worktreeOf(project, ended, `old/place/${run}`);
    prepared(project, ended, 'old/place/run-beside000000');
  },
  'the computer was started anew': (project) => worktreeOf(project, { ...self, bootId: 'another' }),
};

for (const [name, make] of Object.entries(states)) {
  test(`when ${name}, the next start leaves nothing behind`, async (t) => {
    const project = makeProject(t);
    await make(project);
    await tidy(await workspaceOf(project));
    assert.deepEqual(leftIn(project), []);
    assert(!existsSync(path.join(project.directory, 'old')), 'folders of ours are gone');
    assert.equal(project.git('worktree', 'list', '--porcelain').match(/^worktree /gm)?.length, 1);
    assert.equal(project.git('status', '--porcelain'), '');
    assert.deepEqual(movedAside(project), [], 'nothing in it was work');
    assert(eventsOf(project).includes('worktree-removed'));
  });
}

const stays: Readonly<Record<string, (project: Repository) => void>> = {
  'its run is alive': (project) => worktreeOf(project, self),
  'its run is on another host': (project) => worktreeOf(project, { ...ended, host: 'elsewhere' }),
  'no record says who made it': (project) => {
    worktreeOf(project);
    project.remove(`${folder}/owner.json`);
    project.write({ [`${admin}/locked`]: 'initializing' });
  },
  'it is somebody else’s': (project) => void project.git('worktree', 'add', '-q', '--detach', 'loop/feature'),
  'it is somebody else’s and gone': (project) => {
    project.git('worktree', 'add', '-q', '--detach', 'loop/feature');
    project.remove('loop/feature');
    project.write({ 'loop/x': '' });
  },
  'a record of ours lies beside a worktree with another name': (project) => {
    project.git('worktree', 'add', '-q', '--detach', 'loop/mine/tree');
    project.write({ 'loop/mine/owner.json': JSON.stringify(recordOf(project, ended)) });
  },
  'a link has the name of a run': (project) => {
    mkdirSync(path.join(project.directory, 'loop/tmp-wt'), { recursive: true });
    project.write({ 'loop/mine/owner.json': JSON.stringify(recordOf(project, ended)), 'loop/mine/tree/x': '' });
    symlinkSync('../mine', path.join(project.directory, folder));
  },
};

for (const [name, make] of Object.entries(stays)) {
  test(`a worktree stays when ${name}`, async (t) => {
    const project = makeProject(t);
    make(project);
    const before = [leftIn(project), project.git('worktree', 'list', '--porcelain')];
    await tidy(await workspaceOf(project));
    assert.deepEqual([leftIn(project), project.git('worktree', 'list', '--porcelain')], before);
    assert.deepEqual(eventsOf(project), []);
  });
}

test('a dead run’s worktree in which a process works stays until that has ended', async (t) => {
  const project = makeProject(t);
  worktreeOf(project);
  const shell = spawn('cat', {
    cwd: path.join(project.directory, folder, 'tree'),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  t.after(() => shell.kill());
  await new Promise((resolve) => shell.on('spawn', resolve));
  await tidy(await workspaceOf(project));
  assert.deepEqual(eventsOf(project), ['worktree-kept']);
  const over = new Promise((resolve) => shell.on('close', resolve));
  shell.stdin.end();
  await over;
  await tidy(await workspaceOf(project));
  assert.deepEqual(leftIn(project), []);
});

test('a worktree that a git which outlived its run is still filling stays until that has ended', async (t) => {
  const project = makeProject(t);
  worktreeOf(project);
  const place = path.join(project.directory, folder, 'tree');
  const args = ['-c', `a.b=${place}`, 'hash-object', '--stdin'];
  const git = spawn('git', args, { cwd: '/', stdio: ['pipe', 'ignore', 'ignore'], env: cleanEnvironment() });
  t.after(() => git.kill());
  await new Promise((resolve) => git.on('spawn', resolve));
  // It was started by another process, so it must not count as a child of this one.
  const other = ['--import', import.meta.resolve('tsx'), '-e', tidyProgram(project)];
  const first = spawnSync(process.execPath, other, { cwd: process.cwd(), encoding: 'utf8' });
  assert.equal(first.status, 0, first.stderr);
  assert.deepEqual(eventsOf(project), ['worktree-kept']);
  const over = new Promise((resolve) => git.on('close', resolve));
  git.stdin.end();
  await over;
  await tidy(await workspaceOf(project));
  assert.deepEqual(leftIn(project), []);
});

test('what dead runs left in another worktree’s folder is found from everywhere', async (t) => {
  const project = makeProject(t);
  const linked = path.join(temporaryDirectory(t), 'linked');
  project.git('worktree', 'add', '-q', '--detach', linked);
  worktreeOf(repositoryAt(linked));
  await tidy(await workspaceOf(project));
  assert(!existsSync(path.join(linked, 'loop')));
  assert(existsSync(path.join(linked, 'PROMPT.md')));
});

test('where nothing was left, a start asks git nothing', async (t) => {
  const project = makeProject(t);
  const workspace = await workspaceOf(project);
  const asked: string[] = [];
  const runGit = async (args: readonly string[]) => {
    asked.push(args.join(' '));
    return await workspace.runGit(args);
  };
  const git = { ...workspace.git, worktrees: () => Promise.reject(new Error('asked')) };
  await tidy({ ...workspace, runGit, git, removal: { ...workspace.removal, runGit, git } });
  assert.deepEqual(asked, []);
});
