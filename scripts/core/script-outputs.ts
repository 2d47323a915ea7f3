/** What the commands of a line write, as far as their words say it: a target that is made first need not be tracked. */
import path from 'node:path';
import { pathOf } from './script-reading.ts';
import type { Place, ShellCommand } from './shell-commands.ts';
import type { Word, WordOrigin } from './shell-words.ts';

export interface ScriptOutput {
  /** Normal, relative to the origin. */
  readonly path: string;
  readonly origin: WordOrigin;
  /**
   * `exact`: this file or folder. `filled`: anything below this folder. `compiled`: what a compiler leaves below it.
   * `copied`: what the sources hold, below this folder or under this very name.
   */
  readonly kind: 'exact' | 'filled' | 'compiled' | 'copied';
  /** Of what is copied: files and folders, relative to the same origin; undefined where they are not known. */
  readonly sources?: readonly string[] | undefined;
}

/** Options that say where a compiler or bundler writes. */
const outputOption =
  /^--?(out|outfile|outdir|out-file|out-dir|output|output-(dir|file|path)|dist-dir|dest|destination)$/i;

/** Programs for which the short options mean the same. */
const builders: Readonly<Record<string, readonly string[]>> = {
  rollup: ['-o', '-d', '--file', '--dir'],
  babel: ['-o', '-d'],
  swc: ['-o', '-d'],
  tsup: ['-d'],
  tsdown: ['-d'],
  webpack: ['-o'],
  ncc: ['-o'],
  parcel: ['-d'],
  esbuild: [],
  asc: ['-o'],
  sass: [],
};

/** Options that name the very file, or the folder that is filled. */
const exactOptions: Readonly<Record<string, RegExp>> = {
  go: /^-o$/,
  gcc: /^-o$/,
  'g++': /^-o$/,
  clang: /^-o$/,
  'clang++': /^-o$/,
  emcc: /^-o$/,
  'em++': /^-o$/,
  pkg: /^-o$/,
  curl: /^(-[A-Za-z]*o|--output|--output-dir)$/,
  wget: /^(-[A-Za-z]*[OP]|--output-document|--directory-prefix)$/,
  unzip: /^-[a-z]*d$/,
  tar: /^(-C|--directory)$/,
};

/** A file that gets the name it has at the other end. */
const remoteName: Readonly<Record<string, RegExp>> = {
  curl: /^(-[A-Za-z]*O|--remote-name|--remote-name-all)$/,
  wget: /:\/\//,
};

/** Where builders write unless they are told otherwise. */
const defaults: Readonly<Record<string, readonly string[]>> = {
  tsup: ['dist'],
  tsdown: ['dist'],
  unbuild: ['dist'],
  ncc: ['dist'],
  vite: ['dist', 'build'],
  webpack: ['dist'],
  parcel: ['dist'],
  microbundle: ['dist'],
  pkgroll: ['dist'],
  bunchee: ['dist'],
  rslib: ['dist'],
  nest: ['dist'],
  astro: ['dist'],
  ng: ['dist'],
  'react-scripts': ['build'],
  'react-router': ['build'],
  remix: ['build'],
  next: ['.next', 'out'],
  nuxt: ['.output'],
  nitro: ['.output'],
  'wasm-pack': ['pkg'],
  cargo: ['target'],
};

/** Programs whose last argument is what they make. */
const copiers = ['cp', 'mv', 'ln', 'cpx', 'cpx2', 'copyfiles', 'ncp', 'cpy', 'rsync', 'degit', 'tiged', 'install'];

/** Programs all of whose arguments are what they make. */
const makers = ['mkdir', 'mkdirp', 'make-dir', 'touch', 'tee'];

const prefixes = ['npx', 'pnpm', 'yarn', 'bunx', 'exec', 'dlx', 'shx', 'cross-env', 'env', '-y', '--yes', '--'];

/** The program behind what may stand before it, and its arguments. */
function programOf(words: readonly Word[]): { readonly name: string; readonly args: readonly Word[] } {
  const at = words.findIndex((word) => !prefixes.includes(word.text) && !/^\w+=/.test(word.text));
  return { name: words[at]?.text ?? '', args: at < 0 ? [] : words.slice(at + 1) };
}

