/** Where an import leads in the graded tree: by the rules of Node, or by those of tsx, which adds to them. */
import path from 'node:path';
import {
  candidatesFor,
  type ImportReference,
  isRelative,
  leadsOutside,
  modulePathOf,
  type Resolution,
} from '../core/closure.ts';
import { isJsonObject } from '../core/json-value.ts';
import { exportsTarget, importsTarget, packageSpecifier } from '../core/package-targets.ts';
import { mappedPaths } from '../core/path-mapping.ts';
import type { GradedTree } from '../effects/tree.ts';
import type { PackageFile, PackageTree } from './package-tree.ts';

/** Who resolves. Any runner but node is taken for tsx: whatever compiles TypeScript finds what tsx finds. */
export interface ResolveRules {
  readonly by: 'node' | 'tsx';
  /** Conditions of `exports` and `imports` besides Node's own, from --conditions. */
  readonly conditions: readonly string[];
}

export type ResolveImport = (reference: ImportReference, from: string) => Promise<Resolution>;

const elsewhere: Resolution = { kind: 'elsewhere' };

interface World extends ResolveRules {
  readonly tree: GradedTree;
  readonly packages: PackageTree;
}

function conditionsFor({ conditions }: ResolveRules, { kind }: ImportReference): ReadonlySet<string> {
  return new Set(['node', kind, 'module-sync', 'node-addons', ...conditions]);
}

/** The files that a path can mean, in the order in which they are tried. */
async function candidatesOf(world: World, file: string, { kind }: ImportReference, from: string) {
  const folder = file.replace(/\/$/, '');
  if (world.by === 'node' && kind === 'import') return [file];
  const main = (await world.packages.packageIn(folder))?.fields.main;
  const mains = typeof main === 'string' ? candidatesFor(path.posix.join(folder, main)) : [];
  if (world.by === 'node') {
    const endings = ['.js', '.json', '.node'];
    const indexes = endings.map((ending) => path.posix.join(folder, `index${ending}`));
    const files = file.endsWith('/') ? [] : [file, ...endings.map((ending) => file + ending)];
    return [...files, ...mains, ...indexes];
  }
  const all = candidatesFor(file);
  const typed = all.filter(
    (each) => /\.[cm]?tsx?$/.test(each) && !each.startsWith(`${file}.`) && !each.startsWith(`${folder}/`),
  );
  const isTyped = /\.[cm]?tsx?$/.test(from);
  return [...(isTyped ? typed : []), ...all, ...mains];
}

/** The first candidate that the tree has, also behind links to folders. */
async function find(world: World, candidates: readonly string[]): Promise<Resolution> {
  const found = candidates.find(world.tree.has);
  if (found !== undefined) return { kind: 'file', path: found };
  for (const candidate of candidates) {
    const real = await world.packages.behindLinks(candidate);
    if (real === null) return { kind: 'missing', candidates: [], why: leadsOutside };
    if (real.split('/').includes('node_modules')) return elsewhere;
    if (real !== candidate && world.tree.has(real)) return { kind: 'file', path: real };
  }
  return { kind: 'missing', candidates };
}

async function findPath(world: World, file: string, reference: ImportReference, from: string): Promise<Resolution> {
  if (/^\.\.(\/|$)/.test(file)) return { kind: 'missing', candidates: [], why: leadsOutside };
  if (file.split('/').includes('node_modules')) return elsewhere;
  const answer = await find(world, await candidatesOf(world, file, reference, from));
  if (answer.kind !== 'missing' || answer.why !== undefined) return answer;
  // Whatever is tried first, a person is told the path as it is written.
  return { ...answer, candidates: [file, ...answer.candidates.filter((candidate) => candidate !== file)] };
}

/** A target that a package.json names is often a build output: then git need not hold it. */
function perhapsBuilt(resolution: Resolution): Resolution {
  return resolution.kind === 'missing' ? { ...resolution, perhapsBuilt: true } : resolution;
}

