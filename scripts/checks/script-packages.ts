/** The shell lines of package.json files, and what the files say about their packages. */
import path from 'node:path';
import { pointerTo } from '../core/documents.ts';
import { stagedTasks } from '../core/script-staged.ts';
import { isMaterial, isSample, pnpmPackages } from '../core/script-workspaces.ts';
import type { GradedTree } from '../effects/tree.ts';

export interface ScriptLine {
  /** Who has it, such as `the script "test" of package.json`. */
  readonly name: string;
  /** The name of the script alone, for a list. */
  readonly label: string;
  readonly file: string;
  /** Where it runs, from the root of the repository. */
  readonly directory: string;
  readonly text: string;
  /** The JSON pointer in the file at which it is, or below which. */
  readonly pointer?: string;
  /** Why there is no text to read, where a program makes it. */
  readonly unread?: string;
}

/**
 * `member`: the root or one of its workspace. `outsider`: any other. `sample`: its package.json is copied elsewhere
 * before it is used, so that its paths cannot be judged here.
 */
export type Standing = 'member' | 'outsider' | 'sample';

export interface ScriptPackage {
  readonly file: string;
  readonly directory: string;
  readonly standing: Standing;
  readonly scripts: ReadonlyMap<string, string>;
  /** Paths that the package offers to others: `main`, `bin`, `exports` and their like, from the root. */
  readonly offers: readonly string[];
}

export interface PackagesRead {
  readonly lines: readonly ScriptLine[];
  /** By their directories. */
  readonly packages: ReadonlyMap<string, ScriptPackage>;
  /** What could not be read, and so was not checked. */
  readonly unreadable: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return isObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function strings(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(strings);
  return isObject(value) ? Object.values(value).flatMap(strings) : [];
}

async function memberPatterns(tree: GradedTree, root: Json | null, unreadable: string[]) {
  const { workspaces } = root ?? {};
  const npm = strings(isObject(workspaces) ? workspaces.packages : workspaces);
  const pnpmFile = 'pnpm-workspace.yaml';
  const pnpm = pnpmPackages((await tree.read(pnpmFile)) ?? '');
  if (pnpm === null) unreadable.push(`the list "packages" of ${pnpmFile}`);
  return [...npm, ...(pnpm ?? [])];
}

/** Members of the workspace, by its patterns; a pattern that begins with `!` takes packages out again. */
async function memberTest(patterns: readonly string[]): Promise<(file: string) => boolean> {
  if (patterns.length === 0) return () => false;
  const { default: picomatch } = await import('picomatch');
  const asFile = (pattern: string): string => path.posix.join(pattern.replace(/^!/, ''), 'package.json');
  const within = picomatch(patterns.filter((pattern) => !pattern.startsWith('!')).map(asFile));
  const without = picomatch(patterns.filter((pattern) => pattern.startsWith('!')).map(asFile));
  return (file) => within(file) && !without(file);
}

/** The name of a script or hook, its text, and the pointer to it. */
type Named = readonly [name: string, text: unknown, pointer: string];
type Text = readonly [name: string, text: string, pointer: string];

function textsOf(named: readonly Named[]): readonly Text[] {
  return named.flatMap(([name, text, pointer]) => (typeof text === 'string' ? [[name, text, pointer] as const] : []));
}

function entriesOf(value: unknown, pointer: string): readonly Named[] {
  const entries = isObject(value) ? Object.entries(value) : [];
  return entries.map(([name, text]) => [name, text, pointerTo(pointer, name)] as const);
}

function commandsIn(content: Json): readonly Text[] {
  // A script whose name begins with "_", "#" or "//" is a remark kept as a script.
  const plain = entriesOf(content.scripts, '/scripts').filter(([name]) => !/^(_|#|\/\/)/.test(name));
  const wireit = entriesOf(content.wireit, '/wireit').map(([name, value, pointer]): Named => {
    return isObject(value) ? [name, value.command, `${pointer}/command`] : [name, value, pointer];
  });
  return textsOf([...plain, ...wireit]);
}

/** Hooks that simple-git-hooks and husky before version 5 keep in package.json. */
function hooksIn(content: Json): readonly Text[] {
  const husky = entriesOf(isObject(content.husky) ? content.husky.hooks : undefined, '/husky/hooks');
  return textsOf([...husky, ...entriesOf(content['simple-git-hooks'], '/simple-git-hooks')]);
}

function linesOf(content: Json, file: string): readonly ScriptLine[] {
  const directory = path.posix.dirname(file);
  const line = (what: string, [label, text, pointer]: Text): ScriptLine => {
    return { name: `the ${what} "${label}" of ${file}`, label, file, directory, text, pointer };
  };
  return [
    ...commandsIn(content).map((text) => line('script', text)),
    ...hooksIn(content).map((text) => line('hook', text)),
    ...stagedTasks(content['lint-staged']).map((text) => line('lint-staged task', [text, text, '/lint-staged'])),
  ];
}

function packageOf(content: Json, file: string, member: boolean): ScriptPackage {
  const directory = path.posix.dirname(file);
  const { main, module, browser, types, typings, bin, exports } = content;
  const offers = strings([main, module, browser, types, typings, bin, exports])
    .filter((text) => !text.includes('*') && !path.posix.isAbsolute(text))
    .map((text) => path.posix.join(directory, text));
  const { scripts } = content;
  const entries = Object.entries(isObject(scripts) ? scripts : {}).map(([name, text]) => [name, String(text)] as const);
  const standing = isSample(directory) ? 'sample' : member ? 'member' : 'outsider';
  return { file, directory, standing, scripts: new Map(entries), offers };
}

/** The text of a package.json; null for a link, which is another package's. */
async function textOf(tree: GradedTree, file: string): Promise<string | null> {
  return tree.entries.get(file)?.mode === '120000' ? null : await tree.read(file);
}

/** Reads the root's package.json, those of its workspace, and of the given files those that are no mere material. */
export async function readPackages(tree: GradedTree, inner: readonly string[]): Promise<PackagesRead> {
  const unreadable: string[] = [];
  const rootText = await tree.read('package.json');
  const patterns = await memberPatterns(tree, rootText === null ? null : parsed(rootText), unreadable);
  const isInWorkspace = await memberTest(patterns);
  const isMember = (file: string): boolean => file === 'package.json' || isInWorkspace(file);
  const files = inner.filter((file) => isMember(file) || !isMaterial(path.posix.dirname(file)));
  const texts = await Promise.all(files.map(async (file) => [file, await textOf(tree, file)] as const));
  const packages = new Map<string, ScriptPackage>();
  const lines: ScriptLine[] = [];
  for (const [file, text] of texts) {
    const content = text === null ? null : parsed(text);
    // A package.json outside of the workspace may be a template with gaps; it is nobody's package then.
    if (content === null && text !== null && isMember(file)) unreadable.push(`${file}, which is not JSON`);
    if (content === null) continue;
    const one = packageOf(content, file, isMember(file));
    packages.set(one.directory, one);
    lines.push(...linesOf(content, file));
  }
  return { lines, packages, unreadable };
}
