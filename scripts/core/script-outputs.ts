/** What the commands of a line write, as far as their words say it: a target that is made first need not be tracked. */
import path from 'node:path';
import { pathOf } from './script-reading.ts';
import type { ShellCommand } from './shell-commands.ts';
import type { Word, WordOrigin } from './shell-words.ts';

export interface ScriptOutput {
  /** Normal, relative to the origin. */
  readonly path: string;
  readonly origin: WordOrigin;
  /** `exact`: this file, or anything below this folder. `compiled`: what a compiler leaves below this folder. */
  readonly kind: 'exact' | 'compiled';
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
  go: ['-o'],
  gcc: ['-o'],
  clang: ['-o'],
  asc: ['-o'],
  curl: ['-o'],
  wget: ['-O'],
  unzip: ['-d'],
  tar: ['-C'],
  pkg: ['-o'],
  sass: [],
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

function optionValues(name: string, args: readonly Word[]): readonly Word[] {
  const short = Object.hasOwn(builders, name) ? (builders[name] ?? []) : [];
  return args.flatMap((word, index) => {
    const [option = '', ...inline] = word.text.split('=');
    if (!outputOption.test(option) && !short.includes(option)) return [];
    const value = inline.length > 0 ? { ...word, text: inline.join('=') } : args[index + 1];
    return value === undefined ? [] : [value];
  });
}

function madeBy(name: string, args: readonly Word[]): readonly Word[] {
  const files = args.filter((word) => !word.text.startsWith('-'));
  if (makers.includes(name)) return files;
  if (copiers.includes(name)) return files.slice(1).slice(-1);
  if (name !== 'git' || files[0]?.text !== 'clone') return [];
  const [, url, directory] = files;
  if (directory !== undefined || url === undefined) return directory === undefined ? [] : [directory];
  return [{ ...url, text: path.posix.basename(url.text, '.git') }];
}

/** Everything that a command is seen to write. */
export function outputsOf({ words, writes, place }: ShellCommand): readonly ScriptOutput[] {
  const { name, args } = programOf(words);
  const origin = (word: Word): WordOrigin => (word.origin === 'root' ? 'root' : place.origin);
  const outputs = (found: readonly Word[], kind: ScriptOutput['kind']): readonly ScriptOutput[] =>
    found.flatMap((word) => {
      const file = word.kind === 'literal' ? pathOf(word, place) : null;
      return file === null || file.startsWith('..') || file === '.' ? [] : [{ path: file, origin: origin(word), kind }];
    });
  const usual = (Object.hasOwn(defaults, name) ? (defaults[name] ?? []) : []).map(
    (text): Word => ({ text, kind: 'literal', origin: 'place' }),
  );
  return [
    ...outputs([...writes, ...madeBy(name, args)], 'exact'),
    ...outputs([...optionValues(name, args), ...usual], 'compiled'),
  ];
}
