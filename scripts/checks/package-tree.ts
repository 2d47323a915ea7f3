/** package.json files, workspaces, tsconfig.json and symbolic links, read from the graded tree, each once. */
import path from 'node:path';
import { isJsonObject } from '../core/json-value.ts';
import type { PathMapping } from '../core/path-mapping.ts';
import type { GradedTree } from '../effects/tree.ts';
import { readMapping } from './tsconfig.ts';

export interface PackageFile {
  /** The folder of the package.json, from the root; `.` for the root itself. */
  readonly directory: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface PackageTree {
  /** The package.json of exactly this folder; null when there is none. */
  readonly packageIn: (directory: string) => Promise<PackageFile | null>;
  /** The nearest package.json at or above a file. */
  readonly packageOf: (file: string) => Promise<PackageFile | null>;
  /** The workspace package of this name, which an installed repository has as a link in node_modules. */
  readonly workspaceNamed: (name: string) => Promise<PackageFile | null>;
  readonly pathMapping: () => Promise<PathMapping | null>;
  /** The path behind links to folders; null when it leads out of the repository, itself when there are none. */
  readonly behindLinks: (file: string) => Promise<string | null>;
}

/** A chain of links that is longer than this goes round in circles. */
const chainMax = 16;

/** The object in a JSON text; comments and trailing commas are allowed as TypeScript allows them. Others judge the file. */
export async function parseLenient(text: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { parse } = await import('jsonc-parser');
    const value: unknown = parse(text, [], { allowTrailingComma: true });
    return isJsonObject(value) ? value : {};
  }
}

function once<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key) => {
    const answer = known.get(key) ?? read(key);
    known.set(key, answer);
    return answer;
  };
}

/** The texts of a list; none when it is no list. */
export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** The list below `packages:` of a pnpm-workspace.yaml: plain or quoted items, one a line. */
function pnpmPatterns(text: string): readonly string[] {
  const list = /^packages:[^\S\n]*\n((?:[^\S\n]*(?:#.*)?\n|[^\S\n]*-.*(?:\n|$))*)/m.exec(`${text}\n`)?.[1] ?? '';
  return list.split('\n').flatMap((line) => {
    const match = /^\s*-\s+(?:'([^']*)'|"([^"]*)"|([^\s#'"]\S*))/.exec(line);
    return match?.[1] ?? match?.[2] ?? match?.[3] ?? [];
  });
}

async function workspacePatterns(tree: GradedTree, root: PackageFile | null): Promise<readonly string[]> {
  const field = root?.fields.workspaces;
  const pnpm = await tree.read('pnpm-workspace.yaml');
  return [...texts(isJsonObject(field) ? field.packages : field), ...(pnpm === null ? [] : pnpmPatterns(pnpm))];
}

async function membersOf(tree: GradedTree, packageIn: PackageTree['packageIn']): Promise<Map<string, PackageFile>> {
  const patterns = await workspacePatterns(tree, await packageIn('.'));
  if (patterns.length === 0) return new Map();
  const { default: picomatch } = await import('picomatch');
  const files = (pattern: string) => path.posix.join(pattern.replace(/^!/, ''), 'package.json');
  const ignore = patterns.filter((pattern) => pattern.startsWith('!')).map(files);
  const isMember = picomatch(patterns.filter((pattern) => !pattern.startsWith('!')).map(files), { ignore });
  const directories = [...tree.entries.keys()].filter((file) => file.endsWith('/package.json') && isMember(file));
  const members = await Promise.all(directories.map((file) => packageIn(path.posix.dirname(file))));
  return new Map(
    members.flatMap((member) =>
      member !== null && typeof member.fields.name === 'string' ? [[member.fields.name, member]] : [],
    ),
  );
}

function linkFollower(tree: GradedTree): PackageTree['behindLinks'] {
  let links: ReadonlySet<string> | undefined;
  const all = () => new Set([...tree.entries].filter(([, { mode }]) => mode === '120000').map(([file]) => file));
  return async (file) => {
    links ??= all();
    let current = file;
    for (let turn = 0; turn < chainMax && links.size > 0; turn += 1) {
      const folders = current.split('/').map((_, index, parts) => parts.slice(0, index).join('/'));
      const link = folders.find((folder) => links?.has(folder));
      if (link === undefined) return current;
      const target = path.posix.join(path.posix.dirname(link), (await tree.read(link)) ?? '');
      if (path.posix.isAbsolute((await tree.read(link)) ?? '') || /^\.\.(\/|$)/.test(target)) return null;
      current = path.posix.join(target, current.slice(link.length + 1));
    }
    return current;
  };
}

/** The package facts of one graded tree. */
export function packageTree(tree: GradedTree): PackageTree {
  const packageIn = once(async (directory): Promise<PackageFile | null> => {
    const file = path.posix.join(directory, 'package.json');
    const text = tree.has(file) ? await tree.read(file) : null;
    return text === null ? null : { directory, fields: await parseLenient(text) };
  });
  const above = once(async (directory): Promise<PackageFile | null> => {
    const here = await packageIn(directory);
    return here ?? (directory === '.' ? null : await above(path.posix.dirname(directory)));
  });
  let members: Promise<Map<string, PackageFile>> | undefined;
  let mapping: Promise<PathMapping | null> | undefined;
  return {
    packageIn,
    packageOf: (file) => above(path.posix.dirname(file)),
    workspaceNamed: async (name) => {
      members ??= membersOf(tree, packageIn);
      return (await members).get(name) ?? null;
    },
    pathMapping: () => {
      mapping ??= readMapping(tree);
      return mapping;
    },
    behindLinks: linkFollower(tree),
  };
}
