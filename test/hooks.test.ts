import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pushedTips } from '../scripts/core/pushed.ts';
import { gitWithHooks, makeOwnClone } from './helpers/own-clone.ts';
import { makeProject } from './helpers/project.ts';
import {
  cleanEnvironment,
  makeBareRemote,
  type Repository,
  repositoryAt,
  temporaryDirectory,
} from './helpers/repository.ts';

function headOf(clone: Repository): string {
  return clone.git('rev-parse', 'HEAD');
}

test('git refuses a commit that drops or unstages an entry point of this repository, and shows the way back', async (t) => {
  const clone = makeOwnClone(t);
  const head = headOf(clone);
  const refuse = (problem: RegExp, remedy: RegExp, ...args: readonly string[]) => {
    const end = gitWithHooks(clone, 'commit', '-q', '-m', 'it', ...args);
    assert.notEqual(end.exitCode, 0, end.output);
    assert.match(end.output.replace(/\s+/g, ' '), problem);
    assert.match(end.output, remedy);
    assert.equal(headOf(clone), head);
  };

  await t.test('unstaged with git rm --cached', () => {
    clone.git('rm', '-q', '--cached', 'scripts/auto-promote.ts');
    refuse(/scripts\/auto-promote\.ts is on disk but not in the index/, /^ +git add scripts\/auto-promote\.ts$/m);
    clone.git('add', 'scripts/auto-promote.ts');
  });

  await t.test('deleted with git rm', () => {
    clone.git('rm', '-q', 'scripts/auto-promote.ts');
    refuse(/this commit would delete scripts\/auto-promote\.ts/, /^ +git checkout HEAD -- scripts\/auto-promote\.ts$/m);
    clone.git('checkout', 'HEAD', '--', 'scripts/auto-promote.ts');
  });

  await t.test('an import of it deleted', () => {
    clone.git('rm', '-q', '--cached', 'scripts/core/retry.ts');
    refuse(/scripts\/core\/retry\.ts is on disk but not in the index/, /^ +git add scripts\/core\/retry\.ts$/m);
    clone.git('add', 'scripts/core/retry.ts');
  });

  await t.test('with git commit <path>, whose index is not the one in .git/index', () => {
    clone.git('rm', '-q', '--cached', 'scripts/status.ts');
    clone.write({ 'PROMPT.md': `Be brief.\n\n${readFileSync(path.join(clone.directory, 'PROMPT.md'), 'utf8')}` });
    // The commit of PROMPT.md alone still holds scripts/status.ts, although .git/index does not.
    const end = gitWithHooks(clone, 'commit', '-q', '-m', 'only the prompt', 'PROMPT.md');
    assert.equal(end.exitCode, 0, end.output);
    assert.equal(clone.git('ls-tree', '--name-only', 'HEAD', 'scripts/status.ts'), 'scripts/status.ts');
    clone.git('reset', '-q', '--hard', head);
    rmSync(path.join(clone.directory, 'scripts/status.ts'));
    refuse(
      /this commit would delete scripts\/status\.ts/,
      /git checkout HEAD -- scripts\/status\.ts/,
      'scripts/status.ts',
    );
    clone.git('reset', '-q', '--hard', head);
  });

  await t.test('a staged file that the formatter would change is refused and left as it is', () => {
    const ugly = 'export const   x   = "1"\n';
    clone.write({ 'scripts/core/ugly.ts': ugly });
    clone.git('add', 'scripts/core/ugly.ts');
    refuse(/Formatter would have printed/, /mend what is printed above, then git add it/);
    assert.equal(readFileSync(path.join(clone.directory, 'scripts/core/ugly.ts'), 'utf8'), ugly);
    assert.equal(clone.git('stash', 'list'), '');
    clone.git('rm', '-qf', 'scripts/core/ugly.ts');
  });

  await t.test('and a good commit goes through', () => {
    clone.write({ 'scripts/core/fine.ts': 'export const x = 1;\n' });
    clone.git('add', 'scripts/core/fine.ts');
    clone.write({ '.git/loopbreaker/bypass/pre-commit.main': 'x', '.git/loopbreaker/bypass/pre-push.main': 'x' });
    const end = gitWithHooks(clone, 'commit', '-q', '-m', 'fine');
    assert.equal(end.exitCode, 0, end.output);
    assert.match(end.output, /this commit: \d+ files of the index, fit to run/);
    const bypasses = readdirSync(path.join(clone.directory, '.git/loopbreaker/bypass'));
    assert.deepEqual(bypasses, ['pre-push.main'], 'what went round this hook before is over');
    const told = readFileSync(path.join(clone.directory, '.git/loopbreaker/events.jsonl'), 'utf8');
    assert.match(told, /"hook-bypassed".*"hook":"pre-commit".*"why":"x"/);
  });
});

