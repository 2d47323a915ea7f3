/** What one command of a script line runs: through wrappers, package managers, quoted lines and preloads. */
import path from 'node:path';
import { readManager } from './script-managers.ts';
import { frontOf, isLineOption, optionAt } from './script-options.ts';
import { lineOptions, lineRunners, node, type Runner, runners, type Wrapper, wrappers } from './script-programs.ts';
import { merged, nameReading, nothing, type Reading, targetReading } from './script-reading.ts';
import { type Place, readShell, type ShellCommand } from './shell-commands.ts';
import { type Word, wordsOf } from './shell-words.ts';

/** A line in a line in a line; what is nested deeper is not read. */
const depthMax = 5;

interface Scope {
  readonly place: Place;
  /** A preload, such as ts-node/register, may let Node take `x.js` for `x.ts`. */
  readonly preloaded: boolean;
  readonly depth: number;
}

/** A program by its name, whichever version npx is to fetch and however it is found. */
function nameOf(text: string): string {
  if (/(^|\/)node_modules\/\.bin\/|^\/(usr\/)?(local\/)?bin\//.test(text)) return path.posix.basename(text);
  return text.replace(/^(@?[^@/]+(\/[^@]+)?)@.*$/, '$1');
}

function readLine(word: Word | undefined, scope: Scope): Reading {
  if (word === undefined || word.kind !== 'literal' || scope.depth >= depthMax) return nothing;
  const shell = readShell(word.text, scope.place);
  return merged(shell.commands.map((command) => readShellCommand(command, scope.depth + 1, scope.preloaded)));
}

/** A preload is a package unless it is written as a path. */
function preload(value: Word | undefined, scope: Scope): Reading {
  return value !== undefined && /^\.{1,2}\//.test(value.text) ? targetReading(value, scope.place, {}) : nothing;
}

function readRunner(runner: Runner, words: readonly Word[], scope: Scope): Reading {
  const { options, rest } = frontOf(runner, words);
  const loads = options.filter((option) => runner.loads.includes(option.name));
  const loaded = loads.map((option) => preload(option.value, scope));
  const last = options.at(-1);
  if (last?.name === '--run') return nameReading(last.value, scope.place, 'node --run');
  if (last !== undefined && isLineOption(runner, last.name)) return merged([...loaded, readLine(last.value, scope)]);
  if (last !== undefined && runner.inline.includes(last.name)) return merged(loaded);
  // `node --test` takes any number of files, and options among them.
  const many = options.some((option) => option.name === '--test');
  const files = many ? rest.filter((word) => !word.text.startsWith('-')) : rest.slice(0, 1);
  const substitutes = runner.substitutes || scope.preloaded || loads.length > 0;
  return merged([...loaded, ...files.map((file) => targetReading(file, scope.place, { substitutes }))]);
}

/** The command behind a wrapper's own options, assignments and lines. */
function readWrapper(wrapper: Wrapper, words: readonly Word[], scope: Scope): Reading {
  let at = 0;
  while (at < words.length && words[at]?.text.startsWith('-') === true && words[at]?.text !== '--') {
    const option = optionAt(words, at, (name) => wrapper.values.includes(name) || wrapper.lines.includes(name));
    if (wrapper.lines.includes(option.name)) return readLine(option.value, scope);
    at += option.length;
  }
  const rest = words.slice(words[at]?.text === '--' ? at + 1 : at);
  if (wrapper.command === 'next') return readWords(rest, scope);
  if (wrapper.command === 'line') return readJoined(rest, scope);
  const dashes = rest.findIndex((word) => word.text === '--');
  const known = rest.findIndex(({ text }) => runners.has(nameOf(text)) || Object.hasOwn(wrappers, nameOf(text)));
  if (dashes >= 0 && (known < 0 || dashes < known)) return readWords(rest.slice(dashes + 1), scope);
  return known < 0 ? nothing : readWords(rest.slice(known), scope);
}

/** Assignments, and behind them a line: its words are joined with spaces and given to a shell, without their quotes. */
function readJoined(words: readonly Word[], scope: Scope): Reading {
  const found = words.findIndex((word) => !/^\w+=/.test(word.text));
  const at = found < 0 ? words.length : found;
  const assigned = words.slice(0, at);
  const preloaded = assigned.some((word) => word.text.startsWith('NODE_OPTIONS=') && preloads.test(word.text));
  // A word with a variable keeps its quotes, which are not the line's own.
  const text = words.slice(at).map((word) => word.text.replace(/^"([^"]*)"$/s, '$1'));
  const line: Word = { text: text.join(' '), kind: 'literal', origin: 'place' };
  const options = assigned.map((word) => readWords([word], scope));
  return merged([...options, readLine(line, { ...scope, preloaded: scope.preloaded || preloaded })]);
}

/** Options of Node that load a module before the program. */
const preloads = /(^|[\s=])(-r|--require|--import|--loader|--experimental-loader)\b/;

/** `npm:name`, as concurrently writes a script's name. */
const shorthand = /^(npm|pnpm|yarn|bun|node):(.+)$/;

function readLines(values: readonly string[], words: readonly Word[], scope: Scope): Reading {
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
    else if (/\s/.test(word.text)) readings.push(readLine(word, scope));
    at += 1;
  }
  return merged(readings);
}

const nodemonOptions = ['-e', '--ext', '-w', '--watch', '-i', '--ignore', '--delay', '-d', '--config', '--signal'];

