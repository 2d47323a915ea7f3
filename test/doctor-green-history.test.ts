import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openGit } from '../scripts/effects/git.ts';
import { stagedSince } from '../scripts/effects/index-difference.ts';
import { type Counted, countingHook } from './helpers/counting-hook.ts';
import { makeProject, projectFiles } from './helpers/project.ts';
import {
  cleanEnvironment,
  makeRepository,
  type Repository,
  repositoryAt,
  temporaryDirectory,
} from './helpers/repository.ts';

/** A project with an index whose entries only git reads: it is compared with a commit, but where git has noted its tree. */
function makeCompared(...[t, files]: Parameters<typeof makeProject>): Repository {
  const project = makeProject(t, files);
  project.git('update-index', '--index-version', '4');
  return project;
}

function fit(end: Counted, examined: boolean): void {
  assert.deepEqual([end.exitCode, end.examined], [0, examined], end.output);
}

function refused(end: Counted, problem: RegExp): void {
  assert.equal(end.exitCode, 1, end.output);
  assert.match(end.output.replace(/\s+/g, ' '), problem);
}

const withoutTwo = { 'scripts/core/one.js': 'export const two = 2;\n' };
const losesTwo = /scripts\/core\/two\.js is on disk but not in the index/;

test('what was found fit stays so when HEAD moves: by the commit itself, by others, by --amend and by going back', (t) => {
  const project = makeCompared(t, { 'README.md': 'one\n' });
  const hook = countingHook(t, project);
  fit(hook(), true);
  for (const text of ['two\n', 'three\n']) {
    project.write({ 'README.md': text });
    project.git('add', '-A');
    fit(hook(), false);
    project.git('commit', '-q', '-m', text);
    fit(hook(), false);
  }
  project.git('commit', '-q', '--amend', '-m', 'other words');
  fit(hook(), false);
  project.git('reset', '-q', '--hard', 'HEAD~2');
  fit(hook(), false);
});

test('a bad index is examined whatever HEAD is: also where HEAD was brought to have the very same tree', (t) => {
  const project = makeCompared(t);
  const hook = countingHook(t, project);
  fit(hook(), true);
  project.git('rm', '-q', '--cached', 'scripts/core/two.js');
  refused(hook(), losesTwo);
  project.git('commit', '-q', '-m', 'lost it');
  refused(hook(), losesTwo);
  project.git('add', '-A');
  fit(hook(), false);
});

test('what was staged beside the commit is part of what was found fit, and missed when it is unstaged', (t) => {
  const project = makeCompared(t, withoutTwo);
  project.git('rm', '-q', '--cached', 'scripts/core/two.js');
  project.git('commit', '-q', '-m', 'nobody needs it');
  project.write({ 'scripts/core/one.js': "export { two } from './two.js';\n" });
  project.git('add', '-A');
  const hook = countingHook(t, project);
  fit(hook(), true);
  fit(hook(), false);
  project.git('reset', '-q', '--', 'scripts/core/two.js');
  refused(hook(), losesTwo);
});

test('a source that is staged and unstaged again is known by the text that it has, not by the one that was found fit', (t) => {
  const project = makeCompared(t, { 'scripts/core/two.js': "import './lost.js';\nexport const two = 2;\n" });
  project.write({ 'scripts/core/two.js': 'export const two = 2;\n' });
  project.git('add', '-A');
  const hook = countingHook(t, project);
  fit(hook(), true);
  project.write({ 'scripts/core/two.js': 'export const two = 3;\n' });
  project.git('add', '-A');
  fit(hook(), false);
  project.git('reset', '-q');
  refused(hook(), /scripts\/core\/lost\.js/);
});

test('before the first commit nothing can be compared, so every try is examined', (t) => {
  const project = makeRepository(t);
  project.write(projectFiles);
  project.git('add', '-A');
  const hook = countingHook(t, project);
  for (let round = 0; round < 2; round += 1) fit(hook(), true);
  project.commit();
  fit(hook(), true);
  fit(hook(), false);
});