test('a hook that cannot run says in one sentence what to do, and refuses', async (t) => {
  const clone = makeOwnClone(t);
  const remedies = [
    ['scripts/cli.ts', /to mend it: cd '.*' && git checkout HEAD -- bin scripts$/m],
    ['bin/loopbreaker.js', /loopbreaker is not installed here \(bin\/loopbreaker\.js is missing\)/],
    ['node_modules', /to mend it: cd '.*' && npm ci$/m],
  ] as const;
  for (const [gone, sentence] of remedies) {
    await t.test(`without ${gone}`, () => {
      rmSync(path.join(clone.directory, gone), { recursive: true });
      const end = gitWithHooks(clone, 'commit', '-q', '--allow-empty', '-m', 'it');
      assert.notEqual(end.exitCode, 0);
      assert.match(end.output, sentence);
      if (gone !== 'node_modules') clone.git('checkout', '--', gone);
    });
  }
});

test('pre-push examines every pushed commit, skips what it must and refuses what would not run', async (t) => {
  const clone = makeOwnClone(t);
  const remote = makeBareRemote(t);
  clone.git('remote', 'add', 'origin', remote.directory);
  const push = (...args: readonly string[]) => gitWithHooks(clone, 'push', '-q', 'origin', ...args);

  await t.test('a good branch and an annotated tag are pushed', () => {
    clone.git('tag', '-a', 'v1', '-m', 'one');
    const end = push('main', 'v1');
    assert.equal(end.exitCode, 0, end.output);
    assert.match(end.output, /refs\/heads\/main: \d+ files of commit/);
  });

  await t.test('a commit without an entry point is refused although the work tree has it', () => {
    clone.git('checkout', '-q', '-b', 'broken');
    clone.git('rm', '-q', '--cached', 'scripts/loop.ts');
    clone.git('commit', '-q', '--no-verify', '-m', 'broken');
    clone.git('add', 'scripts/loop.ts');
    const end = push('broken');
    assert.notEqual(end.exitCode, 0);
    assert.match(end.output.replace(/\s+/g, ' '), /scripts\/loop\.ts is on disk but not in this commit/);
    assert.equal(remote.git('branch', '--list', 'broken'), '');
    clone.git('reset', '-q', '--hard', 'main');
  });

  await t.test('a commit that removes the manifest is refused, one from before it is skipped', () => {
    clone.git('rm', '-q', 'runtime-manifest.json');
    clone.git('commit', '-q', '--no-verify', '-m', 'no contract');
    const removed = push('broken');
    assert.notEqual(removed.exitCode, 0);
    assert.match(removed.output, /has no runtime-manifest\.json, but commits before it have/);
    const old = clone.git('commit-tree', '-m', 'old', clone.git('mktree', '--missing'));
    const end = push(`${old}:refs/heads/old`);
    assert.equal(end.exitCode, 0, end.output);
    assert.match(end.output, /skipped, [0-9a-f]{10} is from before runtime-manifest\.json was adopted/);
  });

  await t.test('deleting a remote branch and pushing a tag of a tree are skipped, and said', () => {
    clone.git('tag', 'a-tree', 'main^{tree}');
    const end = push(':old', 'a-tree');
    assert.equal(end.exitCode, 0, end.output);
    assert.match(end.output, /refs\/heads\/old: skipped, it is deleted/);
    assert.match(end.output, /refs\/tags\/a-tree: skipped, it is no commit/);
  });
});

