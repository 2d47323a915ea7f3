/** The program as a person meets it before any command runs: its version, its names, and slips of the finger. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { installOfLockfile, lockfiles } from '../scripts/core/package-managers.ts';
import { cleanEnvironment, makeRepository } from './helpers/repository.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = path.join(root, 'scripts/cli.ts');

function loopbreaker(...args: readonly string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', cli, ...args], { env: cleanEnvironment(), encoding: 'utf8' });
}

test('--version and -v print the version of package.json', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  for (const option of ['--version', '-v']) {
    const { status, stdout } = loopbreaker(option);
    assert.deepEqual([status, stdout], [0, `loopbreaker ${version}\n`]);
  }
});

test('a misspelt command or option is wrong usage, and the one that was probably meant is named', () => {
  const slips = [
    [['docto'], 'there is no command "docto" - did you mean "doctor"?'],
    [['doctor', '--tre', 'index'], "Unknown option '--tre' - did you mean --tree?"],
    [['status', '--jsno'], "Unknown option '--jsno' - did you mean --json?"],
  ] as const;
  for (const [args, said] of slips) {
    const { status, stdout, stderr } = loopbreaker(...args);
    assert.deepEqual([status, stdout], [2, '']);
    assert.ok(stderr.startsWith(`loopbreaker: ${said}\n  to mend it: npx loopbreaker `), stderr);
  }
});

test('what resembles nothing is refused without a guess, and an option before the command is told where it belongs', () => {
  for (const args of [['quarantine-everything'], ['doctor', '--zzzzzzzz'], ['-C', '.', 'doctor']]) {
    const { status, stderr } = loopbreaker(...args);
    assert.equal(status, 2);
    assert.doesNotMatch(stderr, /did you mean/);
  }
  assert.match(loopbreaker('-C', '.', 'doctor').stderr, /options come after the command/);
});

test('auto-promote answers to the name that npm run has for it', () => {
  const [help, promote, autoPromote] = [['--help'], ['promote', '--help'], ['auto-promote', '--help']].map((args) =>
    loopbreaker(...args),
  );
  assert.match(help?.stdout ?? '', /^ {2}promote {2,}another name of auto-promote/m);
  assert.equal(promote?.status, 0);
  assert.equal(promote?.stdout, autoPromote?.stdout);
});

/** A clone of this program with these files and folders of it, in which nothing was installed. */
function bareClone(t: TestContext, ...parts: readonly string[]) {
  const clone = makeRepository(t);
  for (const part of parts) cpSync(path.join(root, part), path.join(clone.directory, part), { recursive: true });
  clone.commit();
  const run = (name: string, ...args: readonly string[]) =>
    spawnSync(name, args, { cwd: clone.directory, env: cleanEnvironment(), encoding: 'utf8' });
  return { ...clone, run };
}

test('without node_modules npm run says in a sentence what is missing and what brings it, and exits 78', (t) => {
  const { directory, run } = bareClone(t, 'bin', 'scripts', 'package.json');
  const { status, stderr } = run('npm', 'run', '--silent', 'status');
  assert.equal(status, 78);
  assert.match(stderr, /^loopbreaker: it cannot start, .*Cannot find package 'tsx'/m);
  assert.ok(stderr.includes(`  to mend it: cd '${directory}' && npm ci\n`), stderr);
  assert.doesNotMatch(stderr, /^\s+at /m);
});

test('without its packages the program names the install of the lockfile that lies there, as its sources do', (t) => {
  const { directory, run, write, remove } = bareClone(t, 'bin', 'scripts', 'package.json');
  const said = (): string | undefined => / && (.*)\n$/.exec(run('node', 'bin/loopbreaker.js', 'status').stderr)?.[1];
  assert.equal(said(), 'npm ci');
  for (const yarnrc of [null, '.yarnrc.yml']) {
    if (yarnrc !== null) write({ [yarnrc]: '' });
    for (const [lockfile] of lockfiles) {
      write({ [lockfile]: '' });
      assert.equal(
        said(),
        installOfLockfile((name) => existsSync(path.join(directory, name))),
        lockfile,
      );
      remove(lockfile);
    }
  }
  write({ 'yarn.lock': '', '.yarnrc.yml': '' });
  assert.equal(said(), 'yarn install --immutable');
});

test('without a file that the program itself imports, the printed command brings it back', (t) => {
  const { directory, run, remove } = bareClone(t, 'bin', 'scripts', 'policy', 'package.json', 'tsconfig.json');
  symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'node_modules'));
  remove('scripts/command.ts');
  const broken = run('node', 'bin/loopbreaker.js', '--help');
  assert.equal(broken.status, 78, broken.stderr);
  const command = /to mend it: (.*)/.exec(broken.stderr)?.[1] ?? 'false';
  assert.match(command, /git checkout HEAD -- bin scripts/);
  assert.equal(run('sh', '-c', command).status, 0);
  assert.equal(run('node', 'bin/loopbreaker.js', '--help').status, 0);
});

test('what an old build left in a checkout is not run when the sources are gone', (t) => {
  const { directory, run, remove, write } = bareClone(t, 'bin', 'scripts', 'policy', 'package.json', 'tsconfig.json');
  symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'node_modules'));
  write({ 'dist/cli.cjs': 'console.log("an old build");' });
  remove('scripts');
  const { status, stdout, stderr } = run('node', 'bin/loopbreaker.js', '--help');
  assert.deepEqual([status, stdout], [78, '']);
  assert.match(stderr, /to mend it: .*git checkout HEAD -- bin scripts/);
});

test('work that never ends is no success, whatever Node thinks of it', () => {
  const code = "const { exitWith } = await import('./scripts/command.ts'); exitWith(new Promise(() => undefined));";
  const argv = ['--import', 'tsx', '--input-type=module', '--eval', code];
  assert.equal(spawnSync(process.execPath, argv, { cwd: root, env: cleanEnvironment() }).status, 3);
});

test('the -- that pnpm hands on with the options of a script is passed over', () => {
  const { status, stdout } = loopbreaker('explain', '--', '--list', '--json');
  assert.deepEqual([status, JSON.parse(stdout).length > 50], [0, true]);
});
