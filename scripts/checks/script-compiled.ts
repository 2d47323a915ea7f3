/** Where tsc writes, as the tsconfig files of the graded tree say it. */
import path from 'node:path';
import { readCompilerConfig } from '../core/script-tsconfig.ts';
import type { GradedTree } from '../effects/tree.ts';
import { packageField } from './script-placing.ts';
import type { ScriptPackage } from './script-sources.ts';

/** tsconfig files that are looked at; a repository with more has its outputs in folders that are ignored anyway. */
const configsMax = 200;

/** Configurations that extend one another; more is a circle. */
const extendsMax = 8;

interface Configs {
  readonly tree: GradedTree;
  /** Folders of the repository's own packages by name, gathered when a configuration extends a package. */
  readonly packageFolders: () => Promise<ReadonlyMap<string, string>>;
}

/** The folders by the name that each package.json says. */
function foldersByName(
  tree: GradedTree,
  packages: ReadonlyMap<string, ScriptPackage>,
): () => Promise<ReadonlyMap<string, string>> {
  let folders: Promise<ReadonlyMap<string, string>> | undefined;
  const gather = async (): Promise<ReadonlyMap<string, string>> => {
    const named = await Promise.all(
      [...packages.values()].map(async ({ file, directory }) => {
        const name = await packageField(tree, file, 'name');
        return name === undefined ? [] : [[name, directory] as const];
      }),
    );
    return new Map(named.flat());
  };
  return () => {
    folders ??= gather();
    return folders;
  };
}

/** The folders that a configuration compiles into, its own or, where it has none, those of what it extends. */
async function outputsOf({ tree, packageFolders }: Configs, file: string, depth = 0): Promise<readonly string[]> {
  const config = readCompilerConfig((await tree.read(file)) ?? '');
  const here = path.posix.dirname(file);
  if (config.outputs.length > 0) {
    return config.outputs.map((folder) => (folder.startsWith('$') ? folder : path.posix.join(here, folder)));
  }
  if (depth >= extendsMax) return [];
  const named = await Promise.all(
    config.bases.map(async (base) => {
      if (base.startsWith('.')) return path.posix.join(here, base);
      const [, name = '', rest = ''] = /^(@[^/]+\/[^/]+|[^/]+)(?:\/(.*))?$/.exec(base) ?? [];
      const folder = (await packageFolders()).get(name);
      return folder === undefined ? undefined : path.posix.join(folder, rest);
    }),
  );
  const bases = named.flatMap((base) => {
    if (base === undefined) return [];
    return [base, `${base}.json`, path.posix.join(base, 'tsconfig.json')].find((one) => tree.has(one)) ?? [];
  });
  const inherited = await Promise.all(
    bases.map(async (base) => {
      const folders = await outputsOf({ tree, packageFolders }, base, depth + 1);
      // tsc takes the folder of the base; what people mean is often the folder of their own file.
      const own = folders.map((folder) => path.posix.join(here, path.posix.relative(path.posix.dirname(base), folder)));
      return [...folders, ...own.filter((folder) => !folder.startsWith('..') && !folder.includes('$'))];
    }),
  );
  return inherited.flat();
}

/** The folders inside of the repository that its tsconfig files compile into. */
export async function compilerOutputs(
  tree: GradedTree,
  packages: ReadonlyMap<string, ScriptPackage>,
): Promise<readonly { readonly file: string; readonly folder: string }[]> {
  const configs = { tree, packageFolders: foldersByName(tree, packages) };
  const all = [...tree.entries.keys()].filter((file) => /(^|\/)tsconfig[^/]*\.json$/.test(file));
  const outputs = await Promise.all(
    all.slice(0, configsMax).map(async (file) => {
      const folders = (await outputsOf(configs, file)).map((folder) =>
        folder.startsWith('$')
          ? path.posix.join(path.posix.dirname(file), folder.replace(/^\$\{configDir\}/, '.'))
          : folder,
      );
      const inside = folders.filter((folder) => folder !== '.' && !folder.startsWith('..'));
      return inside.map((folder) => ({ file, folder }));
    }),
  );
  return outputs.flat();
}
