import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openGit } from '../scripts/effects/git.ts';
import { findRepository, likelyRepository } from '../scripts/effects/repository.ts';
import { countingHook } from './helpers/counting-hook.ts';
import { makeProject } from './helpers/project.ts';
import { cleanEnvironment, makeRepository, repositoryAt, temporaryDirectory } from './helpers/repository.ts';

test('what a look at the disk tells of a repository is what git says: of a main and a linked worktree, and a git directory elsewhere', async (t) => {
  const repository = makeRepository(t, { files: { 'a/b.txt': 'b' } });
  const linked = path.join(temporaryDirectory(t), 'linked');
  repository.git('worktree', 'add', '-q', linked);
  const apart = path.join(temporaryDirectory(t), 'apart');
  repository.git('init', '-q', '--separate-git-dir', path.join(temporaryDirectory(t), 'it.git'), apart);
  for (const directory of [repository.directory, linked, apart]) {
    const told = await findRepository(openGit(directory, cleanEnvironment()), directory);
    assert.deepEqual(likelyRepository(directory), told);
  }
  assert.equal(likelyRepository(path.join(repository.directory, 'a')), null);
  assert.equal(likelyRepository(path.join(repository.directory, '.git')), null);
});

test('in a linked worktree too no git is needed to tell that what was found fit is the same, and one for an odd index', (t) => {
  const project = makeProject(t);
  const linked = repositoryAt(path.join(temporaryDirectory(t), 'linked'));
  project.git('worktree', 'add', '-q', '--detach', linked.directory);
  const hook = countingHook(t, linked);
  assert.equal(hook().examined, true);
  const known = hook();
  assert.deepEqual([known.exitCode, known.examined, known.calls.length], [0, false, 0], known.output);
  linked.git('update-index', '--index-version', '4');
  const compared = hook();
  assert.deepEqual([compared.exitCode, compared.examined, compared.calls.length], [0, false, 1], compared.output);
});

test('a git that does not say in which repository it works is asked for it, and nothing is examined again for that', (t) => {
  const project = makeProject(t);
  project.git('update-index', '--index-version', '4');
  assert.equal(countingHook(t, project)().examined, true);
  // git then has to find out which tree that makes, and has not noted it.
  project.write({ 'PROMPT.md': 'Do it well.\n' });
  project.git('add', '-A');
  const known = countingHook(t, project, 'unset GIT_TRACE_SETUP')();
  assert.deepEqual([known.exitCode, known.examined], [0, false], known.output);
  assert.match(known.calls.join('\n'), /^diff-index .*\nrev-parse /);
});

test('a repository whose git says now that it is bare is refused, although its index was found fit', (t) => {
  const project = makeProject(t);
  const hook = countingHook(t, project);
  assert.equal(hook().exitCode, 0);
  project.git('config', 'core.bare', 'true');
  const end = hook();
  assert.equal(end.exitCode, 78, end.output);
  assert.match(end.output, /core\.bare is true/);
});

test('a work tree that is elsewhere now is examined, although this index was found fit here', (t) => {
  const project = makeProject(t);
  const hook = countingHook(t, project);
  assert.equal(hook().exitCode, 0);
  const elsewhere = temporaryDirectory(t);
  cpSync(project.directory, elsewhere, { recursive: true, filter: (file) => path.basename(file) !== '.git' });
  project.git('config', 'core.worktree', elsewhere);
  assert.equal(hook().examined, true);
});

test('a broken repository inside of another: git works in the outer one, so what is remembered of the inner one does not count', (t) => {
  const outer = makeProject(t);
  const inner = repositoryAt(path.join(outer.directory, 'inner'));
  outer.git('clone', '-q', '.', inner.directory);
  const hook = countingHook(t, inner);
  assert.deepEqual([hook().examined, hook().examined], [true, false]);
  rmSync(path.join(inner.directory, '.git/HEAD'));
  assert.equal(hook().examined, true);
});
