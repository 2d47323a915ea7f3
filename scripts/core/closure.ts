/** The import closure of an entry point, as a walk over a tree that somebody else reads and resolves in. */
import path from 'node:path';

/** One import as it is written. How it is written decides by which rules Node looks for it. */
export interface ImportReference {
  readonly specifier: string;
  readonly kind: 'import' | 'require';
}

/** What was read in one source file. */
export interface ParsedModule {
  /** Each once: static imports and re-exports, literal dynamic imports and requires; no `node:` modules, no URLs. */
  readonly imports: readonly ImportReference[];
  /** Why the file is not a program at all, and where. */
  readonly errors: readonly { readonly message: string; readonly line: number }[];
}

/** The `why` of an import whose file git could not hold, whatever it is called. */
export const leadsOutside = 'it leads out of the repository';

/** Where an import leads: to a file of the tree, or to one that should be there and is not. */
export type Resolution =
  | { readonly kind: 'file'; readonly path: string }
  /** `candidates`: every path at which it could have been, the likeliest first; `why`: more than "it is not there". */
  | {
      readonly kind: 'missing';
      readonly candidates: readonly string[];
      readonly why?: string;
      /** A package.json names it, so it may be a build output that git ignores on purpose. */
      readonly perhapsBuilt?: boolean;
    }
  /** A package, a module of Node, a build output: not a file that git should hold. */
  | { readonly kind: 'elsewhere' };

export interface ClosureSource {
  /** Whether the tree holds a file of this path. */
  readonly has: (path: string) => boolean;
  readonly importsOf: (path: string) => Promise<readonly ImportReference[]>;
  /** Left out: relative imports only, by the rules of tsx, which also finds what Node finds. */
  readonly resolve?: (reference: ImportReference, from: string) => Promise<Resolution>;
}

export interface MissingImport {
  readonly specifier: string;
  readonly from: string;
  /** From the entry point to the file that is missing. */
  readonly chain: readonly string[];
  /** Every path at which the file could have been, the likeliest first; empty when no path was ever meant. */
  readonly candidates: readonly string[];
  readonly why?: string;
  readonly perhapsBuilt: boolean;
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

/** Whether a specifier is a path: `.`, `..`, `./x`, `../x`. */
export function isRelative(specifier: string): boolean {
  return /^\.{1,2}(\/|$)/.test(specifier);
}

/** The path that a relative specifier means, from the root; a query or fragment is not part of it. */
export function modulePathOf(specifier: string, from: string): string {
  return path.posix.join(path.posix.dirname(from), specifier.replace(/[?#].*$/s, ''));
}

function resolveRelative({ has }: ClosureSource, { specifier }: ImportReference, from: string): Resolution {
  if (!isRelative(specifier)) return { kind: 'elsewhere' };
  const modulePath = modulePathOf(specifier, from);
  if (modulePath.split('/').includes('node_modules')) return { kind: 'elsewhere' };
  const candidates = candidatesFor(modulePath);
  const found = candidates.find(has);
  return found === undefined ? { kind: 'missing', candidates } : { kind: 'file', path: found };
}

interface Step {
  readonly from: string;
  readonly reference: ImportReference;
  readonly resolution: Resolution;
}

async function stepsFrom(source: ClosureSource, from: string): Promise<readonly Step[]> {
  const references = await source.importsOf(from);
  return await Promise.all(
    references.map(async (reference) => {
      const resolution = (await source.resolve?.(reference, from)) ?? resolveRelative(source, reference, from);
      return { from, reference, resolution };
    }),
  );
}

function absentEntry(entry: string): MissingImport {
  return { specifier: entry, from: entry, chain: [entry], candidates: [entry], perhapsBuilt: false };
}

/**
 * Everything that `entry` imports, however deep, and what of it the tree does not hold. Level by level, so that a
 * source can read each level at once. Packages are not followed. An entry that is not there is its own missing import.
 */
export async function closureOf(entry: string, source: ClosureSource): Promise<Closure> {
  if (!source.has(entry)) {
    return { files: [], missing: [absentEntry(entry)] };
  }
  const chains = new Map<string, readonly string[]>([[entry, [entry]]]);
  const missing = new Map<string, MissingImport>();
  const follow = ({ from, reference: { specifier }, resolution }: Step): readonly string[] => {
    const chain = chains.get(from) ?? [from];
    switch (resolution.kind) {
      case 'elsewhere':
        return [];
      case 'missing': {
        const { candidates, why, perhapsBuilt = false } = resolution;
        const end = candidates[0] ?? specifier;
        const base = { specifier, from, chain: [...chain, end], candidates, perhapsBuilt };
        missing.set(`${from}\0${specifier}`, why === undefined ? base : { ...base, why });
        return [];
      }
      case 'file':
        if (chains.has(resolution.path)) return [];
        chains.set(resolution.path, [...chain, resolution.path]);
        return [resolution.path];
    }
  };
  let level: readonly string[] = [entry];
  while (level.length > 0) {
    const steps = await Promise.all(level.map((file) => stepsFrom(source, file)));
    level = steps.flat().flatMap(follow);
  }
  return { files: [...chains.keys()], missing: [...missing.values()] };
}
