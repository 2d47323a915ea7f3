/** What a line of package.json `scripts` runs, in plain form: a runner followed by a literal path. Says what it cannot read. */
import path from 'node:path';
import { commandsOf, type Word } from './shell-words.ts';

/** One file that a line runs, relative to the directory of its package.json unless a `cd` came before. */
export interface ScriptTarget {
  readonly path: string;
  /** It is executed itself, so it needs its execute bit. */
  readonly direct: boolean;
}

export interface ScriptReading {
  readonly targets: readonly ScriptTarget[];
  /** Parts of the line about which nothing is claimed. */
  readonly unknowable: readonly string[];
}

const runners = ['node', 'tsx', 'ts-node', 'bash', 'sh', 'zsh', 'bun', 'python', 'python3'];
const wrappers = ['npx', 'exec', 'env', 'cross-env', 'time', 'nice', 'command', 'dotenv', '--'];

/** Options after which comes a value that is not the program. */
const valueOptions = [
  '-r',
  '--require',
  '--import',
  '--loader',
  '--experimental-loader',
  '-C',
  '--conditions',
  '--env-file',
  '--tsconfig',
  '-P',
  '--project',
];

/** Options that load a module of the repository, if their value is a path. */
const loadingOptions = ['-r', '--require', '--import', '--loader', '--experimental-loader'];

/** Options after which the rest is no program file. */
const inlineOptions = ['-e', '--eval', '-p', '--print', '-pe', '-c', '-m', '-i'];

function looksLikeFile(text: string): boolean {
  return /[./]/.test(text) && !/^[a-z][a-z+.-]*:\/\//i.test(text) && !text.includes(':');
}

const nothing: ScriptReading = { targets: [], unknowable: [] };

interface Place {
  /** From the directory of the package.json; null after a `cd` to somewhere that cannot be read. */
  readonly directory: string | null;
}

function joined(place: Place, file: string): string | null {
  if (path.posix.isAbsolute(file) || place.directory === null) return null;
  return path.posix.join(place.directory, file);
}

/** The words before the program file, and the file; no file when the program is given inline. */
function programOf(words: readonly Word[]): { readonly options: readonly Word[]; readonly file: Word | undefined } {
  let index = 0;
  while (index < words.length) {
    const text = words[index]?.text ?? '';
    if (inlineOptions.includes(text)) return { options: words.slice(0, index), file: undefined };
    if (!text.startsWith('-')) break;
    index += valueOptions.includes(text) ? 2 : 1;
  }
  return { options: words.slice(0, index), file: words[index] };
}

/** The values of options that load a module by a path, such as `--import ./register.mjs`. */
function loadedBy(options: readonly Word[]): readonly Word[] {
  return options.flatMap((word, index) => {
    const [option = '', inline] = word.text.split('=', 2);
    const value = inline === undefined ? options[index + 1] : { text: inline, literal: word.literal };
    const isPath = value?.literal === true && /^\.{1,2}\//.test(value.text);
    return loadingOptions.includes(option) && isPath ? [value] : [];
  });
}

/** Words that a runner takes before its program: `tsx watch x.ts`; null when they mean that there is no program file. */
function withoutSubcommand(name: string, words: readonly Word[]): readonly Word[] | null {
  const first = words[0]?.text ?? '';
  if ((name === 'tsx' && first === 'watch') || (name === 'node' && first === 'inspect')) return words.slice(1);
  if (name !== 'bun') return words;
  // `bun run name` runs a script of package.json, unless it is written as a path.
  if (first === 'run') return words[1]?.text.includes('/') === true ? words.slice(1) : null;
  return /^[a-z]+$/.test(first) ? null : words;
}

function readRunner(name: string, words: readonly Word[], place: Place): ScriptReading {
  const rest = withoutSubcommand(name, words);
  if (rest === null) return nothing;
  const { options, file } = programOf(rest);
  const wanted = [...loadedBy(options), ...(file === undefined ? [] : [file])];
  const paths = wanted.map((word) => (word.literal ? joined(place, word.text) : null));
  return {
    targets: paths.flatMap((target) => (target === null ? [] : [{ path: target, direct: false }])),
    unknowable: wanted.flatMap((word, index) => (paths[index] === null ? [`${name} ${word.text}`] : [])),
  };
}

function readCommand(words: readonly Word[], place: Place): ScriptReading {
  const start = words.findIndex((word) => !/^\w+=/.test(word.text) && !wrappers.includes(word.text));
  const program = words[start];
  if (program === undefined) return nothing;
  if (runners.includes(program.text)) return readRunner(program.text, words.slice(start + 1), place);
  const direct = program.literal && /^\.{1,2}\//.test(program.text) && looksLikeFile(program.text);
  const file = direct ? joined(place, program.text) : null;
  return { targets: file === null ? [] : [{ path: file, direct: true }], unknowable: [] };
}

function changedPlace(words: readonly Word[], place: Place): Place | undefined {
  const [program, target] = words;
  if (program?.text !== 'cd') return undefined;
  if (target === undefined || !target.literal || place.directory === null) return { directory: null };
  return { directory: path.posix.isAbsolute(target.text) ? null : path.posix.join(place.directory, target.text) };
}

/** Files that the same line writes: `echo x > temp/t.js`. They need not exist before. */
function writtenBy(line: string): readonly string[] {
  return [...line.matchAll(/>{1,2}\s*([^\s;|&<>]+)/g)].flatMap((match) => match[1] ?? []);
}

/** What a line runs. Paths are normal and relative; those that the line itself makes, or in node_modules, are left out. */
export function readScriptLine(line: string): ScriptReading {
  const targets = new Map<string, ScriptTarget>();
  const unknowable: string[] = [];
  const written = new Set(writtenBy(line).map((file) => path.posix.basename(file)));
  let place: Place = { directory: '.' };
  for (const words of commandsOf(line)) {
    const moved = changedPlace(words, place);
    place = moved ?? place;
    if (moved !== undefined) continue;
    const reading = readCommand(words, place);
    unknowable.push(...reading.unknowable);
    for (const target of reading.targets) {
      if (target.path.split('/').includes('node_modules')) continue;
      if (written.has(path.posix.basename(target.path)))
        unknowable.push(`${target.path}, which the line itself writes`);
      else targets.set(target.path, target);
    }
  }
  return { targets: [...targets.values()], unknowable };
}
