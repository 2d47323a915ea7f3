/** The program as a person meets it before any command runs: its version, its names, and slips of the finger. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './helpers/repository.ts';

const cli = fileURLToPath(new URL('../scripts/cli.ts', import.meta.url));

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
