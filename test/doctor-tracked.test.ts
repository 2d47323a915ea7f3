import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { examine, findingsOf, makeProject, manifestWith, troubles } from './helpers/project.ts';

const only = ['tracked'];

test('a project in which everything is committed is fit in the work tree, the index and the commit', async (t) => {
  const project = makeProject(t);
  for (const [tree, population] of [
    ['worktree', '10 files of the work tree'],
    ['index', '10 files of the index'],
    ['HEAD', `10 files of commit ${project.git('rev-parse', '--short=10', 'HEAD')}`],
  ] as const) {
    const result = await examine(project, tree);
    assert.deepEqual(troubles(result), []);
    assert.deepEqual([result.ok, result.tree, result.population], [true, tree, population]);
  }
});

test('a file that is only announced with git add -N is not held by git, and adding it mends that', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ files: ['PROMPT.md', 'notes.md', 'empty.md'] }),
  });
  project.write({ 'notes.md': 'x', 'empty.md': '' });
  project.git('add', '-N', 'notes.md');
  project.git('add', 'empty.md');
  for (const tree of ['index', 'worktree']) {
    assert.deepEqual(troubles(await examine(project, tree, only)), ['tracked: path-intent-to-add notes.md']);
  }
  const [finding] = findingsOf(await examine(project, 'index', only), 'tracked');
  assert.deepEqual(finding?.commands, ['git add notes.md']);
  project.git('add', 'notes.md');
  assert.equal((await examine(project, 'index', only)).ok, true);
});

test('a file kept from disk by skip-worktree is found, and its commands bring it back', async (t) => {
  const project = makeProject(t);
  project.git('update-index', '--skip-worktree', 'PROMPT.md');
  assert.equal((await examine(project, 'worktree', only)).ok, true, 'on disk it does no harm');
  project.remove('PROMPT.md');
  assert.equal((await examine(project, 'index', only)).ok, true, 'the commit contains it');
  assert.deepEqual(troubles(await examine(project, 'worktree', only)), ['tracked: path-skip-worktree PROMPT.md']);
  const [finding] = findingsOf(await examine(project, 'worktree', only), 'tracked');
  assert.deepEqual(finding?.commands, ['git update-index --no-skip-worktree PROMPT.md', 'git checkout -- PROMPT.md']);
  for (const command of finding?.commands ?? []) project.git(...command.split(' ').slice(1));
  assert.equal((await examine(project, 'worktree', only)).ok, true);
});

test('an ignored file is named with the rule that hides it, and git add -f mends it', async (t) => {
  const project = makeProject(t, {
    'scripts/.gitignore': '# built\n*.mjs\n',
    'runtime-manifest.json': manifestWith({ files: ['scripts/auto.mjs'] }),
  });
  project.write({ 'scripts/auto.mjs': 'x' });
  const [finding] = findingsOf(await examine(project, 'index', only), 'tracked');
  assert.equal(finding?.code, 'path-ignored');
  assert.match(finding.problem, /scripts\/\.gitignore:2: \*\.mjs/);
  assert.deepEqual(finding.commands, ['git add -f scripts/auto.mjs']);
  project.git('add', '-f', 'scripts/auto.mjs');
  assert.equal((await examine(project, 'index', only)).ok, true);
});

test('an untracked file is told apart from a missing one and from one in other capitals', async (t) => {
  const files = ['untracked.md', 'missing.md', 'Prompt.md'];
  const project = makeProject(t, { 'runtime-manifest.json': manifestWith({ files }) });
  project.write({ 'untracked.md': 'x' });
  const expected = [
    'tracked: path-untracked untracked.md',
    'tracked: path-missing missing.md',
    'tracked: path-other-case Prompt.md',
  ];
  assert.deepEqual(troubles(await examine(project, 'worktree', only)), expected);
  assert.deepEqual(troubles(await examine(project, 'HEAD', only)), expected);
});

test('a file deleted on disk is missing in the work tree only, and one staged for deletion in the index', async (t) => {
  const project = makeProject(t);
  project.remove('PROMPT.md');
  assert.deepEqual(troubles(await examine(project, 'worktree', only)), ['tracked: path-deleted-on-disk PROMPT.md']);
  assert.equal((await examine(project, 'index', only)).ok, true);
  project.git('add', '-A');
  const [finding] = findingsOf(await examine(project, 'index', only), 'tracked');
  assert.match(finding?.problem ?? '', /this commit would delete PROMPT\.md/);
  assert.deepEqual(finding?.commands, ['git checkout HEAD -- PROMPT.md']);
  assert.equal((await examine(project, 'HEAD', only)).ok, true);
  project.git('checkout', 'HEAD', '--', 'PROMPT.md');
  assert.equal((await examine(project, 'index', only)).ok, true);
});

