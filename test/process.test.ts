import assert from 'node:assert/strict';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { findGit, openGit, withoutLocalGit } from '../scripts/effects/git.ts';
import { executeAtOnce, executeDirectly, type ProcessRequest, timedOut } from '../scripts/effects/process.ts';
import { cleanEnvironment, makeRepository, temporaryDirectory } from './helpers/repository.ts';
import { isRefusal } from './helpers/state.ts';

const run = (argv: readonly [string, ...string[]], more: Partial<ProcessRequest> = {}) =>
  executeDirectly({ argv, cwd: process.cwd(), env: cleanEnvironment(), ...more });
const shell = (script: string, more: Partial<ProcessRequest> = {}) => run(['/bin/sh', '-c', script], more);

test('a child that everything waits for ends as any other: codes, signals, streams, input, descriptors, and no program', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a');
  const fd = openSync(file, 'w');
  t.after(() => closeSync(fd));
  const requests: readonly (Partial<ProcessRequest> & Pick<ProcessRequest, 'argv'>)[] = [
    { argv: ['/bin/sh', '-c', 'echo out; echo err >&2; exit 7'] },
    { argv: ['/bin/sh', '-c', 'kill -9 $$'] },
    { argv: ['/bin/sh', '-c', 'tr a-z A-Z; pwd; echo "$it"'], input: 'text', cwd: '/', env: { it: 'set' } },
    { argv: ['/bin/sh', '-c', 'cat; echo hello >&3'], inherit: [fd] },
    { argv: ['/nonexistent/program'] },
  ];
  for (const request of requests) {
    const whole = { cwd: process.cwd(), env: cleanEnvironment(), ...request };
    assert.deepEqual(await executeAtOnce(whole), await executeDirectly(whole), request.argv.join(' '));
  }
});

test('a child that everything waits for is ended after its time, and when it prints more than was meant', async () => {
  const at = (script: string, timeoutMs?: number) =>
    executeAtOnce({ argv: ['/bin/sh', '-c', script], cwd: '/', env: cleanEnvironment(), timeoutMs });
  assert.deepEqual(await at('sleep 60', 50), {
    exitCode: null,
    signal: 'SIGKILL',
    stdout: '',
    stderr: '',
    spawnError: timedOut,
  });
  const loud = await at('yes');
  assert.deepEqual([loud.exitCode, loud.stdout, loud.spawnError], [null, '', 'ENOBUFS']);
});

test('exit code and both streams of a child are told apart', async () => {
  const ended = await shell('echo out; echo err >&2; exit 7');
  assert.deepEqual(ended, { exitCode: 7, signal: null, stdout: 'out\n', stderr: 'err\n' });
});

test('a child that a signal ended has no exit code', async () => {
  const ended = await shell('kill -9 $$');
  assert.deepEqual([ended.exitCode, ended.signal], [null, 'SIGKILL']);
});

test('a program that is not there, or may not be executed, is an answer and not an exception', async (t) => {
  const file = path.join(temporaryDirectory(t), 'tool');
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o600);
  assert.equal((await run(['/nonexistent/program'])).spawnError, 'ENOENT');
  assert.equal((await run([file])).spawnError, 'EACCES');
});

test('no shell reads the arguments', async () => {
  const odd = ['$(echo gone)', '`x`', '; rm -rf /', '*', '-n', "it's", 'a\nb', ''];
  const ended = await run([process.execPath, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...odd]);
  assert.deepEqual(JSON.parse(ended.stdout), odd);
});

test('text that is split between two chunks is put together whole', async () => {
  const ended = await run([process.execPath, '-e', 'process.stdout.write("é€😀".repeat(100000))']);
  assert.equal(ended.stdout, 'é€😀'.repeat(100_000));
});

test('a child reads its input to the end, and one that does not read it does no harm', async () => {
  const input = 'x'.repeat(1024 * 1024);
  assert.equal((await shell('wc -c', { input })).stdout.trim(), String(input.length));
  assert.equal((await shell('exit 3', { input })).exitCode, 3);
  assert.equal((await shell('cat')).stdout, '', 'without input it is at its end at once');
});

test('a descriptor that is handed on is number 3 in the child, and no other one is there', async (t) => {
  const file = path.join(temporaryDirectory(t), 'a');
  const fd = openSync(file, 'w');
  await shell('echo hello >&3', { inherit: [fd] });
  closeSync(fd);
  assert.equal(readFileSync(file, 'utf8'), 'hello\n');
  assert.notEqual((await shell('echo hello >&3')).exitCode, 0);
});

