import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { examine, projectFiles, troubles } from './helpers/project.ts';
import {
  cleanEnvironment,
  makeRepository,
  type Repository,
  repositoryAt,
  temporaryDirectory,
} from './helpers/repository.ts';
import { type Owner, projectFor, quickChecks } from './helpers/situations.ts';

/** A commit that somebody begins, and what the doctor says of the very index that git gives to its hook. */
interface Commit {
  readonly name: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly make: (project: Repository, owner: Owner) => Repository | undefined;
  /** After `git commit`. */
  readonly args: readonly string[];
  readonly expected: readonly string[];
}

function conflictSolved(project: Repository): void {
  project.git('checkout', '-q', '-b', 'side');
  project.write({ 'scripts/core/two.js': 'export const two = 3;\n' });
  project.commit();
  project.git('checkout', '-q', 'main');
  project.write({ 'scripts/core/two.js': 'export const two = 4;\n' });
  project.commit();
  assert.throws(() => project.git('merge', '-q', 'side'));
}

const commits: readonly Commit[] = [
  {
    name: 'git commit <path> leaves out what else is staged',
    make: (project) => {
      project.git('rm', '-q', '--cached', 'policy/loop.json');
      project.write({ 'PROMPT.md': 'Do it well.\n' });
      return undefined;
    },
    args: ['PROMPT.md'],
    expected: [],
  },
  {
    name: 'git commit <path> of a deleted file, which the index still holds',
    make: (project) => void project.remove('PROMPT.md'),
    args: ['PROMPT.md'],
    expected: ['tracked: path-missing PROMPT.md'],
  },
  {
    name: 'git commit -i <path> adds it to what is staged',
    make: (project) => {
      project.git('rm', '-q', '--cached', 'policy/loop.json');
      project.write({ 'PROMPT.md': 'Do it well.\n' });
      return undefined;
    },
    args: ['-i', 'PROMPT.md'],
    expected: ['tracked: path-untracked policy/loop.json'],
  },
  {
    name: 'git commit -a takes up the removal of a file that is only gone from disk',
    make: (project) => void project.remove('scripts/core/two.js'),
    args: ['-a'],
    expected: ['closure: path-missing scripts/core/two.js'],
  },
  {
    name: 'git commit --amend takes a needed file out of the last commit',
    make: (project) => void project.git('rm', '-q', '--cached', 'PROMPT.md'),
    args: ['--amend', '--no-edit'],
    expected: ['tracked: path-untracked PROMPT.md'],
  },
  {
    name: 'a merge commit whose conflict was solved well',
    make: (project) => {
      conflictSolved(project);
      project.write({ 'scripts/core/two.js': 'export const two = 5;\n' });
      project.git('add', '-A');
      return undefined;
    },
    args: [],
    expected: [],
  },
  {
    name: 'a merge commit whose conflict was solved by dropping the file',
    make: (project) => {
      conflictSolved(project);
      project.git('rm', '-q', 'scripts/core/two.js');
      return undefined;
    },
    args: [],
    expected: ['closure: path-missing scripts/core/two.js'],
  },
  {
    name: 'a merge commit whose conflict marks were added as they are',
    make: (project) => {
      conflictSolved(project);
      project.git('add', '-A');
      return undefined;
    },
    args: [],
    expected: ['closure: file-does-not-parse scripts/core/two.js'],
  },
  {
    name: 'the first commit of a repository',
    make: (_, owner) => {
      const fresh = makeRepository(owner);
      fresh.write(projectFiles);
      fresh.git('add', '-A');
      return fresh;
    },
    args: [],
    expected: [],
  },
  {
    name: 'a commit in a linked worktree, which has an index of its own',
    make: (project, owner) => {
      const directory = path.join(temporaryDirectory(owner), 'linked');
      project.git('worktree', 'add', '-q', '--detach', directory);
      const linked = repositoryAt(directory);
      linked.git('rm', '-q', '--cached', 'PROMPT.md');
      return linked;
    },
    args: [],
    expected: ['tracked: path-untracked PROMPT.md'],
  },
  {
    name: 'an empty commit',
    make: () => undefined,
    args: ['--allow-empty'],
    expected: [],
  },
];

/** The index that git has its pre-commit hook look at, kept aside. */
function indexOfCommit(repository: Repository, owner: Owner, args: readonly string[]): string {
  const folder = temporaryDirectory(owner);
  const kept = path.join(folder, 'index');
  repositoryAt(folder).write({ 'pre-commit': `#!/bin/sh\ncp "$GIT_INDEX_FILE" '${kept}'\nexit 1\n` });
  chmodSync(path.join(folder, 'pre-commit'), 0o755);
  const argv = ['-c', `core.hooksPath=${folder}`, 'commit', '-q', '-m', 'it', ...args];
  const ended = spawnSync('git', argv, { cwd: repository.directory, env: cleanEnvironment(), encoding: 'utf8' });
  assert(existsSync(kept), ended.stderr);
  return kept;
}

for (const { name, files, make, args, expected } of commits) {
  test(`the doctor looks at what git will commit in ${name}`, async (t) => {
    const project = projectFor(t, files);
    const repository = make(project, t) ?? project;
    const index = indexOfCommit(repository, t, args);
    const before = process.cwd();
    process.chdir(repository.directory); // As in the hook: the index is that of the repository it is run in.
    t.after(() => process.chdir(before));
    const result = await examine(repository, 'index', quickChecks, { GIT_INDEX_FILE: index });
    assert.deepEqual(troubles(result), expected);
  });
}
