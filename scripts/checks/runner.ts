/** The runner of an entry point, as a Node command that can be given another program to run. */
import path from 'node:path';
import type { EntryPoint } from '../core/manifest.ts';
import type { ResolveRules } from './module-resolver.ts';

/** Node options that take the next word as their value. */
const optionsWithValue = new Set([
  '--import',
  '--require',
  '-r',
  '--loader',
  '--experimental-loader',
  '--conditions',
  '-C',
  '--env-file',
  '--env-file-if-exists',
  '--tsconfig',
  '--title',
  '--max-old-space-size',
  '--stack-trace-limit',
]);

export type LinkRunner =
  | { readonly ok: true; readonly argv: readonly [string, ...string[]] }
  | { readonly ok: false; readonly reason: string };

function nodeFlagsOnly(words: readonly string[]): string | undefined {
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!word.startsWith('-')) return word;
    if (['-e', '--eval', '-p', '--print', '--test', '--watch', '-i', '--interactive'].includes(word)) return word;
    if (optionsWithValue.has(word)) index += 1;
  }
  return undefined;
}

/**
 * The command that loads an ES module as production would, or why there is none. Anything but plain flags in the runner
 * is a program of its own, which would be run, so it is not touched.
 */
export function linkRunner({ runner }: EntryPoint): LinkRunner {
  const [program, ...words] = runner;
  const rest = program === 'npx' && words[0] === 'tsx' ? words.slice(1) : words;
  const name = program === 'npx' && words[0] === 'tsx' ? 'tsx' : path.basename(program ?? '');
  if (program === undefined) return { ok: false, reason: 'it has no runner' };
  if (name !== 'node' && name !== 'tsx') return { ok: false, reason: `its runner is ${program}, not node` };
  const other = nodeFlagsOnly(rest);
  if (other !== undefined) return { ok: false, reason: `its runner has "${other}", which is more than flags` };
  return { ok: true, argv: name === 'tsx' ? ['node', '--import', 'tsx', ...rest] : [program, ...rest] };
}

const loaderOptions = ['--import', '--require', '-r', '--loader', '--experimental-loader'];

/** The values of an option in a list of words, in both of its spellings. */
function valuesOf(words: readonly string[], options: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    const [name = '', ...rest] = word.split('=');
    if (!options.includes(name)) return [];
    return rest.length > 0 ? [rest.join('=')] : (words[index + 1] ?? []);
  });
}

/** By which rules the imports of an entry point are found: node's only where nothing but node runs it. */
export function resolveRules({ runner }: EntryPoint): ResolveRules {
  const [program, ...words] = runner;
  const isPlain = program !== undefined && path.basename(program) === 'node' && nodeFlagsOnly(words) === undefined;
  const by = isPlain && valuesOf(words, loaderOptions).length === 0 ? 'node' : 'tsx';
  return { by, conditions: valuesOf(words, ['--conditions', '-C']) };
}

/** Whether Node takes a file for an ES module; `type` is that of the nearest package.json. */
export function isEsModule(file: string, type: string | undefined): boolean {
  if (/\.m[jt]s$/.test(file)) return true;
  if (/\.c[jt]s$/.test(file)) return false;
  return type === 'module';
}
