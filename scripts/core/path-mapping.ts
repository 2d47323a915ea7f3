/** tsconfig.json `paths` and `baseUrl`, which tsx honours when it runs a file and Node does not. */
import path from 'node:path';

export interface PathMapping {
  /** The folder that the entries of `paths` are relative to, from the root. */
  readonly base: string;
  readonly paths: Readonly<Record<string, readonly string[]>>;
  /** Where a specifier that no pattern matches may be looked for too. */
  readonly baseUrl: string | null;
}

/** Module paths to try, in order, and whether a pattern named exactly this specifier or a prefix of it. */
export interface MappedPaths {
  readonly modulePaths: readonly string[];
  /** False for the pattern `*` and for baseUrl, which match packages just as well. */
  readonly certain: boolean;
}

/** The paths that a specifier is mapped to. An exact key wins, then the longest prefix before a `*`. */
export function mappedPaths(mapping: PathMapping, specifier: string): MappedPaths {
  const keys = Object.keys(mapping.paths);
  const fitting = keys
    .map((key) => ({ key, star: key.indexOf('*') }))
    .filter(({ key, star }) => {
      if (star < 0) return key === specifier;
      const [before, after] = [key.slice(0, star), key.slice(star + 1)];
      const long = specifier.length >= before.length + after.length;
      return long && specifier.startsWith(before) && specifier.endsWith(after);
    })
    .sort((a, b) => Number(a.star >= 0) - Number(b.star >= 0) || b.star - a.star);
  const [best] = fitting;
  if (best === undefined) {
    const { baseUrl } = mapping;
    return { modulePaths: baseUrl === null ? [] : [path.posix.join(baseUrl, specifier)], certain: false };
  }
  const filling = best.star < 0 ? '' : specifier.slice(best.star, specifier.length - (best.key.length - best.star - 1));
  const modulePaths = (mapping.paths[best.key] ?? []).map((target) =>
    path.posix.join(
      mapping.base,
      target.replace('*', () => filling),
    ),
  );
  return { modulePaths, certain: best.star !== 0 };
}