test('a commit that git no longer has is no loss: the next one is compared with', (t) => {
  const project = makeCompared(t);
  project.git('commit', '-q', '--amend', '-m', 'the root, to be replaced');
  const hook = countingHook(t, project);
  fit(hook(), true);
  project.git('commit', '-q', '--amend', '-m', 'the root');
  project.git('reflog', 'expire', '--expire=now', '--all');
  project.git('gc', '-q', '--prune=now');
  project.write({ 'PROMPT.md': 'Do it well.\n' });
  project.git('add', '-A');
  fit(hook(), true);
  fit(hook(), false);
});

test('after a commit of very many files the next one is examined, and known from then on', (t) => {
  const project = makeCompared(t);
  const hook = countingHook(t, project);
  fit(hook(), true);
  project.write(Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`docs/${index}.md`, `${index}\n`])));
  project.git('add', '-A');
  for (let round = 0; round < 2; round += 1) fit(hook(), true);
  project.git('commit', '-q', '-m', 'many');
  fit(hook(), true);
  fit(hook(), false);
});

test('each index is compared for itself: that of git commit <path>, and that of a linked worktree', (t) => {
  const project = makeCompared(t);
  const hook = countingHook(t, project);
  fit(hook(), true);
  const other = path.join(project.directory, '.git/next-index-1.lock');
  copyFileSync(path.join(project.directory, '.git/index'), other);
  project.git('rm', '-q', '--cached', 'scripts/core/two.js');
  fit(hook({ GIT_INDEX_FILE: other }), false);
  refused(hook(), losesTwo);
  const linked = repositoryAt(path.join(temporaryDirectory(t), 'linked'));
  project.git('worktree', 'add', '-q', '--detach', linked.directory);
  const inLinked = countingHook(t, linked);
  fit(inLinked(), true);
  fit(inLinked(), false);
  refused(hook(), losesTwo);
});

test('an empty file is remembered like any other, and one that is only announced is not of the commit', (t) => {
  const project = makeCompared(t, { 'docs/empty.md': '' });
  project.write({
    'scripts/core/one.js': "import './empty.js';\nexport const two = 2;\n",
    'scripts/core/empty.js': '',
  });
  project.git('add', '-A');
  const hook = countingHook(t, project);
  fit(hook(), true);
  fit(hook(), false);
  project.git('rm', '-q', '--cached', 'scripts/core/empty.js');
  project.git('add', '-N', 'scripts/core/empty.js');
  refused(hook(), /scripts\/core\/empty\.js is only announced/);
});

test('when somebody stages while the doctor looks, what he staged is not taken for what was found fit', (t) => {
  const project = makeCompared(t);
  const listed = path.join(temporaryDirectory(t), 'listed');
  const meanwhile = `case "$*" in
*ls-files*) "$git" "$@"; : > '${listed}'; exit ;;
*diff-index*) while [ ! -e '${listed}' ]; do :; done; "$git" rm -q --cached PROMPT.md ;;
esac`;
  fit(countingHook(t, project, meanwhile)(), true);
  refused(countingHook(t, project)(), /PROMPT\.md is on disk but not in the index/);
});

test('a difference tells of submodules whatever the settings ignore, and not of announced files', async (t) => {
  const project = makeCompared(t);
  const head = project.git('rev-parse', 'HEAD');
  project.git('config', 'diff.ignoreSubmodules', 'all');
  project.git('config', 'submodule.sub.ignore', 'all');
  project.write({ '.gitmodules': '[submodule "sub"]\n\tpath = sub\n\turl = ./sub\n\tignore = all\n', 'later.md': 'x' });
  project.git('update-index', '--add', '--cacheinfo', `160000,${head},sub`);
  project.git('add', '-N', 'later.md');
  const git = openGit(project.directory, cleanEnvironment());
  const none = '0'.repeat(40);
  assert.equal(await stagedSince(git, head, undefined), `:000000 160000 ${none} ${head} A\0sub\0`);
  assert.equal(await stagedSince(git, 'f'.repeat(40), undefined), null);
});