test('a file deleted or moved by an earlier commit is named with that commit', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ files: ['PROMPT.md', 'old.md'] }),
    'old.md': 'a text\nof two lines\n',
  });
  project.git('mv', 'old.md', 'new.md');
  project.remove('PROMPT.md');
  const commit = project.commit().slice(0, 7);
  const findings = findingsOf(await examine(project, 'HEAD', only), 'tracked');
  assert.deepEqual(
    findings.map((finding) => finding.code),
    ['path-deleted-in-commit', 'path-deleted-in-commit'],
  );
  assert.match(
    findings[0]?.problem ?? '',
    new RegExp(`PROMPT\\.md was deleted in ${commit} \\(\\d{4}-\\d\\d-\\d\\d\\);`),
  );
  assert.match(findings[1]?.problem ?? '', new RegExp(`old\\.md was moved to new\\.md in ${commit}`));
});

test('a folder, a symbolic link, a submodule or a special file is no regular file', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ files: ['folder', 'link.md', 'sub', 'PROMPT.md'] }),
  });
  mkdirSync(path.join(project.directory, 'folder'));
  symlinkSync('PROMPT.md', path.join(project.directory, 'link.md'));
  project.git('update-index', '--add', '--cacheinfo', `160000,${project.git('rev-parse', 'HEAD')},sub`);
  project.git('add', 'link.md');
  project.remove('PROMPT.md');
  mkdirSync(path.join(project.directory, 'PROMPT.md'));
  const expected = ['folder', 'link.md', 'sub', 'PROMPT.md'].map((name) => `tracked: path-not-a-file ${name}`);
  assert.deepEqual(troubles(await examine(project, 'worktree', only)), expected);
  assert.deepEqual(troubles(await examine(project, 'index', only)), expected.slice(0, 3));
});

test('a file in conflict is not held as a file', async (t) => {
  const project = makeProject(t);
  project.git('checkout', '-q', '-b', 'side');
  project.write({ 'PROMPT.md': 'one\n' });
  project.commit();
  project.git('checkout', '-q', 'main');
  project.write({ 'PROMPT.md': 'two\n' });
  project.commit();
  assert.throws(() => project.git('merge', 'side'));
  for (const tree of ['index', 'worktree']) {
    assert.deepEqual(troubles(await examine(project, tree, only)), ['tracked: path-unmerged PROMPT.md']);
  }
});

test('an entry point without a runner needs the execute bit that git holds, not the one on disk', async (t) => {
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ entryPoints: [{ path: 'scripts/run.sh', runner: [] }] }),
    'scripts/run.sh': '#!/bin/sh\n',
  });
  const [finding] = findingsOf(await examine(project, 'index', only), 'tracked');
  assert.equal(finding?.code, 'not-executable');
  chmodSync(path.join(project.directory, 'scripts/run.sh'), 0o755);
  project.git('config', 'core.fileMode', 'false');
  assert.equal((await examine(project, 'index', only)).ok, false);
  project.git('update-index', '--chmod=+x', 'scripts/run.sh');
  assert.equal((await examine(project, 'index', only)).ok, true);
});

test('paths with spaces, quotes, line ends and other alphabets are asked for as they are', async (t) => {
  const files = ['a b.md', 'it\'s "so".md', 'two\nlines.md', 'größe-文.md', '-rf', ':(top)x', '*.md'];
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ files }),
    ...Object.fromEntries(files.map((file) => [file, 'x'])),
  });
  for (const tree of ['worktree', 'index', 'HEAD']) assert.deepEqual(troubles(await examine(project, tree, only)), []);
  project.git('rm', '-q', '--cached', '--', ...files.map((file) => `:(literal)${file}`));
  const findings = findingsOf(await examine(project, 'index', only), 'tracked');
  assert.deepEqual(
    findings.map((finding) => finding.target),
    files,
  );
  assert.deepEqual(findings[1]?.commands, [`git add 'it'\\''s "so".md'`]);
  assert.deepEqual(findings[2]?.commands, ["git add $'two\\x0alines.md'"]);
  assert.deepEqual(findings[4]?.commands, ['git add ./-rf']);
});

test('blobs that differ from disk are read from git, whatever bytes they hold', async (t) => {
  const project = makeProject(t);
  const staged = manifestWith({ files: ['PROMPT.md', 'gone.md'] });
  project.write({
    'runtime-manifest.json': staged,
    'policy/loop.json': '{"agent": {"command": ["\ufffd\u0000missing\n"]}}',
  });
  project.git('add', '-A');
  project.write({ 'runtime-manifest.json': 'not JSON', 'policy/loop.json': 'not JSON' });
  assert.deepEqual(troubles(await examine(project, 'index', only)), ['tracked: path-missing gone.md']);
  assert.deepEqual(troubles(await examine(project, 'HEAD', only)), []);
});

test('a revision that names no commit is wrong usage, not an empty tree', async (t) => {
  const project = makeProject(t);
  for (const revision of ['nowhere', '--all', 'HEAD:PROMPT.md']) {
    await assert.rejects(examine(project, revision), /names no commit here/);
  }
});
