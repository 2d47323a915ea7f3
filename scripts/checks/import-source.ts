/** Reads imports from the graded tree for core/closure.ts, each file once, and remembers what does not parse. */
import path from 'node:path';
import type { ClosureSource, ImportReference } from '../core/closure.ts';
import type { Finding } from '../core/doctor.ts';
import type { CheckContext } from './check.ts';
import { moduleResolver, type ResolveRules } from './module-resolver.ts';
import { packageTree } from './package-tree.ts';

export interface ImportSource {
  /** What a file imports. A symbolic link "imports" its target. */
  readonly importsOf: ClosureSource['importsOf'];
  /** The source for the closure of what runs under these rules. */
  readonly under: (rules: ResolveRules) => Required<ClosureSource>;
  /** One finding for each file read so far that is not a program. */
  readonly syntaxFindings: () => readonly Finding[];
}

function syntaxFinding(file: string, error: { readonly message: string; readonly line: number }): Finding {
  const { message, line } = error;
  const problem = `${file}:${line} is not a program: ${message}`;
  const remedy = `mend the syntax at line ${line}`;
  return { code: 'file-does-not-parse', severity: 'error', problem, remedy, commands: [], path: file, line };
}

function linkReference(target: string): ImportReference {
  const isPath = target.startsWith('.') || path.posix.isAbsolute(target);
  return { specifier: isPath ? target : `./${target}`, kind: 'require' };
}

/** A source over the graded tree. `has` may know of more files than the tree does. */
export function importSource(context: CheckContext, has = context.tree.has): ImportSource {
  const tree = { ...context.tree, has };
  const packages = packageTree(tree);
  const broken: Finding[] = [];
  const cache = new Map<string, Promise<readonly ImportReference[]>>();
  const read = async (file: string): Promise<readonly ImportReference[]> => {
    if (tree.entries.get(file)?.mode === '120000') return [linkReference((await tree.read(file)) ?? '')];
    const { imports, errors } = await context.scanModule(file);
    const [error] = errors;
    if (error !== undefined) broken.push(syntaxFinding(file, error));
    return imports;
  };
  const importsOf = (file: string): Promise<readonly ImportReference[]> => {
    const known = cache.get(file) ?? read(file);
    cache.set(file, known);
    return known;
  };
  return {
    importsOf,
    under: (rules) => ({ has, importsOf, resolve: moduleResolver(tree, packages, rules) }),
    syntaxFindings: () => broken,
  };
}
