import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { examine, findingsOf, makeProject, manifestWith, troubles } from './helpers/project.ts';
import { cleanEnvironment, type Repository, repositoryAt, temporaryDirectory } from './helpers/repository.ts';

const only = ['hooks'];
const husky = fileURLToPath(new URL('../node_modules/husky/bin.js', import.meta.url));

interface Owner {
  after(dispose: () => void): void;
}

function hookedProject(t: Owner): Repository {
  return makeProject(t, {
    'runtime-manifest.json': manifestWith({ hooks: ['pre-commit'] }),
    '.husky/pre-commit': 'echo the hook ran >&2\nexit 1\nnpx loopbreaker hook pre-commit\n',
    'package.json': JSON.stringify({ type: 'module', scripts: { prepare: `node ${husky}` } }),
  });
}

/** What the finding tells the person to type. */
function mend({ directory }: Repository, commands: readonly string[] = []): void {
  for (const command of commands) execFileSync('sh', ['-c', command], { cwd: directory, env: cleanEnvironment() });
}

test('hooks that were never installed are found, and the printed command makes git run them', async (t) => {
  const project = hookedProject(t);
  project.git('commit', '-q', '--allow-empty', '-m', 'no hook refuses this');
  const [finding] = findingsOf(await examine(project, 'worktree', only), 'hooks');
  assert.deepEqual([finding?.code, finding?.commands], ['hook-not-installed', ['npm run prepare']]);
  mend(project, finding?.commands);
  assert.deepEqual(troubles(await examine(project, 'worktree', only)), []);
  assert.throws(() => project.git('commit', '-q', '--allow-empty', '-m', 'refused'), /the hook ran/);
});

test('in a fresh linked worktree the hooks silently do not run, and the doctor says so there', async (t) => {
  const project = hookedProject(t);
  mend(project, ['npm run prepare']);
  const directory = path.join(temporaryDirectory(t), 'linked');
  project.git('worktree', 'add', '-q', directory);
  const linked = repositoryAt(directory);
  linked.git('commit', '-q', '--allow-empty', '-m', 'no hook refuses this either');
  const [finding] = findingsOf(await examine(linked, 'worktree', only), 'hooks');
  assert.equal(finding?.code, 'hook-not-installed');
  mend(linked, finding.commands);
  // husky looks for a folder .git and finds a file: what it makes of that is what git then runs.
  const fixed = troubles(await examine(linked, 'worktree', only)).length === 0;
  const refused = (() => {
    try {
      linked.git('commit', '-q', '--allow-empty', '-m', 'refused');
      return false;
    } catch {
      return true;
    }
  })();
  assert.deepEqual([fixed, refused], [true, true]);
});

test('a hook without its execute bit is ignored by git, and the printed command mends it', async (t) => {
  const project = hookedProject(t);
  mend(project, ['npm run prepare']);
  chmodSync(path.join(project.directory, '.husky/_/pre-commit'), 0o644);
  const [finding] = findingsOf(await examine(project, 'worktree', only), 'hooks');
  assert.equal(finding?.code, 'hook-not-executable');
  mend(project, finding.commands);
  assert.throws(() => project.git('commit', '-q', '--allow-empty', '-m', 'refused'), /the hook ran/);
});

test('core.hooksPath that leads elsewhere is named with the file that sets it', async (t) => {
  const project = hookedProject(t);
  project.git('config', 'core.hooksPath', 'nowhere');
  const [missing] = findingsOf(await examine(project, 'worktree', only), 'hooks');
  assert.equal(missing?.code, 'hook-elsewhere');
  assert.match(missing.problem, /core\.hooksPath = nowhere \(local, file:\.git\/config\)/);
  project.write({ 'nowhere/pre-commit': '#!/bin/sh\nexit 0\n' });
  chmodSync(path.join(project.directory, 'nowhere/pre-commit'), 0o755);
  assert.deepEqual(troubles(await examine(project, 'worktree', only)), ['hooks: hook-elsewhere .husky/pre-commit']);
  project.write({ 'nowhere/pre-commit': '#!/bin/sh\nexec sh .husky/pre-commit\n' });
  assert.deepEqual(troubles(await examine(project, 'worktree', only)), []);
});

test('a hook in .git/hooks that leads to the tracked one is fine, and so is hooksPath at .husky itself', async (t) => {
  const project = hookedProject(t);
  project.write({ '.git/hooks/pre-commit': '#!/bin/sh\nexec sh .husky/pre-commit "$@"\n' });
  chmodSync(path.join(project.directory, '.git/hooks/pre-commit'), 0o755);
  assert.deepEqual(troubles(await examine(project, 'worktree', only)), []);
  project.git('config', 'core.hooksPath', '.husky');
  assert.deepEqual(troubles(await examine(project, 'worktree', only)), [
    'hooks: hook-not-executable .husky/pre-commit',
  ]);
  chmodSync(path.join(project.directory, '.husky/pre-commit'), 0o755);
  assert.deepEqual(troubles(await examine(project, 'worktree', only)), []);
});

test('a tracked hook that is gone from disk makes husky go on without it, which is found', async (t) => {
  const project = hookedProject(t);
  mend(project, ['npm run prepare']);
  rmSync(path.join(project.directory, '.husky/pre-commit'));
  project.git('commit', '-q', '--allow-empty', '-m', 'no hook refuses this');
  assert.deepEqual(troubles(await examine(project, 'worktree', ['hooks', 'tracked'])), [
    'tracked: path-deleted-on-disk .husky/pre-commit',
    'hooks: hook-silent .husky/pre-commit',
  ]);
});

test('HUSKY=0 in the environment is an error, and CI and other trees are skipped with the reason', async (t) => {
  const project = hookedProject(t);
  mend(project, ['npm run prepare']);
  assert.deepEqual(troubles(await examine(project, 'worktree', only, { HUSKY: '0' })), ['hooks: hook-disabled .husky']);
  const [inCi] = (await examine(project, 'worktree', only, { CI: 'true' })).checks;
  assert.deepEqual([inCi?.status, inCi?.reason], ['skip', 'no hooks are needed in CI (CI is set)']);
  const [inGate] = (await examine(project, 'worktree', only, { HUSKY: '0', LOOPBREAKER_CHILD: 'x' })).checks;
  assert.deepEqual([inGate?.status, inGate?.reason], ['skip', 'loopbreaker runs this without hooks']);
  const [onIndex] = (await examine(project, 'index', only)).checks;
  assert.equal(onIndex?.status, 'skip');
});

test('a hook that fires and does not call loopbreaker checks nothing, and is told; one that loopbreaker has no command for is not', async (t) => {
  const project = hookedProject(t);
  mend(project, ['npm run prepare']);
  project.write({
    'runtime-manifest.json': manifestWith({ hooks: ['pre-commit', 'commit-msg'] }),
    '.husky/pre-commit': '# npx loopbreaker hook pre-commit\nnpm run lint\n',
    '.husky/commit-msg': 'npm run words\n',
  });
  project.git('add', '-A');
  const [finding] = findingsOf(await examine(project, 'worktree', only), 'hooks');
  assert.equal(finding?.code, 'hook-not-called');
  project.write({
    'package.json': JSON.stringify({ scripts: { lint: 'loopbreaker hook pre-commit', prepare: 'husky' } }),
  });
  assert.deepEqual(troubles(await examine(project, 'worktree', only)), [], 'by a package script');
});
