import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { blobsSince, type ReadTree } from '../scripts/core/tree-difference.ts';
import { treeOfIndex } from '../scripts/effects/index-tree.ts';
import { readLooseTree } from '../scripts/effects/loose-tree.ts';
import { countingHook } from './helpers/counting-hook.ts';
import { makeProject } from './helpers/project.ts';
import { makeRepository, type Repository, repositoryAt, temporaryDirectory } from './helpers/repository.ts';

const indexOf = ({ directory }: Repository): string => path.join(directory, '.git/index');
const treeOf = (repository: Repository, shaBytes = 20) => treeOfIndex(indexOf(repository), shaBytes);

/** As git does before it starts the hook: notes the tree of the index in it. */
function noted({ git }: Repository): string {
  return git('write-tree').trim();
}

const files = { 'a.txt': 'a', TREE: 'b', 'folder/TREE': 'c', 'folder/below/ümlaut': 'd', 'other/x': 'e' };

test('the tree of an index is told where git has noted it, in every form of index', (t) => {
  const forms = [['--index-version', '2'], ['--index-version', '4'], ['--untracked-cache'], ['--split-index']];
  for (const form of forms) {
    const repository = makeRepository(t, { files });
    repository.git('update-index', '-q', ...form);
    repository.write({ 'folder/TREE': form.join() });
    repository.git('add', '-A');
    assert.equal(treeOf(repository), null, `${form}: not known to git itself`);
    const tree = noted(repository);
    // Of a split index the file has those entries alone that git could not share: it is known by its tree if that is all.
    const isKnown = form[0] !== '--split-index' || treeOf(repository) !== null;
    if (isKnown) assert.equal(treeOf(repository), tree, `${form}`);
  }
  const repository = repositoryAt(temporaryDirectory(t));
  repository.git('init', '-q', '--object-format=sha256');
  repository.write(files);
  repository.git('add', '-A');
  assert.equal(treeOf(repository, 32), null);
  assert.equal(noted(repository), treeOf(repository, 32));
  assert.equal(treeOf(repository, 20), null);
});

test('the tree of an index with thousands of folders is told too', (t) => {
  const repository = makeRepository(t, { files });
  const blob = repository.git('rev-parse', ':a.txt');
  const lines = Array.from({ length: 4000 }, (_, index) => `100644 ${blob}\tmany/folder-${index}/TREE\n`);
  writeFileSync(path.join(repository.directory, '.git/lines'), lines.join(''));
  repository.git('-c', 'alias.in=!git update-index --index-info < .git/lines', 'in');
  assert.equal(treeOf(repository), null);
  assert.equal(noted(repository), treeOf(repository));
});

test('no tree is told of an index with more or less than what its commit has, or that is torn, or none', (t) => {
  const refuses = (change: (repository: Repository) => void): void => {
    const repository = makeRepository(t, { files });
    assert.equal(noted(repository), treeOf(repository));
    change(repository);
    assert.equal(treeOf(repository), null);
  };
  refuses(({ git }) => git('rm', '-q', '--cached', 'other/x'));
  refuses((repository) => {
    repository.write({ 'folder/later': 'x' });
    repository.git('add', '-N', 'folder/later');
    noted(repository);
  });
  for (const cut of [4, 12, -1, -21]) {
    refuses((repository) => writeFileSync(indexOf(repository), readFileSync(indexOf(repository)).subarray(0, cut)));
  }
  refuses((repository) => appendFileSync(indexOf(repository), '\0'));
  refuses((repository) => rmSync(indexOf(repository)));
});

test('what two trees differ in is what git says: texts in any depth; and nothing is told when more than texts does', (t) => {
  const repository = makeRepository(t, { files });
  const read: ReadTree = (sha) => readLooseTree(path.join(repository.directory, '.git'), sha);
  const then = noted(repository);
  const since = (change: () => void) => {
    repository.git('read-tree', then);
    change();
    const now = noted(repository);
    const told = repository.git('diff-tree', '-r', '-z', '--no-renames', then, now).split('\0').slice(0, -1);
    const shas = told.flatMap((line, at) => (at % 2 === 0 ? [[told[at + 1], line.split(' ')[3]] as const] : []));
    return [blobsSince(read, then, now), new Map(shas)] as const;
  };
  const stage = (name: string, text: string) => () => {
    repository.write({ [name]: text });
    repository.git('add', name);
  };
  const alike = (change: () => void) => {
    const [blobs, told] = since(change);
    assert.deepEqual(blobs, told);
    return told.size;
  };
  assert.equal(
    alike(() => undefined),
    0,
  );
  assert.equal(alike(stage('a.txt', 'other')), 1);
  assert.equal(alike(stage('folder/below/ümlaut', 'other')), 1);
  const all = () => Object.keys(files).forEach((name) => void stage(name, `more ${name}`)());
  assert.equal(alike(all), Object.keys(files).length);
  const more = [
    stage('folder/below/new', 'x'),
    () => repository.git('rm', '-q', '--cached', 'other/x'),
    () => repository.git('mv', 'other/x', 'other/y'),
    () => repository.git('update-index', '--chmod=+x', 'folder/TREE'),
    () => {
      rmSync(path.join(repository.directory, 'a.txt'));
      symlinkSync('TREE', path.join(repository.directory, 'a.txt'));
      repository.git('add', 'a.txt');
    },
  ];
  for (const change of more) assert.equal(since(change)[0], null, String(change));
});