/** What nodemon does not know it hands to node; its own -C takes no value. */
const nodemonValues = [...nodemonOptions, ...node.values.filter((name) => name !== '-C'), ...node.loads];

/** nodemon runs its file with node, or with what --exec says, which may also hold the whole line. */
function readNodemon(words: readonly Word[], scope: Scope): Reading {
  let runner: readonly Word[] = [{ text: 'node', kind: 'literal', origin: 'place' }];
  const loaded: Reading[] = [];
  let at = 0;
  while (words[at]?.text.startsWith('-') === true) {
    const isExec = (name: string): boolean => ['-x', '--exec'].includes(name);
    const option = optionAt(words, at, (name) => isExec(name) || nodemonValues.includes(name));
    if (isExec(option.name)) {
      if (/[&|;]/.test(option.value?.text ?? '')) return readLine(option.value, scope);
      runner = wordsOf(option.value?.text ?? '');
    }
    if (node.loads.includes(option.name)) loaded.push(preload(option.value, scope));
    at += option.length;
  }
  const rest = words.slice(at).filter((word) => word.text !== '--');
  const preloaded = scope.preloaded || loaded.length > 0;
  return merged([...loaded, readWords([...runner, ...rest], { ...scope, preloaded })]);
}

function readLineOptions(options: readonly string[], words: readonly Word[], scope: Scope): Reading {
  const lines = words.map((_, at) => optionAt(words, at, (name) => options.includes(name)));
  return merged(lines.filter((one) => options.includes(one.name)).map((one) => readLine(one.value, scope)));
}

function readNodeOptions(value: Word, scope: Scope): Reading {
  if (value.kind !== 'literal') return nothing;
  const words = wordsOf(`node ${value.text}`).slice(1);
  const runner = runners.get('node');
  return runner === undefined ? nothing : readRunner(runner, words, scope);
}

/** A shell takes a program with a slash for a path; the endings of Windows need no execute bit. */
function readDirect(program: Word, scope: Scope): Reading {
  const isPath = program.kind === 'literal' && program.text.includes('/') && !program.text.startsWith('@');
  if (!isPath) return nothing;
  // A line in quotes, for a program that takes one: whose it is, is not known.
  if (/[\s&|;<>]/.test(program.text)) return { ...nothing, unknowable: [program.text] };
  return targetReading(program, scope.place, { direct: !/\.(bat|cmd|exe|ps1)$/i.test(program.text) });
}

/** What a command does, given as its words. */
export function readWords(words: readonly Word[], scope: Scope): Reading {
  const [program, ...args] = words;
  if (program === undefined) return nothing;
  const assigned = /^(\w+)=(.*)$/s.exec(program.text);
  if (assigned !== null) {
    if (assigned[1] !== 'NODE_OPTIONS') return readWords(args, scope);
    const options = { ...program, text: assigned[2] ?? '' };
    const preloaded = scope.preloaded || preloads.test(options.text);
    return merged([readNodeOptions(options, scope), readWords(args, { ...scope, preloaded })]);
  }
  if (program.kind !== 'literal') return nothing;
  const name = nameOf(program.text);
  const read = (inner: readonly Word[], place: Place): Reading => readWords(inner, { ...scope, place });
  const runner = runners.get(name);
  const asRunner = (inner: readonly Word[], place: Place): Reading =>
    runner === undefined ? nothing : readRunner(runner, inner, { ...scope, place });
  const managed = readManager(name, args, scope.place, read, asRunner);
  if (managed !== null) return managed;
  if (name === 'deno') return args[0]?.text === 'run' ? asRunner(args.slice(1), scope.place) : nothing;
  if (runner !== undefined) return readRunnerOrBin(runner, args, scope);
  if (name === 'nodemon') return readNodemon(args, scope);
  return readOther(name, program, args, scope);
}

/** `node node_modules/.bin/tsx x.ts` is another way to write `tsx x.ts`. */
function readRunnerOrBin(runner: Runner, args: readonly Word[], scope: Scope): Reading {
  const at = args.findIndex((word) => !word.text.startsWith('-'));
  const file = args[at];
  if (file !== undefined && /(^|\/)node_modules\/\.bin\//.test(file.text)) return readWords(args.slice(at), scope);
  return readRunner(runner, args, scope);
}

function readOther(name: string, program: Word, args: readonly Word[], scope: Scope): Reading {
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
  if (wrapper !== undefined) return readWrapper(wrapper, args, scope);
  const readings: Reading[] = [];
  const values = Object.hasOwn(lineRunners, name) ? lineRunners[name] : undefined;
  const options = Object.hasOwn(lineOptions, name) ? lineOptions[name] : undefined;
  if (values !== undefined) readings.push(readLines(values, args, scope));
  if (options !== undefined) readings.push(readLineOptions(options, args, scope));
  return readings.length > 0 ? merged(readings) : readDirect(program, scope);
}

/** What a command of a line runs, its NODE_OPTIONS included. */
export function readShellCommand(command: ShellCommand, depth = 0, loaded = false): Reading {
  const scope: Scope = { place: command.place, preloaded: loaded, depth };
  const options = command.assignments.find((one) => one.name === 'NODE_OPTIONS');
  if (options === undefined) return readWords(command.words, scope);
  const preloaded = loaded || preloads.test(options.value.text);
  return merged([readNodeOptions(options.value, scope), readWords(command.words, { ...scope, preloaded })]);
}
