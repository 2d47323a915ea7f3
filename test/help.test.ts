/** The help of every command: what a newcomer needs is in it, its examples are commands, and it fits the terminal. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { helpText } from '../scripts/report/help.ts';
import { assertTakes, callIn, commandsByName } from './helpers/commands.ts';
import { cleanEnvironment } from './helpers/repository.ts';

const commands = await commandsByName();
const root = fileURLToPath(new URL('..', import.meta.url));

/** The examples of a help text: the commands that stand after the word, each as its arguments. */
function examplesOf(usage: string): readonly string[] {
  const after = usage.slice(usage.search(/^Examples?:/m)).replace(/^Examples?:/, '');
  return after
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

for (const [name, { usage, options }] of commands) {
  test(`${name} --help says how it is called, its options, its exit codes and an example, in lines that fit`, () => {
    assert.match(usage.trim(), /^(npx loopbreaker|npm run) /);
    assert.match(usage, /^Exit codes: 0 /m);
    for (const option of Object.keys(options)) assert.ok(usage.includes(`--${option}`), `--${option} is not explained`);
    assert.deepEqual(
      usage.split('\n').filter((line) => line.length > 122),
      [],
    );
    const examples = examplesOf(usage);
    assert.ok(examples.length > 0, 'an example');
    for (const example of examples) {
      const call = callIn(example);
      assert.equal(call.name, name, example);
      assertTakes(commands, call, example);
    }
  });
}

test('the list of commands names every command of the program, its exit codes and what to try first', () => {
  const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', `${root}scripts/cli.ts`, '--help'], {
    cwd: root,
    env: cleanEnvironment(),
    encoding: 'utf8',
  });
  const listed = [...stdout.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, name = '']) => name);
  const own = ['bench', 'crash-matrix', 'test-matrix'];
  const wanted = [...commands.keys()].filter((name) => !own.includes(name));
  assert.deepEqual(
    wanted.filter((name) => !listed.includes(name)),
    [],
  );
  assert.match(stdout, /^Exit codes: 0 ok/m);
  for (const example of examplesOf(stdout)) assert.ok(listed.includes(callIn(example).name), example);
});

test('the list of commands and each help keep to the columns of a terminal, and to 80 where there is none', () => {
  const env = cleanEnvironment();
  const program = `${process.execPath} --import tsx scripts/cli.ts`;
  for (const name of ['', 'hold', 'clear', 'loop']) {
    const piped = spawnSync('sh', ['-c', `${program} ${name} --help`], { cwd: root, env, encoding: 'utf8' });
    const line = `stty cols 50; ${program} ${name} --help`;
    const narrow = spawnSync('script', ['-qec', line, '/dev/null'], { cwd: root, env, encoding: 'utf8' });
    for (const [{ stdout }, columns] of [
      [piped, 80],
      [narrow, 50],
    ] as const) {
      assert.match(stdout, /^Exit codes: 0 /m);
      // Examples are there to be copied.
      const prose = stdout.slice(0, stdout.search(/^Examples?:/m)).split(/\r?\n/);
      assert.deepEqual(
        prose.filter((text) => text.length > columns),
        [],
        `${name} at ${columns}`,
      );
    }
  }
});

test('on a narrow terminal a line goes on under its second column, commands stay whole, and words are the same', () => {
  const usage = commands.get('doctor')?.usage ?? '';
  const lines = helpText(usage, 60).split('\n');
  assert.deepEqual(
    lines.filter((line) => line.length > 60),
    [],
  );
  assert.ok(lines.includes('                   hooks, toolchain, state, worktrees,'), lines.join('\n'));
  assert.equal(helpText(usage, undefined), `${usage.trim()}\n`, 'a list that a program reads is not folded');
  assert.equal(lines.join(' ').split(/\s+/).join(' '), `${usage.trim().split(/\s+/).join(' ')} `);
  assert.equal(helpText(`a\n  ${'x'.repeat(70)} y`, 60), `a\n  ${'x'.repeat(70)}\n  y\n`);
  const example = `Example: echo ${'x'.repeat(60)} | npx loopbreaker hook pre-push`;
  assert.equal(helpText(example, 60), `${example}\n`, 'what is typed is not cut');
});