function optionValues(args: readonly Word[], isOption: (name: string) => boolean): readonly Word[] {
  return args.flatMap((word, index) => {
    const [option = '', ...inline] = word.text.split('=');
    if (!isOption(option)) return [];
    const value = inline.length > 0 ? { ...word, text: inline.join('=') } : args[index + 1];
    return value === undefined ? [] : [value];
  });
}

function madeBy(name: string, files: readonly Word[]): readonly Word[] {
  if (makers.includes(name)) return files;
  if (name !== 'git' || files[0]?.text !== 'clone') return [];
  const [, url, directory] = files;
  if (directory !== undefined || url === undefined) return directory === undefined ? [] : [directory];
  return [{ ...url, text: path.posix.basename(url.text, '.git') }];
}

function downloaded(name: string, args: readonly Word[]): readonly Word[] {
  const sign = Object.hasOwn(remoteName, name) ? remoteName[name] : undefined;
  if (sign === undefined || !args.some((word) => sign.test(word.text))) return [];
  return args
    .filter((word) => /:\/\/[^/]+\/./.test(word.text))
    .map((word): Word => {
      const text = path.posix.basename(word.text.replace(/["']|[?#].*$/g, ''));
      return { text, kind: /^[\w.@+-]+$/.test(text) ? 'literal' : 'dynamic', origin: 'place' };
    });
}

/** Whether a command takes files out of an archive, or makes one: which files, its words do not say. */
export function unpacks({ words }: ShellCommand): boolean {
  const { name, args } = programOf(words);
  const [first] = args.map((word) => word.text);
  if (name === 'tar')
    return (
      args.some(({ text }) => text === '--extract' || /^-[a-zA-Z]*x/.test(text)) || /^[a-zA-Z]*x/.test(first ?? '')
    );
  const isPack = /^(npm|pnpm|yarn)$/.test(words[0]?.text ?? '') && words[1]?.text === 'pack';
  return isPack || /^(unzip|gunzip|7z|bsdtar|extract-zip)$/.test(name);
}

/** Where files are copied from: of a pattern the folder in which it begins. */
function sourcesOf(files: readonly Word[], place: Place): readonly string[] | undefined {
  const sources = files.map((word) => {
    const bare = word.text.replace(/(^|\/)[^/]*[*?[{].*$/, '') || '.';
    const known = word.kind === 'literal' || word.kind === 'glob';
    return known && word.origin === 'place' ? pathOf({ ...word, text: bare }, place) : null;
  });
  const found = sources.filter((source) => source !== null);
  return found.length === sources.length ? found.map((source) => source.replace(/(.)\/$/, '$1')) : undefined;
}

/** Everything that a command is seen to write. */
export function outputsOf({ words, writes, place }: ShellCommand): readonly ScriptOutput[] {
  const { name, args } = programOf(words);
  const origin = (word: Word): WordOrigin => (word.origin === 'root' ? 'root' : place.origin);
  const outputs = (found: readonly Word[], kind: ScriptOutput['kind']): readonly ScriptOutput[] =>
    found.flatMap((word) => {
      const file = word.kind === 'literal' ? (pathOf(word, place)?.replace(/(.)\/$/, '$1') ?? null) : null;
      return file === null || file.startsWith('..') || file === '.' ? [] : [{ path: file, origin: origin(word), kind }];
    });
  const usual = (Object.hasOwn(defaults, name) ? (defaults[name] ?? []) : []).map(
    (text): Word => ({ text, kind: 'literal', origin: 'place' }),
  );
  const short = Object.hasOwn(builders, name) ? (builders[name] ?? []) : [];
  const exact = Object.hasOwn(exactOptions, name) ? exactOptions[name] : undefined;
  const isExact = (option: string): boolean => exact?.test(option) === true;
  const isBuilders = (option: string): boolean =>
    !isExact(option) && (outputOption.test(option) || short.includes(option));
  const files = args.filter((word) => !word.text.startsWith('-'));
  const isCopy = copiers.includes(name);
  const sources = isCopy ? sourcesOf(files.slice(0, -1), place) : undefined;
  return [
    ...outputs([...writes, ...madeBy(name, files), ...downloaded(name, args)], 'exact'),
    ...outputs(isCopy ? files.slice(1).slice(-1) : [], 'copied').map((one) => ({ ...one, sources })),
    ...outputs(optionValues(args, isExact), 'filled'),
    ...outputs([...optionValues(args, isBuilders), ...usual], 'compiled'),
  ];
}