test('of two names that are no UTF-8 nothing is told: both may be written the same', () => {
  const tree = (name: number, blob: number): Buffer =>
    Buffer.concat([Buffer.from('100644 '), Buffer.from([name, 0]), Buffer.alloc(20, blob)]);
  const [then, now] = ['1'.repeat(40), '2'.repeat(40)];
  const since = (name: number) => blobsSince((sha) => tree(name, sha === then ? 1 : 2), then, now);
  assert.deepEqual(since(0x61), new Map([['a', '02'.repeat(20)]]));
  assert.equal(since(0xff), null);
});

test('nothing is told where a tree is not an object of its own, is torn or another thing, or where very many folders differ', (t) => {
  const many = Array.from({ length: 60 }, (_, index) => [`folder-${index}/x`, 'x'] as const);
  const repository = makeRepository(t, { files: Object.fromEntries(many) });
  const common = path.join(repository.directory, '.git');
  const read: ReadTree = (sha) => readLooseTree(common, sha);
  const change = (count: number): string => {
    for (const [name] of many.slice(0, count)) repository.write({ [name]: String(count) });
    repository.git('add', '-A');
    return noted(repository);
  };
  const [then, few, tooMany] = [noted(repository), change(3), change(60)];
  assert.equal(blobsSince(read, then, few)?.size, 3);
  assert.equal(blobsSince(read, then, tooMany), null);
  assert.equal(readLooseTree(common, repository.git('rev-parse', `${then}:folder-0/x`)), null);
  const object = path.join(common, 'objects', few.slice(0, 2), few.slice(2));
  const whole = readFileSync(object);
  rmSync(object);
  for (const torn of [whole.subarray(0, -9), Buffer.concat([whole.subarray(0, 9), Buffer.alloc(9)]), Buffer.from('')]) {
    writeFileSync(object, torn);
    assert.equal(blobsSince(read, then, few), null);
  }
  writeFileSync(object, whole);
  assert.equal(blobsSince(read, then, few)?.size, 3);
  repository.git('commit', '-q', '-m', 'tree');
  repository.git('gc', '-q', '--prune=now');
  assert.equal(blobsSince(read, repository.git('rev-parse', 'HEAD^{tree}'), few), null);
});

test('of an index whose entries only git reads no git is asked where it has noted the tree, and once when it has packed the last', (t) => {
  const project = makeProject(t, { 'README.md': 'one\n', 'docs/deep/a.md': 'one\n' });
  project.git('update-index', '--index-version', '4');
  const hook = countingHook(t, project);
  const stage = (text: Readonly<Record<string, string>>) => {
    project.write(text);
    project.git('add', '-A');
    noted(project);
    const { exitCode, examined, calls } = hook();
    return [exitCode, examined, calls.length];
  };
  assert.deepEqual(stage({}).slice(0, 2), [0, true]);
  assert.deepEqual(stage({}), [0, false, 0]);
  assert.deepEqual(stage({ 'docs/deep/a.md': 'two\n' }), [0, false, 0]);
  assert.deepEqual(stage({ 'scripts/core/two.js': 'export const two = 4;\n', 'README.md': 'two\n' }), [0, false, 0]);
  assert.deepEqual(stage({ 'scripts/core/two.js': "import './lost.js';\nexport const two = 2;\n" }).slice(0, 2), [
    1,
    true,
  ]);
  assert.deepEqual(stage({ 'scripts/core/two.js': 'export const two = 5;\n' }), [0, false, 0]);
  project.git('commit', '-q', '-m', 'two');
  project.git('gc', '-q', '--prune=now');
  assert.deepEqual(stage({ 'README.md': 'three\n' }), [0, false, 1]);
  assert.deepEqual(stage({ 'README.md': 'four\n' }), [0, false, 0]);
  project.git('rm', '-q', '--cached', 'scripts/core/two.js');
  noted(project);
  const end = hook();
  assert.equal(end.exitCode, 1, end.output);
});

test('when somebody stages while git compares, the tree that was read before is not taken for the one that was compared', (t) => {
  const project = makeProject(t);
  project.git('update-index', '--index-version', '4');
  const meanwhile = `case "$*" in *diff-index*) "$git" add -A; "$git" write-tree > /dev/null ;; esac`;
  assert.equal(countingHook(t, project)().exitCode, 0);
  project.git('rm', '-q', '--cached', 'scripts/core/two.js');
  noted(project);
  project.git('config', 'user.name', 'Another Name');
  const compared = countingHook(t, project, meanwhile)();
  assert.deepEqual([compared.exitCode, compared.examined], [0, false], compared.output);
  project.git('rm', '-q', '--cached', 'scripts/core/two.js');
  noted(project);
  assert.equal(countingHook(t, project)().exitCode, 1);
});
