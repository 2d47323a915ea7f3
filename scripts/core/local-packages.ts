/** Packages that a package.json takes from a path, in place of a registry. Pure. */
import { pointerTo } from './documents.ts';
import { type JsonObject, objectAt, textEntries } from './json-value.ts';

export interface LocalPackage {
  readonly name: string;
  /** As it is written, such as `file:vendor/one.tgz`. */
  readonly specifier: string;
  /** The path in it, from the folder of the package.json unless it is absolute or begins with `~`. */
  readonly path: string;
  /** `link`: any folder will do; the others need a package.json in theirs. */
  readonly kind: 'archive' | 'folder' | 'link';
  readonly pointer: string;
  /** Whether an install goes on without it. */
  readonly isOptional: boolean;
}

const keys = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

const archive = /\.(tgz|tar\.gz|tar)$/i;

/** npm takes a path without a protocol too, and a name with the ending of an archive (docs.npmjs.com, "package-spec"). */
function pathIn(specifier: string): { readonly protocol: string; readonly path: string } | null {
  const [, protocol = '', rest] = /^(file|link|portal):(.*)$/.exec(specifier) ?? [];
  if (rest !== undefined) return { protocol, path: rest.replace(/^\/\/(?=\/|\.)/, '') || '.' };
  const isPath = /^(\.{1,2}(\/|$)|~\/|\/)/.test(specifier) || (archive.test(specifier) && !specifier.includes(':'));
  return isPath ? { protocol: 'file', path: specifier } : null;
}

/** All of them, in the order of the file. */
export function localPackages(packageJson: JsonObject): readonly LocalPackage[] {
  return keys.flatMap((key) =>
    textEntries(objectAt(packageJson, key)).flatMap(([name, specifier]): readonly LocalPackage[] => {
      const found = pathIn(specifier);
      if (found === null) return [];
      const { protocol, path } = found;
      const kind = protocol === 'link' ? 'link' : archive.test(path) ? 'archive' : 'folder';
      const isOptional = key === 'optionalDependencies';
      return [{ name, specifier, path, kind, pointer: pointerTo(`/${key}`, name), isOptional }];
    }),
  );
}
