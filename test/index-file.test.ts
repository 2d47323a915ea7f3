import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readIndex } from '../scripts/effects/index-file.ts';
import { countingHook } from './helpers/counting-hook.ts';
import { makeProject } from './helpers/project.ts';
import { makeRepository, type Repository, repositoryAt, temporaryDirectory } from './helpers/repository.ts';

const modes: Readonly<Record<string, string>> = {
  '100644': '\x81\xa4',
  '100755': '\x81\xed',
  '120000': '\xa0\x00',
  '160000': '\xe0\x00',
};

const indexOf = ({ directory }: Repository): string => path.join(directory, '.git/index');

/** What is read of the index is what git lists of it, but for `announced` files. */
function readsAsGit(repository: Repository, shaBytes = 20, announced: readonly string[] = []): void {
  const listed = repository.git('ls-files', '-s', '-z').split('\0').slice(0, -1);
  const entries = listed
    .map((line) => /^(\d+) (\w+) 0\t([\s\S]*)$/.exec(line)?.slice(1) ?? [])
    .filter(([, , name]) => !announced.includes(name ?? ''));
  const read = readIndex(indexOf(repository), shaBytes);
  const latin = (name = ''): string => Buffer.from(name).toString('latin1');
  assert.equal(read?.shape, entries.map(([mode, , name]) => `${modes[mode ?? '']}${latin(name)}\0`).join(''));
  for (const [, sha, name] of entries) assert.equal(read?.shaOf(name ?? ''), sha, name);
  assert.equal(read?.shaOf('not there'), undefined);
}

function makeMixed(t: Parameters<typeof temporaryDirectory>[0]): Repository {
  const long = `${'long/'.repeat(40)}name`;
  const names = Array.from({ length: 20 }, (_, index) => `folder/${'x'.repeat(index)}.txt`);
  const files = Object.fromEntries([...names, long, 'ümlaut ß', 'a\tb\nc', 'empty'].map((name) => [name, name]));
  const repository = makeRepository(t, { files: { ...files, empty: '' } });
  symlinkSync('empty', path.join(repository.directory, 'link'));
  repository.git('add', '-A');
  repository.git('update-index', '--chmod=+x', 'empty');
  repository.git('update-index', '--add', '--cacheinfo', `160000,${repository.git('rev-parse', 'HEAD')},module`);
  return repository;
}

test('an index is read as git lists it: modes, odd and long names, marks on entries, and what is only announced', (t) => {
  const repository = makeMixed(t);
  readsAsGit(repository);
  repository.git('update-index', '--assume-unchanged', 'empty');
  repository.git('update-index', '--skip-worktree', 'ümlaut ß');
  repository.write({ later: 'x' });
  repository.git('add', '-N', 'later');
  readsAsGit(repository, 20, ['later']);
  repository.git('commit', '-q', '-m', 'all');
  readsAsGit(repository, 20, ['later']);
});

test('names of SHA-256 are read by their length, and not by another', (t) => {
  const repository = repositoryAt(temporaryDirectory(t));
  repository.git('init', '-q', '--object-format=sha256');
  repository.write({ 'a.txt': 'a', 'b/c.txt': 'c' });
  repository.git('add', '-A');
  readsAsGit(repository, 32);
  assert.equal(readIndex(indexOf(repository), 20), null);
});

test('an index that is no plain list is not read: another version, split, sparse, unmerged, very long names, torn, none', (t) => {
  const refuses = (change: (repository: Repository) => void): void => {
    const repository = makeMixed(t);
    assert.notEqual(readIndex(indexOf(repository), 20), null);
    change(repository);
    assert.equal(readIndex(indexOf(repository), 20), null);
  };
  refuses(({ git }) => git('update-index', '--index-version', '4'));
  refuses(({ git }) => git('update-index', '--split-index'));
  refuses(({ git }) => {
    git('commit', '-q', '-m', 'all');
    git('sparse-checkout', 'set', '--cone', '--sparse-index', 'long');
  });
  refuses(({ git, directory }) => {
    const blob = git('rev-parse', ':empty');
    const lines = [1, 2, 3].map((stage) => `100644 ${blob} ${stage}\tboth\n`).join('');
    writeFileSync(path.join(directory, '.git/stages'), lines);
    git('-c', 'alias.in=!git update-index --index-info < .git/stages', 'in');
  });
  refuses(({ git }) =>
    git('update-index', '--add', '--cacheinfo', `100644,${git('rev-parse', ':empty')},${'d/'.repeat(2100)}x`),
  );
  for (const cut of [4, 40, 100, -1, -21, -60]) {
    refuses((repository) => writeFileSync(indexOf(repository), readFileSync(indexOf(repository)).subarray(0, cut)));
  }
  assert.equal(readIndex('/nonexistent/index', 20), null);
});

test('what was found fit is known without any git, and with one call where the index cannot be read or settings changed', (t) => {
  const project = makeProject(t, { 'README.md': 'one\n' });
  const hook = countingHook(t, project);
  const calls = (): readonly [boolean, number] => {
    const end = hook();
    assert.equal(end.exitCode, 0, end.output);
    return [end.examined, end.calls.length];
  };
  assert.equal(calls()[0], true);
  assert.deepEqual(calls(), [false, 0]);
  project.git('config', 'user.name', 'Another Name');
  assert.deepEqual(
    [calls(), calls()],
    [
      [false, 1],
      [false, 0],
    ],
  );
  project.write({ 'scripts/core/two.js': 'export const two = 4;\n', 'README.md': 'two\n' });
  project.git('add', '-A');
  assert.deepEqual(calls(), [false, 0]);
  project.git('update-index', '--index-version', '4');
  assert.deepEqual(calls(), [false, 1]);
  project.git('rm', '-q', '--cached', 'scripts/core/two.js');
  assert.equal(hook().exitCode, 1);
});

test('an index that was read and one that git compared may follow each other: no text is taken for an older one', (t) => {
  const project = makeProject(t);
  const hook = countingHook(t, project);
  const stage = (text: string, version: number) => {
    project.write({ 'scripts/core/two.js': text });
    project.git('add', '-A');
    project.git('update-index', '--index-version', String(version));
    const { exitCode, examined } = hook();
    return [exitCode, examined];
  };
  const [good, other, bad] = [1, 2, 3].map(
    (n) => `${n === 3 ? "import './lost.js';\n" : ''}export const two = ${n};\n`,
  );
  assert.deepEqual(stage(good ?? '', 2), [0, true]);
  for (const version of [2, 4, 2]) {
    assert.deepEqual(stage(other ?? '', version), [0, false]);
    assert.deepEqual(stage(good ?? '', version), [0, false]);
    assert.deepEqual(stage(bad ?? '', version), [1, true]);
    const before = path.join(project.directory, '.git/before');
    copyFileSync(indexOf(project), before);
    assert.deepEqual(stage(other ?? '', version), [0, false]);
    copyFileSync(before, indexOf(project));
    assert.equal(hook().exitCode, 1);
  }
});
