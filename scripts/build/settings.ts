/** How everything in dist/ is bundled. */
import { home } from '../effects/program.ts';

/** Options of esbuild: for the oldest Node of "engines", with paths relative to the program's home. */
export const settings = {
  absWorkingDir: home,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
} as const;

/** In packages without "exports": jsonc-parser's other form hides its own files from a bundler. */
export const mainFields: readonly string[] = ['module', 'main'];
