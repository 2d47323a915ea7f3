/** Bundles the commands, with the code that they share in chunks; what is loaded late in scripts/ is loaded late here. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { objectAt, parseObject } from '../core/json-value.ts';
import { home } from '../effects/program.ts';
import { bundle } from './bundle.ts';

/** The packages that are installed beside ours; all others are bundled. */
function installedPackages(): readonly string[] {
  const packageJson = parseObject(readFileSync(path.join(home, 'package.json'), 'utf8'));
  return Object.keys(objectAt(packageJson ?? {}, 'dependencies'));
}

/** Some packages (zx, picomatch) are CommonJS and require() Node's own modules, which an ES module cannot. */
const requireForCommonJs =
  "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);";

/** Writes dist/<name>.js for each command. Not minified: a stack must be readable in a bug report. */
export function bundleCommands(outdir: string, names: readonly string[]): Promise<Metafile> {
  return bundle({
    entryPoints: names.map((name) => `scripts/${name}.ts`),
    outdir,
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    banner: { js: requireForCommonJs },
    external: [...installedPackages()],
  });
}
