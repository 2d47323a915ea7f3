/** What the repository itself says about which files its builds make. */
import path from 'node:path';
import { isCompiled } from '../core/script-built.ts';
import { isAmong } from '../core/script-executables.ts';
import { readCompilerConfig } from '../core/script-tsconfig.ts';
import type { CheckContext } from './check.ts';
import { fileOf, type ReadLine } from './script-facts.ts';
import type { ScriptPackage } from './script-sources.ts';

/** tsconfig files that are looked at; a repository with more has its outputs in folders that are ignored anyway. */
const configsMax = 200;

/** Configurations that extend one another; more is a circle. */
const extendsMax = 8;

interface Made {
  readonly path: string;
  readonly exact: boolean;
  readonly why: string;
}

/** Why a file is thought to be made by a build, or undefined when nothing says so. */
export type Evidence = (file: string) => Promise<string | undefined>;

function isBelow(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

function madeByLines(lines: readonly ReadLine[]): readonly Made[] {
  return lines.flatMap(({ line, reading }) => [
    ...reading.outputs.map((output) => ({
      path: output.origin === 'root' ? output.path : path.posix.join(line.directory, output.path),
      exact: output.kind === 'exact',
      why: `${line.name} writes it`,
    })),
    ...(reading.unpacks ? reading.targets : []).map((target) => ({
      path: fileOf(line, target),
      exact: true,
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

/** The folders that a configuration compiles into, its own or, where it has none, those of what it extends. */
async function outputsOf(context: CheckContext, file: string, depth = 0): Promise<readonly string[]> {
  const { tree } = context;
  const config = readCompilerConfig((await tree.read(file)) ?? '');
  const here = path.posix.dirname(file);
  if (config.outputs.length > 0) {
    return config.outputs.map((folder) => (folder.startsWith('$') ? folder : path.posix.join(here, folder)));
  }
  const bases = config.bases.flatMap((base) => {
    const named = path.posix.join(here, base);
    return [named, `${named}.json`, `${named}/tsconfig.json`].find((one) => tree.has(one)) ?? [];
  });
  if (depth >= extendsMax) return [];
  const inherited = await Promise.all(
    bases.map(async (base) => {
      const folders = await outputsOf(context, base, depth + 1);
      // tsc takes the folder of the base; what people mean is often the folder of their own file.
      const own = folders.map((folder) => path.posix.join(here, path.posix.relative(path.posix.dirname(base), folder)));
      return [...folders, ...own.filter((folder) => !folder.startsWith('..') && !folder.includes('$'))];
    }),
  );
  return inherited.flat();
}

async function outDirectories(context: CheckContext): Promise<readonly Made[]> {
  const all = [...context.tree.entries.keys()].filter((file) => /(^|\/)tsconfig[^/]*\.json$/.test(file));
  const made = await Promise.all(
    all.slice(0, configsMax).map(async (file): Promise<readonly Made[]> => {
      const folders = (await outputsOf(context, file)).map((folder) =>
        folder.startsWith('$')
          ? path.posix.join(path.posix.dirname(file), folder.replace(/^\$\{configDir\}/, '.'))
          : folder,
      );
      const inside = folders.filter((folder) => folder !== '.' && !folder.startsWith('..'));
      return inside.map((folder) => ({ path: folder, exact: false, why: `${file} compiles into ${folder}` }));
    }),
  );
  return made.flat();
}

/** What packages offer and git does not hold is built before it is published; so is what lies beside it. */
function offered({ tree }: CheckContext, packages: ReadonlyMap<string, ScriptPackage>): readonly Made[] {
  return [...packages.values()].flatMap((one) =>
    one.offers
      .filter((file) => isCompiled(file) && !tree.has(file))
      .map((file): Made => {
        const folder = path.posix.dirname(file);
        const exact = folder === one.directory;
        return { path: exact ? file : folder, exact: false, why: `${one.file} offers ${file}, which is built` };
      }),
  );
}

/** Gathers the evidence; tsconfig files are read only when something is asked. */
export function gatherEvidence(
  context: CheckContext,
  lines: readonly ReadLine[],
  packages: ReadonlyMap<string, ScriptPackage>,
): Evidence {
  const written = madeByLines(lines);
  let others: Promise<readonly Made[]> | undefined;
  return async (file) => {
    others ??= outDirectories(context).then((made) => [...made, ...offered(context, packages)]);
    const all = [...written, ...(await others)];
    // Node and require take `dist/main` for `dist/main.js`.
    const names = path.posix.extname(file) === '' ? [file, `${file}.js`] : [file];
    return all.find((made) => names.some((name) => isBelow(name, made.path) && (made.exact || isCompiled(name))))?.why;
  };
}