test('what git writes on stdin is read by line, and every commit is examined once', () => {
  const [a, b, zero] = ['a'.repeat(40), 'b'.repeat(40), '0'.repeat(40)];
  const stdin = `refs/heads/x ${a} refs/heads/x ${zero}\nrefs/heads/y ${a} refs/heads/y ${b}\n(delete) ${zero} refs/heads/z ${b}\n`;
  assert.deepEqual(pushedTips(stdin), { tips: [{ localRef: 'refs/heads/x', sha: a }], deleted: ['refs/heads/z'] });
  assert.deepEqual(pushedTips(''), { tips: [], deleted: [] });
});

/** lintStaged in a process of its own: it runs git in the environment of its process. */
function runLintStaged(directory: string, main = directory) {
  const file = new URL('../scripts/effects/lint-staged.ts', import.meta.url).href;
  const code = `const { lintStaged } = await import('${file}'); const [root, commonDirectory] = process.argv.slice(1); console.log(await lintStaged({ root, commonDirectory }));`;
  const argv = ['--import', 'tsx', '--input-type=module', '--eval', code, directory, path.join(main, '.git')];
  const { stdout, stderr } = spawnSync('node', argv, { env: cleanEnvironment(), encoding: 'utf8' });
  return { said: `${stdout}${stderr}`, answer: stdout.trim().split('\n').at(-1) };
}

const lintStagedIn = (directory: string) => runLintStaged(directory).answer;

test('in a linked worktree without packages lint-staged finds the programs of the main one; a missing program is named', (t) => {
  const project = makeProject(t, { '.lintstagedrc.json': '{ "*.md": "prettiest --check" }' });
  const linked = path.join(temporaryDirectory(t), 'linked');
  project.git('worktree', 'add', '-q', linked);
  writeFileSync(path.join(linked, 'PROMPT.md'), 'Do it now.\n');
  repositoryAt(linked).git('add', '-A');
  const absent = runLintStaged(linked, project.directory);
  assert.equal(absent.answer, 'false');
  assert.match(absent.said, /prettiest --check.*ENOENT/);
  project.write({ 'node_modules/.bin/prettiest': '#!/bin/sh\n' });
  chmodSync(path.join(project.directory, 'node_modules/.bin/prettiest'), 0o755);
  assert.equal(runLintStaged(linked, project.directory).answer, 'true');
});

test('lint-staged only checks: a task that edits a file is refused, and the index stays as it was', (t) => {
  const project = makeProject(t);
  project.write({ 'PROMPT.md': 'Do it now.\n' });
  project.git('add', '-A');
  assert.equal(lintStagedIn(project.directory), 'true', 'a repository without its configuration is not touched');
  const staged = project.git('ls-files', '-s');
  project.write({ '.lintstagedrc.json': JSON.stringify({ '*.md': 'sh -c "echo more >> PROMPT.md"' }) });
  assert.equal(lintStagedIn(project.directory), 'false');
  assert.equal(project.git('ls-files', '-s'), staged);
  assert.equal(project.git('for-each-ref', 'refs/stash'), '');
  project.write({ '.lintstagedrc.json': JSON.stringify({ '*.md': 'true' }), 'PROMPT.md': 'Do it now.\n' });
  assert.equal(lintStagedIn(project.directory), 'true');
});

test("the repository's own lint-staged is the one that runs, of the version that it has chosen", (t) => {
  const project = makeProject(t);
  const own = (text: string) => ({ 'node_modules/lint-staged/index.js': text, '.lintstagedrc.json': '{}' });
  const packageJson = JSON.stringify({ name: 'lint-staged', type: 'module', exports: './index.js' });
  project.write({ 'node_modules/lint-staged/package.json': packageJson, ...own('export default () => false;\n') });
  assert.equal(lintStagedIn(project.directory), 'false');
  project.write(own('export default ({ cwd }) => cwd === process.argv[1];\n'));
  assert.equal(lintStagedIn(project.directory), 'true');
});

test('hook without a known name is wrong usage', () => {
  const cli = new URL('../scripts/cli.ts', import.meta.url).pathname;
  const end = spawnSync('node', ['--import', 'tsx', cli, 'hook', 'post-commit'], {
    env: cleanEnvironment(),
    encoding: 'utf8',
  });
  assert.equal(end.status, 2);
  assert.match(end.stderr, /takes pre-commit, pre-push or install, not "post-commit"/);
});
