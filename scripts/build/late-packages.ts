/** Bundles the packages that are loaded by require(), each to one file. */
import path from 'node:path';
import type { Metafile } from 'esbuild';
import { lateFile, latePackages } from '../effects/late-packages.ts';
import { bundle } from './bundle.ts';

/** Writes dist/packages/<name>.cjs. Minified: the code is not ours, and nobody is sent its stacks. */
export function bundleLatePackages(dist: string): Promise<readonly Metafile[]> {
  const one = (name: string) =>
    bundle({
      entryPoints: [name],
      outfile: path.join(dist, 'packages', lateFile(name)),
      format: 'cjs',
      minify: true,
      // jsonc-parser's other form hides its own files from a bundler.
      mainFields: ['module', 'main'],
    });
  return Promise.all(latePackages.map(one));
}
