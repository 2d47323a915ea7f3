/** The shell lines of package.json files, and what the files say about their packages. */
import path from 'node:path';
import { type DocumentProblem, pointerTo } from '../core/documents.ts';
import { isJsonObject, type JsonObject, parseObject } from '../core/json-value.ts';
import { type LocalPackage, localPackages } from '../core/local-packages.ts';
import { stagedTasks } from '../core/script-staged.ts';
import type { GradedTree } from '../effects/tree.ts';
import type { CheckContext } from './check.ts';
import { type Membership, readMembership, type Standing } from './script-membership.ts';

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

export interface ScriptPackage {
  readonly file: string;
  readonly directory: string;
  readonly standing: Standing;
  readonly scripts: ReadonlyMap<string, string>;
  /** Paths that the package offers to others: `main`, `bin`, `exports` and their like, from the root. */
  readonly offers: readonly string[];
  /** What it takes from paths. */
  readonly local: readonly LocalPackage[];
}

export interface PackagesRead {
  readonly lines: readonly ScriptLine[];
  /** By their directories. */
  readonly packages: ReadonlyMap<string, ScriptPackage>;
  /** Files of members that are no JSON objects. */
  readonly broken: readonly DocumentProblem[];
  /** What else could not be read, and so was not checked. */
  readonly unreadable: readonly string[];
}

function strings(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(strings);
  return isJsonObject(value) ? Object.values(value).flatMap(strings) : [];
}

/** The name of a script or hook, its text, and the pointer to it. */
type Named = readonly [name: string, text: unknown, pointer: string];
type Text = readonly [name: string, text: string, pointer: string];

function textsOf(named: readonly Named[]): readonly Text[] {
  return named.flatMap(([name, text, pointer]) => (typeof text === 'string' ? [[name, text, pointer] as const] : []));
}

function entriesOf(value: unknown, pointer: string): readonly Named[] {
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  return entries.map(([name, text]) => [name, text, pointerTo(pointer, name)] as const);
}

function commandsIn(content: JsonObject): readonly Text[] {
  // A script whose name begins with "_", "#" or "//" is a remark kept as a script.
  const plain = entriesOf(content.scripts, '/scripts').filter(([name]) => !/^(_|#|\/\/)/.test(name));
  const wireit = entriesOf(content.wireit, '/wireit').map(([name, value, pointer]): Named => {
    return isJsonObject(value) ? [name, value.command, `${pointer}/command`] : [name, value, pointer];
  });
  return textsOf([...plain, ...wireit]);
}

/** Hooks that simple-git-hooks and husky before version 5 keep in package.json. */
function hooksIn(content: JsonObject): readonly Text[] {
  const husky = entriesOf(isJsonObject(content.husky) ? content.husky.hooks : undefined, '/husky/hooks');
  return textsOf([...husky, ...entriesOf(content['simple-git-hooks'], '/simple-git-hooks')]);
}

function linesOf(content: JsonObject, file: string): readonly ScriptLine[] {
  const directory = path.posix.dirname(file);
  const line = (what: string, [label, text, pointer]: Text): ScriptLine => {
    return { name: `the ${what} "${label}" of ${file}`, label, file, directory, text, pointer };
  };
  // `prisma db seed` runs it (prisma.io/docs, "Seeding").
  const seed = isJsonObject(content.prisma) ? content.prisma.seed : undefined;
  return [
    ...commandsIn(content).map((text) => line('script', text)),
    ...(typeof seed === 'string' ? [line('command', ['prisma.seed', seed, '/prisma/seed'])] : []),
    ...hooksIn(content).map((text) => line('hook', text)),
    ...stagedTasks(content['lint-staged']).map((text) => line('lint-staged task', [text, text, '/lint-staged'])),
  ];
}

function packageOf(content: JsonObject, file: string, standing: Standing): ScriptPackage {
  const directory = path.posix.dirname(file);
  const { main, module, browser, types, typings, bin, exports } = content;
  const offers = strings([main, module, browser, types, typings, bin, exports])
    .filter((text) => !text.includes('*') && !path.posix.isAbsolute(text))
    .map((text) => path.posix.join(directory, text));
  const { scripts } = content;
  const entries = Object.entries(isJsonObject(scripts) ? scripts : {}).map(
    ([name, text]) => [name, String(text)] as const,
  );
  return { file, directory, standing, scripts: new Map(entries), offers, local: localPackages(content) };
}

/** The text of a package.json; null for a link, which is another package's. */
async function textOf(tree: GradedTree, file: string): Promise<string | null> {
  return tree.entries.get(file)?.mode === '120000' ? null : await tree.read(file);
}

/** Samples that are read; a repository with more of them is made of them. */
const samplesMax = 100;

/** The package.json files that are read, each with its standing. */
function chosen(files: readonly string[], { standingOf }: Membership): readonly (readonly [string, Standing])[] {
  let samples = 0;
  return files.flatMap((file) => {
    const standing = standingOf(path.posix.dirname(file));
    if (standing === 'sample') samples += 1;
    const isLeftOut = standing === null || (standing === 'sample' && samples > samplesMax);
    return isLeftOut ? [] : [[file, standing] as const];
  });
}

/** Reads the package.json files of the tree, those aside that are mere material of tests or code of others. */
export async function readPackages(
  { tree, documents }: Pick<CheckContext, 'tree' | 'documents'>,
  all: readonly string[],
): Promise<PackagesRead> {
  const membership = await readMembership(tree, all.map(path.posix.dirname));
  const files = chosen(all, membership);
  const texts = await Promise.all(
    files.map(async ([file, standing]) => [file, standing, await textOf(tree, file)] as const),
  );
  const broken: DocumentProblem[] = [];
  const packages = new Map<string, ScriptPackage>();
  const lines: ScriptLine[] = [];
  for (const [file, standing, text] of texts) {
    const content = text === null ? null : parseObject(text);
    // A package.json outside of the workspace may be a template with gaps; it is nobody's package then.
    const problem = content === null && standing === 'member' ? documents.objectProblem(text ?? '{}', file) : undefined;
    if (problem !== undefined) broken.push(problem);
    if (content === null) continue;
    const one = packageOf(content, file, standing);
    packages.set(one.directory, one);
    lines.push(...linesOf(content, file));
  }
  return { lines, packages, broken, unreadable: membership.unreadable };
}