async function resolvedInPackage(
  world: World,
  { directory, fields }: PackageFile,
  subpath: string,
  reference: ImportReference,
  from: string,
): Promise<Resolution> {
  const at = (file: string) => findPath(world, path.posix.join(directory, file), reference, from);
  if (fields.exports === undefined || fields.exports === null) {
    // Without `exports`, a bare name is looked for as CommonJS does: main, then index, with endings.
    const asRequire: ImportReference = { ...reference, kind: subpath === '.' ? 'require' : reference.kind };
    return perhapsBuilt(await findPath(world, path.posix.join(directory, subpath), asRequire, from));
  }
  const target = exportsTarget(fields.exports, subpath, conditionsFor(world, reference));
  if (target.kind === 'path') return perhapsBuilt(await at(target.path));
  const why = `"exports" of ${path.posix.join(directory, 'package.json')} does not offer it`;
  return { kind: 'missing', candidates: [], why };
}

async function byName(world: World, reference: ImportReference, from: string): Promise<Resolution> {
  const named = packageSpecifier(reference.specifier);
  if (named === undefined) return elsewhere;
  const own = await world.packages.packageOf(from);
  if (own?.fields.name === named.name && own.fields.exports !== undefined) {
    return await resolvedInPackage(world, own, named.subpath, reference, from);
  }
  const member = await world.packages.workspaceNamed(named.name);
  return member === null ? elsewhere : await resolvedInPackage(world, member, named.subpath, reference, from);
}

async function byImports(world: World, reference: ImportReference, from: string): Promise<Resolution> {
  const own = await world.packages.packageOf(from);
  const target = importsTarget(own?.fields.imports, reference.specifier, conditionsFor(world, reference));
  switch (target.kind) {
    case 'path': {
      const file = path.posix.join(own?.directory ?? '.', target.path);
      return perhapsBuilt(await findPath(world, file, reference, from));
    }
    case 'package':
      return await byName(world, { ...reference, specifier: target.specifier }, from);
    case 'refused': {
      const file = own === null ? 'no package.json' : path.posix.join(own.directory, 'package.json');
      return { kind: 'missing', candidates: [], why: `"imports" of ${file} does not define it` };
    }
  }
}

/** By tsconfig `paths`. undefined: nothing is mapped, or it may be a package all the same. */
async function byMapping(world: World, reference: ImportReference, from: string): Promise<Resolution | undefined> {
  const mapping = world.by === 'tsx' ? await world.packages.pathMapping() : null;
  if (mapping === null) return undefined;
  const { modulePaths, certain } = mappedPaths(mapping, reference.specifier);
  const answers = await Promise.all(modulePaths.map((file) => findPath(world, file, reference, from)));
  const found = answers.find((answer) => answer.kind !== 'missing');
  if (found !== undefined || !certain) return found;
  const name = packageSpecifier(reference.specifier)?.name;
  const root = (await world.packages.packageIn('.'))?.fields;
  const lists = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
  const isPackage = name !== undefined && lists.some((list) => isJsonObject(root?.[list]) && name in root[list]);
  return isPackage ? undefined : answers[0];
}

/** Resolves imports of one tree by one set of rules. */
export function moduleResolver(tree: GradedTree, packages: PackageTree, rules: ResolveRules): ResolveImport {
  const world: World = { ...rules, tree, packages };
  return async (reference, from) => {
    const { specifier } = reference;
    if (isRelative(specifier)) return await findPath(world, modulePathOf(specifier, from), reference, from);
    if (path.posix.isAbsolute(specifier)) return elsewhere;
    const mapped = await byMapping(world, reference, from);
    if (mapped?.kind === 'file') return mapped;
    const named = specifier.startsWith('#')
      ? await byImports(world, reference, from)
      : await byName(world, reference, from);
    return named.kind === 'file' || mapped === undefined ? named : mapped;
  };
}
