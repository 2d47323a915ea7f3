/** The one door to esbuild: how everything in dist/ is bundled. */
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { home } from '../effects/program.ts';

/** The oldest Node of "engines". */
const target = 'node20.19';

/** Bundles, and returns what went into it. Throws with esbuild's own words, for warnings too: nothing is bundled half. */
export async function bundle(options: BuildOptions): Promise<Metafile> {
  const settings = { absWorkingDir: home, bundle: true, platform: 'node', target, metafile: true } as const;
  const { warnings, metafile } = await build({ logLevel: 'warning', legalComments: 'none', ...settings, ...options });
  if (warnings.length > 0) throw new Error(`esbuild warned ${warnings.length} times`);
  if (metafile === undefined) throw new Error('esbuild told nothing of what it bundled');
  return metafile;
}