test('a time limit ends a child, one that does not listen to SIGTERM, and the wait for a grandchild that keeps the pipe', async () => {
  const begin = process.hrtime.bigint();
  const [plain, deaf, orphaned] = await Promise.all([
    run(['sleep', '60'], { timeoutMs: 100 }),
    shell('trap "" TERM; echo deaf; while :; do sleep 0.1; done', { timeoutMs: 500 }),
    shell('sleep 60 & echo done', { timeoutMs: 100 }),
  ]);
  assert.equal(plain.signal, 'SIGTERM');
  assert.deepEqual([deaf.signal, deaf.stdout], ['SIGKILL', 'deaf\n']);
  assert.equal(orphaned.stdout, 'done\n');
  assert.ok(Number(process.hrtime.bigint() - begin) / 1e9 < 50, 'none of them was waited for to its own end');
});

test('git is found outside the repository and node_modules, and a folder of that name is not taken for it', (t) => {
  const repository = makeRepository(t);
  const place = (directory: string) => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, 'git'), '#!/bin/sh\n');
    chmodSync(path.join(directory, 'git'), 0o755);
    return directory;
  };
  const elsewhere = temporaryDirectory(t);
  const inside = place(path.join(repository.directory, 'tools'));
  const dropped = place(path.join(elsewhere, 'node_modules', '.bin'));
  const real = place(path.join(elsewhere, 'bin'));
  const linked = path.join(elsewhere, 'linked');
  symlinkSync(inside, linked);
  const leading = path.join(repository.directory, 'leading');
  mkdirSync(leading);
  symlinkSync(path.join(place(path.join(elsewhere, 'evil')), 'git'), path.join(leading, 'git'));
  const folder = path.join(elsewhere, 'folder');
  mkdirSync(path.join(folder, 'git'), { recursive: true });
  const onPath = (...directories: readonly string[]) => ({ PATH: directories.join(path.delimiter) });
  const found = findGit(onPath('', '.', 'tools', inside, linked, leading, dropped, folder, real), repository.directory);
  assert.equal(found, path.join(real, 'git'));
  assert.throws(() => findGit(onPath(inside, dropped), repository.directory), isRefusal('git-missing', 78));
  assert.throws(() => findGit({}, repository.directory), isRefusal('git-missing', 78));
});

test('a repository that a hook is in does not reach git through the environment', async (t) => {
  const mine = makeRepository(t, { files: { 'a.txt': 'a' } });
  const other = makeRepository(t, { files: { 'b.txt': 'b' } });
  const hook = {
    ...cleanEnvironment(),
    GIT_DIR: path.join(other.directory, '.git'),
    GIT_INDEX_FILE: 'x',
    GIT_WORK_TREE: other.directory,
  };
  const git = openGit(mine.directory, hook);
  assert.equal((await git(['rev-parse', 'HEAD'])).stdout.trim(), mine.git('rev-parse', 'HEAD'));
  assert.equal((await git(['ls-files'])).stdout, 'a.txt\n');
});

test('every variable that git itself calls local is removed', (t) => {
  const repository = makeRepository(t);
  const names = repository.git('rev-parse', '--local-env-vars').split('\n');
  const set = Object.fromEntries([...names, 'GIT_AUTHOR_NAME', 'PATH'].map((name) => [name, 'x']));
  assert.deepEqual(withoutLocalGit(set), { GIT_AUTHOR_NAME: 'x', PATH: 'x' });
});

test('settings of the repository that run programs do not run any through our door', async (t) => {
  const repository = makeRepository(t, { files: { 'a.txt': 'a' } });
  const trace = path.join(temporaryDirectory(t), 'ran');
  const spy = path.join(temporaryDirectory(t), 'spy');
  writeFileSync(spy, `#!/bin/sh\necho "$0" >> ${trace}\n`);
  chmodSync(spy, 0o755);
  mkdirSync(path.join(repository.directory, 'hooks'));
  for (const hook of ['post-checkout', 'post-commit', 'reference-transaction', 'post-index-change']) {
    symlinkSync(spy, path.join(repository.directory, 'hooks', hook));
  }
  repository.git('config', 'core.hooksPath', 'hooks');
  repository.git('config', 'core.fsmonitor', spy);
  const git = openGit(repository.directory, cleanEnvironment());
  const commands = [
    ['status'],
    ['update-ref', 'refs/loopbreaker/x', 'HEAD'],
    ['worktree', 'add', '--detach', 'wt', 'HEAD'],
  ];
  for (const command of commands) assert.equal((await git(command)).exitCode, 0, command.join(' '));
  assert.throws(() => readFileSync(trace), { code: 'ENOENT' });
});
