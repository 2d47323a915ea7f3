/** The help of every command: what a newcomer needs is in it, its examples are commands, and it fits the terminal. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Command } from '../scripts/command.ts';
import { helpText } from '../scripts/report/help.ts';
import { cleanEnvironment } from './helpers/repository.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

function isCommand(value: unknown): value is Command {
  return typeof value === 'object' && value !== null && 'usage' in value && 'run' in value;
}

async function commandsOf(): Promise<ReadonlyMap<string, Command>> {
  const commands = new Map<string, Command>();
  for (const file of readdirSync(`${root}scripts`).filter((name) => name.endsWith('.ts') && name !== 'cli.ts')) {
    const { command }: { readonly command?: unknown } = await import(`../scripts/${file}`);
    if (isCommand(command)) commands.set(command.name, command);
  }
  return commands;
}

const commands = await commandsOf();

/** The examples of a help text: the commands that stand after the word, each as its arguments. */
function examplesOf(usage: string): readonly string[] {
  const after = usage.slice(usage.search(/^Examples?:/m)).replace(/^Examples?:/, '');
  return after
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** The name and the arguments of our command in an example; what is before a pipe is somebody else's. */
function callIn(example: string): readonly [string, readonly string[]] {
  const own = (example.split('| ').at(-1) ?? '').replace(/ < .*$/, '');
  const words = [...own.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const [first, second, third = '', ...rest] = words;
  if (first === 'npx') return [third, rest];
  assert.deepEqual([first, second], ['npm', 'run'], `an example is typed as it stands: ${example}`);
  return [third, rest[0] === '--' ? rest.slice(1) : rest];
}

const aliases: Readonly<Record<string, string>> = { promote: 'auto-promote', 'test:matrix': 'test-matrix' };

for (const [name, { usage, options, positionalsMax }] of commands) {
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
      const [called, args] = callIn(example);
      assert.equal(aliases[called] ?? called, name, example);
      const known = { ...options, directory: { type: 'string', short: 'C' }, json: { type: 'boolean' } } as const;
      const { positionals } = parseArgs({ args: [...args], options: known, allowPositionals: true });
      assert.ok(positionals.length <= (positionalsMax ?? 0), example);
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
  for (const example of examplesOf(stdout)) assert.ok(listed.includes(callIn(example)[0]), example);
});

test('on a narrow terminal a line goes on under its second column, commands stay whole, and words are the same', () => {
  const usage = commands.get('doctor')?.usage ?? '';
  const lines = helpText(usage, 60).split('\n');
  assert.deepEqual(
    lines.filter((line) => line.length > 60),
    [],
  );
  assert.ok(lines.includes('                   hooks, toolchain, state, worktrees,'), lines.join('\n'));
  assert.equal(helpText(usage, undefined), `${usage.trim()}\n`, 'piped, it is as it was written');
  assert.equal(lines.join(' ').split(/\s+/).join(' '), `${usage.trim().split(/\s+/).join(' ')} `);
  assert.equal(helpText(`a\n  ${'x'.repeat(70)} y`, 60), `a\n  ${'x'.repeat(70)}\n  y\n`);
  const example = `Example: echo ${'x'.repeat(60)} | npx loopbreaker hook pre-push`;
  assert.equal(helpText(example, 60), `${example}\n`, 'what is typed is not cut');
});
