/** `paths` and `baseUrl` of the tsconfig.json in the root, which is what tsx reads when it is started there. */
import path from 'node:path';
import { isJsonObject } from '../core/json-value.ts';
import type { PathMapping } from '../core/path-mapping.ts';
import type { GradedTree } from '../effects/tree.ts';
import { parseLenient, texts } from './package-tree.ts';

/** A chain of `extends` that is longer than this goes round in circles. */
const chainMax = 16;

type Config = Readonly<Record<string, unknown>>;

/** The options of one file over those that it inherits. */
function mappingOf(config: Config, folder: string, inherited: PathMapping | null): PathMapping | null {
  const options = isJsonObject(config.compilerOptions) ? config.compilerOptions : {};
  const own = typeof options.baseUrl === 'string' ? path.posix.join(folder, options.baseUrl) : null;
  const baseUrl = own ?? inherited?.baseUrl ?? null;
  if (isJsonObject(options.paths)) {
    const paths = Object.fromEntries(Object.entries(options.paths).map(([key, targets]) => [key, texts(targets)]));
    return { base: baseUrl ?? folder, paths, baseUrl };
  }
  if (own === null) return inherited;
  return { base: inherited?.base ?? own, paths: inherited?.paths ?? {}, baseUrl };
}

async function read(tree: GradedTree, file: string, depth: number): Promise<PathMapping | null> {
  const text = depth > chainMax ? null : await tree.read(file);
  if (text === null) return null;
  const config = await parseLenient(text);
  const folder = path.posix.dirname(file);
  const parents = typeof config.extends === 'string' ? [config.extends] : texts(config.extends);
  let inherited: PathMapping | null = null;
  // One that comes from a package is not in the tree; what it maps is not known.
  for (const parent of parents.filter((each) => each.startsWith('.'))) {
    const named = path.posix.join(folder, parent);
    inherited = (await read(tree, tree.has(named) ? named : `${named}.json`, depth + 1)) ?? inherited;
  }
  return mappingOf(config, folder, inherited);
}

/** The mapping of the graded tree; null when it has none. */
export function readMapping(tree: GradedTree): Promise<PathMapping | null> {
  return read(tree, 'tsconfig.json', 0);
}
