/** The static import closure of an entry point, as a walk over a tree that somebody else reads. */
import path from 'node:path';

export interface ClosureSource {
  /** Whether the tree holds a file of this path. */
  readonly has: (path: string) => boolean;
  /** The specifiers that a file of the tree imports. */
  readonly importsOf: (path: string) => Promise<readonly string[]>;
  /** package.json `imports`, its plain string entries: `#x` to a path from the root. */
  readonly aliases?: ReadonlyMap<string, string>;
}

export interface MissingImport {
  readonly specifier: string;
  readonly from: string;
  /** From the entry point to the file that is missing. */
  readonly chain: readonly string[];
  /** Every path at which the file could have been, the likeliest first. */
  readonly candidates: readonly string[];
}

export interface Closure {
  /** The entry point and everything of the repository that it imports, nearest first. */
  readonly files: readonly string[];
  readonly missing: readonly MissingImport[];
}

const extensions = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json', '.d.ts'];

/** TypeScript files may be imported by the name of the JavaScript that they would compile to. */
const sources: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
};

/** The files that a module path can mean to tsx and Node, the exact one first. */
export function candidatesFor(modulePath: string): readonly string[] {
  const extension = path.posix.extname(modulePath);
  const stem = modulePath.slice(0, modulePath.length - extension.length);
  const bare = modulePath.replace(/\/$/, '');
  const asFile = modulePath.endsWith('/')
    ? []
    : [
        modulePath,
        ...(sources[extension] ?? []).map((source) => stem + source),
        ...extensions.map((ending) => modulePath + ending),
      ];
  return [...asFile, ...extensions.map((ending) => path.posix.join(bare, `index${ending}`))];
}

function modulePathOf(specifier: string, from: string, aliases: ReadonlyMap<string, string>): string | undefined {
  if (specifier.startsWith('#')) return aliases.get(specifier);
  if (!/^\.{1,2}(\/|$)/.test(specifier)) return undefined;
  const resolved = path.posix.join(path.posix.dirname(from), specifier.replace(/[?#].*$/s, ''));
  return resolved.split('/').includes('node_modules') ? undefined : resolved;
}

/**
 * Everything that `entry` imports, however deep, and what of it the tree does not hold. Level by level, so that a
 * source can read each level at once. Packages are not followed. An entry that is not there is its own missing import.
 */
export async function closureOf(entry: string, source: ClosureSource): Promise<Closure> {
  if (!source.has(entry)) {
    return { files: [], missing: [{ specifier: entry, from: entry, chain: [entry], candidates: [entry] }] };
  }
  const chains = new Map<string, readonly string[]>([[entry, [entry]]]);
  const missing = new Map<string, MissingImport>();
  const aliases = source.aliases ?? new Map<string, string>();
  const follow = (from: string, chain: readonly string[], specifier: string): string | undefined => {
    const modulePath = modulePathOf(specifier, from, aliases);
    if (modulePath === undefined) return undefined;
    const candidates = candidatesFor(modulePath);
    const found = candidates.find((candidate) => source.has(candidate));
    if (found === undefined) {
      missing.set(`${from}\0${specifier}`, { specifier, from, chain: [...chain, modulePath], candidates });
      return undefined;
    }
    if (chains.has(found)) return undefined;
    chains.set(found, [...chain, found]);
    return found;
  };
  let level: readonly string[] = [entry];
  while (level.length > 0) {
    const read = await Promise.all(level.map(async (file) => [file, await source.importsOf(file)] as const));
    level = read.flatMap(([file, specifiers]) => {
      const chain = chains.get(file) ?? [file];
      return specifiers.flatMap((specifier) => follow(file, chain, specifier) ?? []);
    });
  }
  return { files: [...chains.keys()], missing: [...missing.values()] };
}
