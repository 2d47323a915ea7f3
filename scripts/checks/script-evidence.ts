/** What the repository itself says about which files its builds make. */
import path from 'node:path';
import { isCompiled } from '../core/script-built.ts';
import type { ScriptReading } from '../core/script-lines.ts';
import type { CheckContext } from './check.ts';
import type { ScriptLine, ScriptPackage } from './script-sources.ts';

/** tsconfig files that are looked at; a repository with more has its outputs in folders that are ignored anyway. */
const configsMax = 200;

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

function madeByLines(
  lines: readonly { readonly line: ScriptLine; readonly reading: ScriptReading }[],
): readonly Made[] {
  return lines.flatMap(({ line, reading }) =>
    reading.outputs.map((output) => ({
      path: output.origin === 'root' ? output.path : path.posix.join(line.directory, output.path),
      exact: output.kind === 'exact',
      why: `${line.name} writes it`,
    })),
  );
}

async function outDirectories({ tree }: CheckContext): Promise<readonly Made[]> {
  const files = [...tree.entries.keys()].filter((file) => /(^|\/)tsconfig[^/]*\.json$/.test(file)).slice(0, configsMax);
  const made = await Promise.all(
    files.map(async (file): Promise<readonly Made[]> => {
      // Comments and commas at the end are common here, so the one key is looked for and the rest left alone.
      const found = /^[^/\n]*"(?:outDir|declarationDir)"\s*:\s*"([^"]+)"/m.exec((await tree.read(file)) ?? '');
      const folder = found?.[1]?.replace(/^\$\{configDir\}/, '.');
      if (folder === undefined || path.posix.isAbsolute(folder)) return [];
      const output = path.posix.join(path.posix.dirname(file), folder);
      return output === '.' || output.startsWith('..')
        ? []
        : [{ path: output, exact: false, why: `${file} compiles into ${output}` }];
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
  lines: readonly { readonly line: ScriptLine; readonly reading: ScriptReading }[],
  packages: ReadonlyMap<string, ScriptPackage>,
): Evidence {
  const written = madeByLines(lines);
  let others: Promise<readonly Made[]> | undefined;
  return async (file) => {
    others ??= outDirectories(context).then((made) => [...made, ...offered(context, packages)]);
    const all = [...written, ...(await others)];
    return all.find((made) => isBelow(file, made.path) && (made.exact || isCompiled(file)))?.why;
  };
}
