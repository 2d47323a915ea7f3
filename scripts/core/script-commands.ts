/** What one command of a script line runs: through wrappers, package managers, quoted lines and preloads. */
import path from 'node:path';
import { readManager } from './script-managers.ts';
import { frontOf, isLineOption, withoutOptions } from './script-options.ts';
import { type Runner, runners } from './script-programs.ts';
import { merged, nameReading, nothing, preload, type Reading, type Taking, targetReading } from './script-reading.ts';
import { readGo, readPowerShell, readSource, readTool } from './script-tool-files.ts';
import { compose, tools } from './script-tools.ts';
import type { Scope } from './script-wrapped.ts';
import { preloads, type Readers, readLineOptions, readLines, readNodemon, readWrapper } from './script-wrapped.ts';
import { lineOptions, lineRunners, wrappers } from './script-wrappers.ts';
import { type Place, readShell, type ShellCommand } from './shell-commands.ts';
import { type Word, wordsOf } from './shell-words.ts';

/** A line in a line in a line; what is nested deeper is not read. */
const depthMax = 5;

/** Folders in which package managers and the system put programs. */
const programFolder = /(^|\/)node_modules\/\.bin\/|^\/(usr\/)?(local\/)?bin\/|(^|\/)\.?v?env[\w.-]*\/(bin|Scripts)\//;

/** A program by its name, whichever version npx is to fetch and however it is found. */
function nameOf(text: string): string {
  const name = programFolder.test(text) ? path.posix.basename(text, '.exe') : text;
  if (/^python[\d.]*$/.test(name)) return 'python';
  return name.replace(/^(@?[^@/]+(\/[^@]+)?)@.*$/, '$1').replace(/\.(cmd|exe)$/i, '');
}

function readLine(word: Word | undefined, scope: Scope): Reading {
  if (word === undefined || word.kind !== 'literal' || scope.depth >= depthMax) return nothing;
  const shell = readShell(word.text, scope.place);
  const readings = shell.commands.map((command) => readShellCommand(command, scope.depth + 1, scope.preloaded));
  return merged([{ ...nothing, inner: [shell] }, ...readings]);
}

const readers: Readers = { words: readWords, line: readLine, nameOf };

function takingOf(runner: Runner, isPreloaded: boolean): Taking {
  return runner.taking === 'module' && isPreloaded ? 'source' : runner.taking;
}

function readRunner(runner: Runner, words: readonly Word[], scope: Scope): Reading {
  const { options, rest } = frontOf(runner, words);
  const loads = options.filter((option) => runner.loads.includes(option.name));
  const settings = options.filter((option) => runner.settings.includes(option.name));
  const before = [
    ...loads.map((option) => preload(option.value, scope.place)),
    ...settings.map(({ name, value }) => {
      const taking = /^(-P|--project|--tsconfig)$/.test(name) ? 'project' : 'settings';
      return value === undefined ? nothing : targetReading(value, scope.place, { taking });
    }),
  ];
  const last = options.at(-1);
  if (last?.name === '--run') return nameReading(last.value, scope.place, 'node --run');
  if (last !== undefined && isLineOption(runner, last.name)) return merged([...before, readLine(last.value, scope)]);
  if (last !== undefined && runner.inline.includes(last.name)) return merged(before);
  // `node --test` takes any number of files, and options among them; and folders.
  const many = options.some((option) => option.name === '--test');
  const files = many ? withoutOptions(runner, rest) : rest.slice(0, 1);
  const taking = many ? 'path' : takingOf(runner, scope.preloaded || loads.length > 0);
  return merged([...before, ...files.map((file) => targetReading(file, scope.place, { taking }))]);
}

function readNodeOptions(value: Word, scope: Scope): Reading {
  if (value.kind !== 'literal') return nothing;
  const words = wordsOf(`node ${value.text}`).slice(1);
  const runner = runners.get('node');
  return runner === undefined ? nothing : readRunner(runner, words, scope);
}

/** A shell takes a program with a slash for a path; the endings of Windows need no execute bit. */
function readDirect(program: Word, scope: Scope): Reading {
  const isPath = program.kind !== 'dynamic' && program.text.includes('/') && !program.text.startsWith('@');
  if (!isPath || program.kind === 'glob') return nothing;
  // A line in quotes, for a program that takes one: whose it is, is not known.
  if (/[\s&|;<>]/.test(program.text))
    return { ...nothing, unknowable: [`${program.text}, which is a line of its own for some program`] };
  const isForWindows = program.kind === 'windows' || /\.(bat|cmd|exe|ps1)$/i.test(program.text);
  return targetReading(program, scope.place, { taking: 'file', direct: !isForWindows });
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
  if (program.kind !== 'literal' && program.kind !== 'windows') return nothing;
  return readProgram(program, args, scope);
}

