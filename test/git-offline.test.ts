import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openOffline } from '../scripts/effects/git-offline.ts';
import { stagedSince } from '../scripts/effects/index-difference.ts';
import { executeAtOnce } from '../scripts/effects/process.ts';
import {
  cleanEnvironment,
  makeBareRemote,
  makeRepository,
  type Repository,
  repositoryAt,
  temporaryDirectory,
} from './helpers/repository.ts';

interface Owner {
  after(dispose: () => void): void;
}

/** A program that writes down that it ran, and what has run so far. */
function makeSpy(t: Owner): { readonly file: string; readonly ran: () => string } {
  const folder = temporaryDirectory(t);
  const [file, log] = [path.join(folder, 'spy'), path.join(folder, 'ran')];
  writeFileSync(file, `#!/bin/sh\necho "$0 $*" >> '${log}'\nexit 1\n`);
  chmodSync(file, 0o755);
  return { file, ran: () => (existsSync(log) ? readFileSync(log, 'utf8') : '') };
}

function compare(repository: Repository, commit: string): Promise<string | null> {
  return stagedSince(openOffline(repository.directory, cleanEnvironment(), executeAtOnce), commit, undefined);
}

test('settings that are not asked for run no program: fsmonitor, filters, external diff, textconv, pager, hooks', async (t) => {
  const repository = makeRepository(t, { files: { 'a.txt': 'one\n', '.gitattributes': '* filter=spy diff=spy\n' } });
  const head = repository.git('rev-parse', 'HEAD');
  repository.write({ 'a.txt': 'two\n' });
  repository.git('add', '-A');
  const spy = makeSpy(t);
  mkdirSync(path.join(repository.directory, 'hooks'));
  for (const hook of ['post-index-change', 'reference-transaction', 'fsmonitor-watchman'])
    symlinkSync(spy.file, path.join(repository.directory, 'hooks', hook));
  const settings = {
    'core.hooksPath': 'hooks',
    'core.fsmonitor': spy.file,
    'core.pager': spy.file,
    'pager.diff-index': spy.file,
    'diff.external': spy.file,
    'diff.spy.command': spy.file,
    'diff.spy.textconv': spy.file,
    'filter.spy.clean': spy.file,
    'filter.spy.process': spy.file,
    'filter.spy.smudge': spy.file,
    'alias.diff-index': `!${spy.file}`,
    'hook.spy.command': spy.file,
    'hook.spy.event': 'post-index-change',
  };
  for (const [key, value] of Object.entries(settings)) repository.git('config', key, value);
  repository.write({ 'a.txt': 'three, which nobody has staged\n' });
  assert.match((await compare(repository, head)) ?? '', /^:100644 100644 [0-9a-f]+ [0-9a-f]+ M\0a\.txt\0$/);
  assert.equal(spy.ran(), '');
});

/** A clone that has commits and no trees, and an index of the last one. */
function makeTreeless(t: Owner): { readonly clone: Repository; readonly first: string } {
  const source = makeRepository(t, { files: { 'a.txt': 'one\n' } });
  const first = source.git('rev-parse', 'HEAD');
  source.write({ 'a.txt': 'two\n' });
  source.commit('second');
  const remote = makeBareRemote(t, source);
  remote.git('config', 'uploadpack.allowFilter', 'true');
  remote.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  const directory = temporaryDirectory(t);
  source.git('clone', '-q', '--filter=tree:0', `file://${remote.directory}`, directory);
  return { clone: repositoryAt(directory), first };
}

const remotes: Readonly<Record<string, (spy: string) => readonly (readonly [string, string])[]>> = {
  'the program of the other side': (spy) => [['remote.origin.uploadpack', spy]],
  'a helper of its own': () => [['remote.origin.vcs', 'spy']],
  'an ssh command': (spy) => [
    ['remote.origin.url', 'ssh://example.invalid/it'],
    ['core.sshCommand', spy],
  ],
};

for (const [what, settings] of Object.entries(remotes)) {
  test(`a tree that a partial clone lacks is not fetched, so its remote runs nothing: ${what}`, async (t) => {
    const { clone, first } = makeTreeless(t);
    const spy = makeSpy(t);
    const folder = path.dirname(spy.file);
    symlinkSync(spy.file, path.join(folder, 'git-remote-spy'));
    for (const [key, value] of settings(spy.file)) clone.git('config', key, value);
    const env = cleanEnvironment({ PATH: `${process.env.PATH ?? ''}${path.delimiter}${folder}` });
    // The person's own word for what may be used does not count here.
    const git = openOffline(clone.directory, { ...env, GIT_ALLOW_PROTOCOL: 'file:ext:ssh:spy' }, executeAtOnce);
    assert.equal(await stagedSince(git, first, undefined), null);
    assert.equal(spy.ran(), '');
    const head = clone.git('rev-parse', 'HEAD');
    assert.equal(await stagedSince(git, head, undefined), '', 'what was checked out is there');
  });
}

test('any other command is refused at this door, also the same one about the work tree or with contents', async (t) => {
  const repository = makeRepository(t, { files: { 'a.txt': 'a' } });
  const git = openOffline(repository.directory, cleanEnvironment(), executeAtOnce);
  const before = readdirSync(repository.directory);
  for (const args of [
    ['diff-index', '--raw', 'HEAD'],
    ['diff-index', '--cached', 'HEAD'],
    ['diff', '--cached', '--raw'],
  ])
    await assert.rejects(git(args), /is not for this door/);
  await assert.rejects(git(['clean', '-fdx']), /is not for this door/);
  assert.deepEqual(readdirSync(repository.directory), before);
});
