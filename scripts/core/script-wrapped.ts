/** What programs run that are given another command: as words after their own options, or as lines of text. */
import { optionAt } from './script-options.ts';
import { node, runners } from './script-programs.ts';
import { merged, nameReading, nothing, preload, type Reading } from './script-reading.ts';
import { tools } from './script-tools.ts';
import { lineRunners, type Wrapper, wrappers } from './script-wrappers.ts';
import type { Place } from './shell-commands.ts';
import { type Word, wordsOf } from './shell-words.ts';

export interface Scope {
  readonly place: Place;
  /** A preload, such as ts-node/register, may let Node take `x.js` for `x.ts`. */
  readonly preloaded: boolean;
  readonly depth: number;
}

/** The readers of commands and lines, which call what is here and are called by it. */
export interface Readers {
  readonly words: (words: readonly Word[], scope: Scope) => Reading;
  readonly line: (line: Word | undefined, scope: Scope) => Reading;
  /** The name of a program, whichever version is asked for and however it is found. */
  readonly nameOf: (text: string) => string;
}

const python: Word = { text: 'python', kind: 'literal', origin: 'place' };

const managers = ['npm', 'pnpm', 'yarn', 'npm-run-all', 'run-s', 'run-p', 'nodemon'];

function isKnown(name: string): boolean {
  const isListed = Object.hasOwn(wrappers, name) || Object.hasOwn(lineRunners, name) || managers.includes(name);
  return isListed || runners.has(name) || tools.has(name);
}

/** The command behind a wrapper's own options, assignments and lines. */
export function readWrapper(wrapper: Wrapper, all: readonly Word[], scope: Scope, read: Readers): Reading {
  if (wrapper.after !== undefined && all[0]?.text !== wrapper.after) return nothing;
  const words = wrapper.after === undefined ? all : all.slice(1);
  let at = 0;
  while (at < words.length && words[at]?.text.startsWith('-') === true && words[at]?.text !== '--') {
    const option = optionAt(words, at, (name) => wrapper.values.includes(name) || wrapper.lines.includes(name));
    if (wrapper.lines.includes(option.name)) return read.line(option.value, scope);
    at += option.length;
  }
  const own = words.slice(at + (wrapper.skips ?? 0));
  const rest = own[0]?.text === '--' ? own.slice(1) : own;
  switch (wrapper.command) {
    case 'next':
      // `uv run x.py` runs it with the python of the project.
      return read.words(
        wrapper.after !== undefined && /\.py$/.test(rest[0]?.text ?? '') ? [python, ...rest] : rest,
        scope,
      );
    case 'line':
      return readJoined(rest, scope, read);
    case 'search':
      return readSearched(rest, scope, read, at > 0 && isBareOption(wrapper, words[at - 1]));
  }
}

/** An option of which nothing is known: the word after it may be its value. */
function isBareOption(wrapper: Wrapper, word: Word | undefined): boolean {
  const text = word?.text ?? '';
  return text.startsWith('-') && text !== '--' && !text.includes('=') && !wrapper.values.includes(text);
}

/** The command somewhere behind: a file that is executed, or what comes after `--`, or the first program that is known. */
function readSearched(rest: readonly Word[], scope: Scope, read: Readers, isValue: boolean): Reading {
  const dashes = rest.findIndex((word) => word.text === '--');
  const known = rest.findIndex(({ text }) => isKnown(read.nameOf(text)));
  const [first] = rest;
  if (!isValue && first?.kind === 'literal' && /^\.{1,2}\/[^*?]+$/.test(first.text)) return read.words(rest, scope);
  if (dashes >= 0 && (known < 0 || dashes < known)) return read.words(rest.slice(dashes + 1), scope);
  return known < 0 ? nothing : read.words(rest.slice(known), scope);
}

/** Assignments, and behind them a line: its words are joined with spaces and given to a shell, without their quotes. */
function readJoined(words: readonly Word[], scope: Scope, read: Readers): Reading {
  const found = words.findIndex((word) => !/^\w+=/.test(word.text));
  const at = found < 0 ? words.length : found;
  const assigned = words.slice(0, at);
  const preloaded = assigned.some((word) => word.text.startsWith('NODE_OPTIONS=') && preloads.test(word.text));
  // A word with a variable keeps its quotes, which are not the line's own.
  const text = words.slice(at).map((word) => word.text.replace(/^"([^"]*)"$/s, '$1'));
  const line: Word = { text: text.join(' '), kind: 'literal', origin: 'place' };
  const options = assigned.map((word) => read.words([word], scope));
  return merged([...options, read.line(line, { ...scope, preloaded: scope.preloaded || preloaded })]);
}

/** Options of Node that load a module before the program. */
export const preloads = /(^|[\s=])(-r|--require|--import|--loader|--experimental-loader)\b/;

/** `npm:name`, as concurrently writes a script's name. */
const shorthand = /^(npm|pnpm|yarn|bun|node):(.+)$/;

/** The lines among a program's arguments. */
export function readLines(values: readonly string[], words: readonly Word[], scope: Scope, read: Readers): Reading {
  const readings: Reading[] = [];
  for (let at = 0; at < words.length; ) {
    const word = words[at];
    if (word === undefined) break;
    if (word.text.startsWith('-')) {
      at += optionAt(words, at, (name) => values.includes(name)).length;
      continue;
    }
    const [, manager, name] = shorthand.exec(word.text) ?? [];
    // Of yarn and bun a name without a colon may be a program of a package.
    const isName = manager !== undefined && (/^(npm|pnpm|node)$/.test(manager) || name?.includes(':') === true);
    if (isName) readings.push(nameReading({ ...word, text: name ?? '' }, scope.place, `${manager} run`));
    else if (/\s/.test(word.text)) readings.push(read.line(word, scope));
    at += 1;
  }
  return merged(readings);
}

/** The lines that are values of a program's options. */
export function readLineOptions(
  options: readonly string[],
  words: readonly Word[],
  scope: Scope,
  read: Readers,
): Reading {
  const lines = words.map((_, at) => optionAt(words, at, (name) => options.includes(name)));
  return merged(lines.filter((one) => options.includes(one.name)).map((one) => read.line(one.value, scope)));
}

const nodemonOptions = ['-e', '--ext', '-w', '--watch', '-i', '--ignore', '--delay', '-d', '--config', '--signal'];

/** What nodemon does not know it hands to node; its own -C takes no value. */
const nodemonValues = [...nodemonOptions, ...node.values.filter((name) => name !== '-C'), ...node.loads];

/** nodemon runs its file with node, or with what --exec says, which may also hold the whole line. */
export function readNodemon(words: readonly Word[], scope: Scope, read: Readers): Reading {
  let runner: readonly Word[] = [{ text: 'node', kind: 'literal', origin: 'place' }];
  const loaded: Reading[] = [];
  let at = 0;
  while (words[at]?.text.startsWith('-') === true) {
    const isExec = (name: string): boolean => ['-x', '--exec'].includes(name);
    const option = optionAt(words, at, (name) => isExec(name) || nodemonValues.includes(name));
    if (isExec(option.name)) {
      if (/[&|;]/.test(option.value?.text ?? '')) return read.line(option.value, scope);
      runner = wordsOf(option.value?.text ?? '');
    }
    if (node.loads.includes(option.name)) loaded.push(preload(option.value, scope.place));
    at += option.length;
  }
  const rest = words.slice(at).filter((word) => word.text !== '--');
  const preloaded = scope.preloaded || loaded.length > 0;
  return merged([...loaded, read.words([...runner, ...rest], { ...scope, preloaded })]);
}
