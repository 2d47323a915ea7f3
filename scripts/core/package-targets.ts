/** package.json `exports` and `imports`, as Node resolves them (nodejs.org/api/esm.html, "Resolution algorithm"). */

/** What an entry of the map leads to. */
export type PackageTarget =
  /** Relative to the folder of the package.json, without the leading `./`. */
  | { readonly kind: 'path'; readonly path: string }
  /** Only in `imports`: another package. */
  | { readonly kind: 'package'; readonly specifier: string }
  /** The map has no entry for it, or says null: Node refuses. */
  | { readonly kind: 'refused' };

const refused: PackageTarget = { kind: 'refused' };

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textTarget(text: string, star: string): PackageTarget {
  const filled = text.replaceAll('*', star);
  if (filled.startsWith('./')) return { kind: 'path', path: filled.slice(2) };
  const isPackage = /^[^./\\]/.test(filled) && !filled.includes(':');
  return isPackage ? { kind: 'package', specifier: filled } : refused;
}

/** undefined: no condition of this value holds, so the next one is asked. */
function resolveValue(value: unknown, star: string, conditions: ReadonlySet<string>): PackageTarget | undefined {
  if (typeof value === 'string') return textTarget(value, star);
  if (Array.isArray(value)) {
    const answers = value.map((each: unknown) => resolveValue(each, star, conditions));
    return answers.find((answer) => answer !== undefined && answer.kind !== 'refused') ?? answers.at(-1);
  }
  // null says that it is not offered; anything else here is no target at all.
  if (!isObject(value)) return refused;
  for (const [condition, inner] of Object.entries(value)) {
    if (condition !== 'default' && !conditions.has(condition)) continue;
    const answer = resolveValue(inner, star, conditions);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

interface Match {
  readonly key: string;
  readonly star: string;
}

/** The most special pattern wins: the longest part before its `*`, then the longest key. */
function matchOf(keys: readonly string[], wanted: string): Match | undefined {
  if (keys.includes(wanted) && !wanted.includes('*')) return { key: wanted, star: '' };
  const matches = keys.flatMap((key): readonly (Match & { readonly base: number })[] => {
    const base = key.indexOf('*');
    if (base < 0 || base !== key.lastIndexOf('*')) return [];
    const [before, after] = [key.slice(0, base), key.slice(base + 1)];
    const fits = wanted.startsWith(before) && wanted.endsWith(after) && wanted.length >= key.length;
    return fits ? [{ key, star: wanted.slice(base, wanted.length - after.length), base }] : [];
  });
  return matches.sort((a, b) => b.base - a.base || b.key.length - a.key.length)[0];
}

function lookUp(map: Readonly<Record<string, unknown>>, key: string, conditions: ReadonlySet<string>): PackageTarget {
  const match = matchOf(Object.keys(map), key);
  return match === undefined ? refused : (resolveValue(map[match.key], match.star, conditions) ?? refused);
}

/** What `#name` leads to by the field `imports` of the nearest package.json. */
export function importsTarget(imports: unknown, name: string, conditions: ReadonlySet<string>): PackageTarget {
  return isObject(imports) ? lookUp(imports, name, conditions) : refused;
}

/** What `./subpath` (or `.`) of a package leads to by its field `exports`, which must be there. */
export function exportsTarget(exports: unknown, subpath: string, conditions: ReadonlySet<string>): PackageTarget {
  const isMap = isObject(exports) && Object.keys(exports).some((key) => key.startsWith('.'));
  const target = lookUp(isMap ? exports : { '.': exports }, subpath, conditions);
  return target.kind === 'package' ? refused : target;
}

/** The name of the package and the `./subpath` (or `.`) in a bare specifier; undefined when it is none. */
export function packageSpecifier(specifier: string): { readonly name: string; readonly subpath: string } | undefined {
  const match = /^((?:@[^/\\%]+\/)?[^./\\%@:][^/\\%:]*)(\/.*)?$/.exec(specifier);
  return match?.[1] === undefined ? undefined : { name: match[1], subpath: `.${match[2] ?? ''}` };
}