function readProgram(program: Word, args: readonly Word[], scope: Scope): Reading {
  const name = nameOf(program.text);
  const read = (inner: readonly Word[], place: Place): Reading => readWords(inner, { ...scope, place });
  const runner = runners.get(name);
  const asRunner = (inner: readonly Word[], place: Place): Reading =>
    runner === undefined ? nothing : readRunner(runner, inner, { ...scope, place });
  const managed = readManager(name, args, scope.place, read, asRunner);
  if (managed !== null) return managed;
  if (name === 'deno') return readDeno(args, scope);
  if (runner !== undefined) return readRunnerOrBin(runner, args, scope);
  switch (name) {
    case 'nodemon':
      return readNodemon(args, scope, readers);
    case 'source':
    case '.':
      return readSource(args[0], scope.place);
    case 'go':
      return readGo(args, scope.place);
    case 'pwsh':
    case 'powershell':
      return readPowerShell(args, scope.place);
    case 'docker':
      return readDocker(args, scope.place);
  }
  return readOther(name, program, args, scope);
}

/** `deno run x` and, since its second version, `deno x`; a task's name may look like neither. */
function readDeno(args: readonly Word[], scope: Scope): Reading {
  const runner = runners.get('deno');
  const [first] = args;
  if (runner === undefined || first === undefined) return nothing;
  if (first.text === 'test') return readRunner(runner, [{ ...first, text: '--test' }, ...args.slice(1)], scope);
  if (/^(run|serve|check|compile|bench)$/.test(first.text)) return readRunner(runner, args.slice(1), scope);
  return /^-|\.[cm]?[jt]sx?$/.test(first.text) ? readRunner(runner, args, scope) : nothing;
}

/** The files of `docker compose -f` and `docker build -f`. */
function readDocker(args: readonly Word[], place: Place): Reading {
  const [first, second] = args.map((word) => word.text);
  if (first === 'compose') return readCompose(args.slice(1), place);
  const isBuild = first === 'build' || ((first === 'buildx' || first === 'image') && second === 'build');
  return isBuild ? readTool('docker', { ...compose, values: [] }, args, place) : nothing;
}

function readCompose(args: readonly Word[], place: Place): Reading {
  const known = [...compose.values, ...compose.settings, ...compose.elsewhere];
  const end = args.findIndex((word, at) => !word.text.startsWith('-') && !known.includes(args[at - 1]?.text ?? ''));
  return readTool('docker-compose', compose, end < 0 ? args : args.slice(0, end), place);
}

/** `node node_modules/.bin/tsx x.ts` is another way to write `tsx x.ts`, and yarn may lie in the repository. */
function readRunnerOrBin(runner: Runner, args: readonly Word[], scope: Scope): Reading {
  const at = args.findIndex((word) => !word.text.startsWith('-'));
  const file = args[at];
  if (file !== undefined && /(^|\/)node_modules\/\.bin\//.test(file.text)) return readWords(args.slice(at), scope);
  const own = readRunner(runner, args, scope);
  if (file === undefined || !/(^|\/)\.yarn\/releases\/yarn[\w.-]*\.c?js$/.test(file.text)) return own;
  return merged([own, readWords([{ ...file, text: 'yarn' }, ...args.slice(at + 1)], scope)]);
}

function readOther(name: string, program: Word, args: readonly Word[], scope: Scope): Reading {
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
  const tool = tools.get(name);
  const own =
    tool === undefined
      ? []
      : [name === 'docker-compose' ? readCompose(args, scope.place) : readTool(name, tool, args, scope.place)];
  if (wrapper !== undefined) return merged([...own, readWrapper(wrapper, args, scope, readers)]);
  const values = Object.hasOwn(lineRunners, name) ? lineRunners[name] : undefined;
  const options = Object.hasOwn(lineOptions, name) ? lineOptions[name] : undefined;
  const readings = [
    ...own,
    ...(values === undefined ? [] : [readLines(values, args, scope, readers)]),
    ...(options === undefined ? [] : [readLineOptions(options, args, scope, readers)]),
  ];
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
