/** What a tsconfig file says about where the compiler writes, without reading the rest of it. */

export interface CompilerConfig {
  /** Relative to the file, or beginning with `${configDir}`. */
  readonly outputs: readonly string[];
  /** What it extends, as it is written: relative paths, and packages with or without a path in them. */
  readonly bases: readonly string[];
}

/** Strings are matched first, so that the slashes of an address are no comment. */
const stringOrComment = /("(?:[^"\\\n]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/** Reads text that may have comments and commas at the end; what is not understood says nothing. */
export function readCompilerConfig(text: string): CompilerConfig {
  const bare = text.replace(stringOrComment, (_, string: string | undefined) => string ?? ' ');
  const outputs = [...bare.matchAll(/"(?:outDir|declarationDir)"\s*:\s*"([^"]+)"/g)].map(([, folder = '']) => folder);
  const [, list = ''] = /"extends"\s*:\s*("[^"]*"|\[[^\]]*\])/.exec(bare) ?? [];
  const bases = [...list.matchAll(/"([^"]*)"/g)].map(([, base = '']) => base);
  return {
    outputs: outputs.filter((folder) => !folder.startsWith('/')),
    bases: bases.filter((base) => base !== '' && !base.startsWith('/')),
  };
}
