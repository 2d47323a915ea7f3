/** Bundles the packages that are loaded by require(), each to one file. */
import path from 'node:path';
import { build, type Metafile } from 'esbuild';
import { lateFile, latePackages } from '../effects/late-packages.ts';
import { mainFields, settings } from './settings.ts';

/** Writes dist/packages/<name>.cjs. Minified: the code is not ours, and nobody is sent its stacks. */
export function bundleLatePackages(dist: string): Promise<readonly Metafile[]> {
  const one = async (name: string) => {
    const { metafile } = await build({
      ...settings,
      entryPoints: [name],
      outfile: path.join(dist, 'packages', lateFile(name)),
      format: 'cjs',
      minify: true,
      mainFields: [...mainFields],
    });
    return metafile;
  };
  return Promise.all(latePackages.map(one));
}
