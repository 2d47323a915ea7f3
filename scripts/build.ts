/**
 * `npm run build`: bundles the commands to dist/, which the package holds in place of scripts/: it starts without a
 * loader, needs few packages beside it, and compiles no schema of ours. In a checkout nothing of dist/ is run.
 */
import path from 'node:path';
import { buildProgram } from './build/program.ts';
import { home } from './effects/program.ts';

const { files, bytes, packages } = await buildProgram(path.join(home, 'dist'));
process.stdout.write(`dist: ${files} files, ${Math.round(bytes / 1024)} KiB, with ${packages.join(', ')}\n`);
