/** What the repository itself says about which files its builds make. */
import path from 'node:path';
import { isCompiled } from '../core/script-built.ts';
import { isAmong } from '../core/script-executables.ts';
import type { ScriptOutput } from '../core/script-lines.ts';
import type { GradedTree } from '../effects/tree.ts';
import type { CheckContext } from './check.ts';
import { compilerOutputs } from './script-compiled.ts';
import { fileOf, type ReadLine } from './script-facts.ts';
import type { ScriptPackage } from './script-sources.ts';
import { treeIndex } from './tree-index.ts';

interface Made extends Pick<ScriptOutput, 'kind' | 'sources'> {
  /** From the root, as the sources are. */
  readonly path: string;
  readonly why: string;
  readonly isCompiler?: boolean;
}

/** Why a file is thought to be made by a build. */
export interface Reason {
  readonly why: string;
  /** Whether tsc makes it, of the source that has its name, and some line runs tsc. */
  readonly isCompiler?: boolean;
}

/** The reason, or undefined when nothing says that a build makes the file. */
export type Evidence = (file: string) => Promise<Reason | undefined>;

function isBelow(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

function madeByLines(lines: readonly ReadLine[]): readonly Made[] {
  return lines.flatMap(({ line, reading }) => [
    ...reading.outputs.map(({ kind, ...output }) => {
      const fromRoot = (file: string): string =>
        output.origin === 'root' ? file : path.posix.join(line.directory, file);
      const sources = output.sources?.map(fromRoot);
      return { path: fromRoot(output.path), kind, sources, why: `${line.name} writes it` };
    }),
    ...(reading.unpacks ? reading.targets : []).map((target) => ({
      path: fileOf(line, target),
      kind: 'exact' as const,
      why: `${line.name} unpacks files before it runs it`,
    })),
  ]);
}

/** A test for files that some line makes executable before they are executed. */
export function madeExecutable(lines: readonly ReadLine[]): (file: string) => boolean {
  const patterns = lines.flatMap(({ line, reading }) =>
    reading.executables.map((one) => (one.origin === 'root' ? one.path : path.posix.join(line.directory, one.path))),
  );
  return (file) => patterns.some((pattern) => isAmong(file, pattern));
}

/**
 * What packages offer and git does not hold is built before it is published, and so is what lies beside it: if git holds
 * no program there, for else the file may be gone, or never have been.
 */
function offered({ tree }: CheckContext, packages: ReadonlyMap<string, ScriptPackage>): readonly Made[] {
  const { hasPrograms } = treeIndex(tree);
  return [...packages.values()].flatMap((one) =>
    one.offers
      .filter((file) => isCompiled(file) && !tree.has(file) && path.posix.dirname(file) !== one.directory)
      .map((file) => ({ file, folder: path.posix.dirname(file) }))
      .filter(({ folder }) => folder !== '.' && !hasPrograms(folder))
      .map(({ file, folder }): Made => {
        return { path: folder, kind: 'compiled', why: `${one.file} offers ${file}, which is built` };
      }),
  );
}

/** Whether copying those sources into a folder that git holds leaves a file of that name there. */
function isCopied(tree: GradedTree, made: Made, file: string): boolean {
  const rest = path.posix.relative(made.path, file);
  return (made.sources ?? ['']).some((source) => {
    const name = path.posix.basename(source);
    const inside = rest === name ? '.' : rest.startsWith(`${name}/`) ? rest.slice(name.length + 1) : rest;
    const isHeld = source === '.' || tree.has(source) || treeIndex(tree).hasFolder(source);
    return !isHeld || [rest, inside].some((one) => tree.has(path.posix.join(source, one)));
  });
}

/** Whether that leaves the file: itself, or below a folder; a folder that git holds is not made by making it again. */
function leaves(tree: GradedTree, made: Made, file: string): boolean {
  if (file === made.path) return made.kind !== 'compiled' || isCompiled(file);
  if (!isBelow(file, made.path)) return false;
  switch (made.kind) {
    case 'filled':
      return true;
    case 'compiled':
      return isCompiled(file);
    case 'exact':
      return !treeIndex(tree).hasFolder(made.path);
    case 'copied':
      return !treeIndex(tree).hasFolder(made.path) || isCopied(tree, made, file);
  }
}

/** Some line compiles with tsc, and not for types alone. */
function runsCompiler(lines: readonly ReadLine[]): boolean {
  return lines.some(({ line: { text } }) => /\btsc\b/.test(text) && !/--(noEmit|emitDeclarationOnly)\b/i.test(text));
}

/** Gathers the evidence; tsconfig files are read only when something is asked. */
export function gatherEvidence(
  context: CheckContext,
  lines: readonly ReadLine[],
  packages: ReadonlyMap<string, ScriptPackage>,
): Evidence {
  const written = madeByLines(lines);
  const isCompiler = runsCompiler(lines);
  const { tree } = context;
  let others: Promise<readonly Made[]> | undefined;
  return async (file) => {
    others ??= compilerOutputs(tree, packages).then((outputs) => [
      ...outputs.map(({ file: config, folder }): Made => {
        return { path: folder, kind: 'compiled', why: `${config} compiles into ${folder}`, isCompiler };
      }),
      ...offered(context, packages),
    ]);
    const all = [...written, ...(await others)];
    // Node and require take `dist/main` for `dist/main.js`.
    const names = path.posix.extname(file) === '' ? [file, `${file}.js`] : [file];
    return all.find((made) => names.some((name) => leaves(tree, made, name)));
  };
}
