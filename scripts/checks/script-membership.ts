/** Which packages of a repository its developers run, and which are samples that somebody copies first. */
import path from 'node:path';
import { isJsonObject, type JsonObject, objectAt, parseObject, textEntries } from '../core/json-value.ts';
import { enteredFolders, isForeign, isMaterial, isSample, isWide, pnpmPackages } from '../core/script-workspaces.ts';
import type { GradedTree } from '../effects/tree.ts';

/**
 * `member`: a root, or one of the workspace of a root. `outsider`: any other. `sample`: its package.json is copied
 * elsewhere before it is used, so that its paths cannot be judged here.
 */
export type Standing = 'member' | 'outsider' | 'sample';

export interface Membership {
  /** The standing of the package of a folder; null for material of tests and code of others, which nobody reads. */
  readonly standingOf: (directory: string) => Standing | null;
  /** What could not be read, so that members may be missing. */
  readonly unreadable: readonly string[];
}

const lockfiles = ['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'bun.lockb'];

interface Patterns {
  readonly patterns: readonly string[];
  readonly unreadable: readonly string[];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** lerna's own list; what it means without one is what npm or pnpm say, and packages/* where neither says anything. */
async function lernaPatterns(tree: GradedTree, file: string, others: readonly string[]): Promise<Patterns> {
  const text = await tree.read(file);
  if (text === null) return { patterns: [], unreadable: [] };
  const lerna = parseObject(text);
  if (lerna === null) return { patterns: [], unreadable: [`${file}, which is not JSON`] };
  const own = texts(lerna.packages);
  return { patterns: own.length > 0 || others.length > 0 ? own : ['packages/*'], unreadable: [] };
}

/** The patterns of the workspace whose root is this folder, from the root of the repository. */
async function patternsOf(tree: GradedTree, directory: string, content: JsonObject): Promise<Patterns> {
  const at = (name: string): string => path.posix.join(directory, name);
  const { workspaces } = content;
  const npm = texts(isJsonObject(workspaces) ? workspaces.packages : workspaces);
  const yaml = at('pnpm-workspace.yaml');
  const pnpm = pnpmPackages((await tree.read(yaml)) ?? '');
  const listed = [...npm, ...(pnpm ?? [])];
  const lerna = await lernaPatterns(tree, at('lerna.json'), listed);
  const unreadable = [...(pnpm === null ? [`the list "packages" of ${yaml}`] : []), ...lerna.unreadable];
  const patterns = [...listed, ...lerna.patterns].map((pattern) => {
    return pattern.startsWith('!') ? `!${at(pattern.slice(1))}` : at(pattern);
  });
  return { patterns, unreadable };
}

/** Folders with a package of their own: one with a lockfile; without a root package, any that lies in no other. */
function ownRoots(tree: GradedTree, directories: readonly string[]): readonly string[] {
  const isOwn = (directory: string): boolean =>
    !isSample(directory) &&
    !isForeign(directory) &&
    lockfiles.some((name) => tree.has(path.posix.join(directory, name)));
  const all = new Set(directories);
  const isInner = (directory: string): boolean => {
    for (let at = directory; at !== '.'; ) {
      at = path.posix.dirname(at);
      if (all.has(at)) return true;
    }
    return false;
  };
  const isTop = (directory: string): boolean => !isSample(directory) && !isMaterial(directory) && !isInner(directory);
  return directories.filter((directory) => isOwn(directory) || isTop(directory));
}

/** Folders that the scripts of the root package go to, to run something there. */
function entered(root: JsonObject): readonly string[] {
  return textEntries(objectAt(root, 'scripts')).flatMap(([, text]) => enteredFolders(text));
}

async function memberTest(patterns: readonly string[]): Promise<(directory: string) => boolean> {
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  if (wanted.length === 0) return () => false;
  const { default: picomatch } = await import('picomatch');
  const asFolder = (pattern: string): string => path.posix.normalize(pattern.replace(/^!/, '')).replace(/\/$/, '');
  const within = picomatch(wanted.map(asFolder));
  const without = picomatch(patterns.filter((pattern) => pattern.startsWith('!')).map(asFolder));
  return (directory) => within(directory) && !without(directory);
}

/** Reads the workspaces of the tree. `directories` are those that have a package.json. */
export async function readMembership(tree: GradedTree, directories: readonly string[]): Promise<Membership> {
  const contentOf = async (directory: string): Promise<JsonObject> => {
    return parseObject((await tree.read(path.posix.join(directory, 'package.json'))) ?? '') ?? {};
  };
  const roots = new Set([...ownRoots(tree, directories), ...entered(await contentOf('.'))]);
  const present = [...new Set(['.', ...directories.filter((directory) => roots.has(directory))])];
  const found = await Promise.all(present.map(async (root) => await patternsOf(tree, root, await contentOf(root))));
  const patterns = found.flatMap((one) => one.patterns);
  const excluded = patterns.filter((pattern) => pattern.startsWith('!'));
  const [isNamed, isBelow] = await Promise.all([
    memberTest([...patterns.filter((pattern) => !isWide(pattern)), ...excluded]),
    memberTest(patterns),
  ]);
  const standingOf = (directory: string): Standing | null => {
    if (directory === '.' || roots.has(directory) || isNamed(directory)) return 'member';
    if (isSample(directory)) return isMaterial(directory) ? null : 'sample';
    if (isBelow(directory)) return 'member';
    return isMaterial(directory) ? null : 'outsider';
  };
  return { standingOf, unreadable: found.flatMap((one) => one.unreadable) };
}
