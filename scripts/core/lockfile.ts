/** npm's lockfile against package.json, and against what is installed. Only what `npm ci` itself would refuse is an error. */
import path from 'node:path';
import { isJsonObject, type JsonObject, objectAt, parseObject, textEntries } from './json-value.ts';
import { isInRange, parseRange } from './version-range.ts';

/** Entries by place, such as `node_modules/a/node_modules/b`; the root package is ''. */
export type LockedPackages = ReadonlyMap<string, JsonObject>;

export type LockfileReading =
  | { readonly kind: 'packages'; readonly packages: LockedPackages }
  /** Version 1 (npm 6), which lists dependencies in another form. */
  | { readonly kind: 'old' }
  | { readonly kind: 'unreadable' };

/** Reads package-lock.json, npm-shrinkwrap.json or node_modules/.package-lock.json. */
export function readLockfile(text: string): LockfileReading {
  const parsed = parseObject(text);
  if (parsed === null) return { kind: 'unreadable' };
  if (!isJsonObject(parsed.packages)) return { kind: parsed.lockfileVersion === 1 ? 'old' : 'unreadable' };
  const entries = Object.entries(parsed.packages).flatMap(([place, entry]) =>
    isJsonObject(entry) ? [[place, entry] as const] : [],
  );
  return { kind: 'packages', packages: new Map(entries) };
}

const declaring = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

/** What a package.json asks to be installed, name and range. Peers are left out: npm may be told not to install them. */
export function declaredPackages(packageJson: JsonObject): readonly (readonly [string, string])[] {
  return declaring.flatMap((key) => textEntries(objectAt(packageJson, key)));
}

/** Where Node would find the package, seen from the folder of a package.json. */
export function lockedPlace(packages: LockedPackages, folder: string, name: string): string | undefined {
  for (let at = folder; ; at = path.posix.dirname(at)) {
    const place = at === '' || at === '.' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (packages.has(place)) return place;
    if (at === '' || at === '.') return undefined;
  }
}

function textAt(entry: JsonObject | undefined, key: string): string | undefined {
  const value = entry?.[key];
  return typeof value === 'string' ? value : undefined;
}

/** The range in `^1.2`, `npm:other@^1.2`; null for a folder, a URL, a tag: of those only the presence can be judged. */
function rangeOf(specifier: string) {
  const alias = /^npm:.+@([^@/]*)$/.exec(specifier);
  return parseRange(alias?.[1] ?? specifier);
}

/** One sentence for each package that package.json asks for and the lockfile does not give. `folder` is '' at the root. */
export function outOfStep(
  packages: LockedPackages,
  folder: string,
  packageJson: JsonObject,
  overridden: boolean,
): readonly string[] {
  return declaredPackages(packageJson).flatMap(([name, specifier]) => {
    const place = lockedPlace(packages, folder, name);
    if (place === undefined) return [`${name} (${specifier}) is not in it`];
    const version = textAt(packages.get(place), 'version');
    const range = rangeOf(specifier);
    // A link has no version of its own, and an override may force one that the range would not allow.
    if (version === undefined || range === null || overridden) return [];
    return isInRange(version, range) === false ? [`${name} is ${version} in it, ${specifier} is asked for`] : [];
  });
}

export interface InstalledDifference {
  readonly missing: readonly string[];
  readonly differing: readonly string[];
  readonly unlisted: readonly string[];
}

/** What may be absent although it is listed: another platform's, or left out on purpose with `--omit`. */
function mayBeAbsent(entry: JsonObject): boolean {
  return entry.optional === true || entry.devOptional === true || entry.peer === true || entry.extraneous === true;
}

const isInstalledPlace = (place: string): boolean => place.includes('node_modules/');

/** `node_modules/.package-lock.json`, which npm writes when it installs, against the lockfile. */
export function installedDifference(locked: LockedPackages, installed: LockedPackages): InstalledDifference {
  const listed = [...locked].filter(([place]) => isInstalledPlace(place));
  const withoutDevelopment = listed.every(([place, entry]) => entry.dev !== true || !installed.has(place));
  const isMissing = ([place, entry]: readonly [string, JsonObject]): boolean =>
    !installed.has(place) && !mayBeAbsent(entry) && !(entry.dev === true && withoutDevelopment);
  const differs = ([place, entry]: readonly [string, JsonObject]): boolean => {
    const [wanted, found] = [textAt(entry, 'version'), textAt(installed.get(place), 'version')];
    return wanted !== undefined && found !== undefined && wanted !== found;
  };
  const nameOf = (place: string): string => place.replace(/^node_modules\//, '');
  return {
    missing: listed.filter(isMissing).map(([place]) => nameOf(place)),
    differing: listed
      .filter(differs)
      .map(
        ([place, entry]) =>
          `${nameOf(place)} ${textAt(installed.get(place), 'version')} for ${textAt(entry, 'version')}`,
      ),
    unlisted: [...installed.keys()].filter((place) => isInstalledPlace(place) && !locked.has(place)).map(nameOf),
  };
}
