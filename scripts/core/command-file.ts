/** Which file of the repository a command runs, the promote command or the agent: its being mended is noticed by it. */
import path from 'node:path';
import { readManager } from './script-managers.ts';
import { frontOf, isLineOption } from './script-options.ts';
import { runners } from './script-programs.ts';
import { nothing } from './script-reading.ts';
import { readWrapper } from './script-wrapped.ts';
import { wrappers } from './script-wrappers.ts';
import type { Place } from './shell-commands.ts';
import type { Word } from './shell-words.ts';

/** `npm run NAME`, and the same by other package managers. */
function scriptName([program, ...args]: readonly string[]): string | null {
  if (!/^(npm|pnpm|yarn|bun)$/.test(program ?? '')) return null;
  const words = args.filter((word) => !word.startsWith('-'));
  return (words[0] === 'run' || words[0] === 'run-script' ? words[1] : undefined) ?? null;
}

/** A wrapper in a wrapper in a wrapper; what is wrapped deeper is not looked at. */
const wrappersMax = 5;

/** A wrapper may lie anywhere: `/usr/bin/env`. */
const nameOf = (program: string): string => path.posix.basename(program);

const here: Place = { origin: 'place', directory: '.', moved: false };

function innerWords(command: readonly string[]): readonly string[] | null {
  const [program = '', ...args] = command;
  const name = nameOf(program);
  const words = args.map((text): Word => ({ text, kind: 'literal', origin: 'place' }));
  let inner: readonly Word[] = [];
  const take = (found: readonly Word[]): typeof nothing => {
    inner = found;
    return nothing;
  };
  const readers = { words: take, line: () => nothing, nameOf };
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
  if (wrapper === undefined) readManager(name, words, here, take, () => nothing);
  else readWrapper(wrapper, words, { place: here, preloaded: false, depth: 0 }, readers);
  const first = inner.findIndex(({ text }) => !/^\w+=/.test(text));
  return first < 0 ? null : inner.slice(first).map(({ text }) => text);
}

/** The command that a command such as `timeout 600 env A=1 node agent.mjs` comes to: here `node agent.mjs`. */
export function unwrapped(command: readonly string[]): readonly string[] {
  let own = command;
  for (let depth = 0; depth < wrappersMax; depth += 1) {
    const inner = innerWords(own);
    if (inner === null) break;
    own = inner;
  }
  return own;
}

/** A path, or the name of a source file; options, plain words and lines of a shell are none. */
function looksLikeFile(word: string): boolean {
  if (word.startsWith('-') || /\s/.test(word)) return false;
  return word.includes('/') || /\.([cm]?[jt]s|sh|py|rb|pl)$/.test(word);
}

/**
 * The file of a command such as `node scripts/worktree/auto-promote.mjs`, as it is written, also behind `npm run NAME`
 * with `scripts` of package.json; null where no word of it is a file.
 */
export function fileOfCommand(command: readonly string[], scripts: Readonly<Record<string, unknown>>): string | null {
  const name = scriptName(command);
  const line = name !== null && Object.hasOwn(scripts, name) ? scripts[name] : undefined;
  const words = typeof line === 'string' ? line.split(/\s+/) : command;
  const own = unwrapped(words);
  // What an option is given may be what the command writes, such as its log: a change of that is no cure.
  const files = own.filter((word, index) => looksLikeFile(word) && own[index - 1]?.startsWith('-') !== true);
  return interpretedFile(own) ?? files.find((word) => !word.startsWith('/')) ?? files[0] ?? null;
}

/**
 * The file that an interpreter is told to run, as it is written: `scripts/agent.mjs` of `node --env-file .env
 * scripts/agent.mjs -o last.txt`, also behind `timeout` and its like. Null where the command is no interpreter, whose words may name what it writes, or runs no file.
 */
export function interpretedFile(command: readonly string[]): string | null {
  const [program = '', ...args] = unwrapped(command);
  const runner = runners.get(path.posix.basename(program).replace(/^python[\d.]+$/, 'python'));
  if (runner === undefined) return null;
  const words = args.map((text) => ({ text, kind: 'literal', origin: 'place' }) as const);
  const { options, rest } = frontOf(runner, words);
  const last = options.at(-1)?.name ?? '';
  const isInline = last !== '--' && (runner.inline.includes(last) || isLineOption(runner, last));
  const file = rest[0]?.text;
  return isInline || file === undefined || !looksLikeFile(file) ? null : file;
}
