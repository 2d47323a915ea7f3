#!/usr/bin/env node
// The bin, and what npm run starts. A checkout has scripts/, and they are run as they are, by tsx: what is tracked is what
// runs. The package has dist/ in their place. Until then Node alone is needed: without node_modules, or without its own
// files, it says so in a sentence instead of a stack.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const home = path.resolve(fileURLToPath(import.meta.url), '../..');

/** @param {Error} error a module that was not found; returns the exit code for a configuration that a person mends. */
function explainMissing({ message }) {
  // Installed as a package, it is the project around it that has the lockfile.
  const [project] = home.split(`${path.sep}node_modules${path.sep}`);
  const isPackage = message.startsWith('Cannot find package');
  const remedy = `cd '${project}' && ${isPackage || project !== home ? 'npm ci' : 'git checkout HEAD -- scripts'}`;
  const problem = `it cannot start, so nothing is checked or promoted: ${message}`;
  process.stderr.write(`loopbreaker: ${problem}\n  to mend it: ${remedy}\n`);
  return 78;
}

try {
  if (existsSync(path.join(home, 'scripts'))) {
    const { register } = await import('tsx/esm/api');
    register();
    await import('../scripts/cli.ts');
  } else {
    await import('../dist/cli.js');
  }
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.exitCode = explainMissing(error);
}
