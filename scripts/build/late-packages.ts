/** Bundles the packages that are loaded by require(). */
import path from 'node:path';
import { build, type Metafile } from 'esbuild';
import { lateFiles } from '../effects/late-packages.ts';
import { home } from '../effects/program.ts';
import { mainFields, settings } from './settings.ts';

/** Writes the files below dist/packages. Minified: the code is not ours, and nobody is sent its stacks. */
export function bundleLatePackages(dist: string): Promise<readonly Metafile[]> {
  const one = async ([file, names]: readonly [string, readonly string[]]) => {
    const contents = `module.exports = { ${names.map((name) => `...require('${name}')`).join(', ')} };`;
    const { metafile } = await build({
      ...settings,
      stdin: { contents, resolveDir: home, sourcefile: file },
      outfile: path.join(dist, 'packages', file),
      format: 'cjs',
      minify: true,
      mainFields: [...mainFields],
    });
    return metafile;
  };
  return Promise.all(Object.entries(lateFiles).map(one));
}
