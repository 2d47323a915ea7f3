#!/usr/bin/env node
// The bin, and what npm run starts. A checkout has scripts/, and they are run as they are, by tsx: what is tracked is what
// runs. The package has dist/ in their place. Until then Node alone is needed: without node_modules, or without its own
// files, it says so in a sentence instead of a stack. CommonJS, because Node loads it sooner, and a hook is waited for.
const { existsSync } = require('node:fs');
const path = require('node:path');

const home = path.dirname(__dirname);

/** @param {Error} error what could not be loaded; sets the exit code for a configuration that a person mends. */
function explainMissing(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' && error.code !== 'MODULE_NOT_FOUND') throw error;
  const [missing] = error.message.split('\n');
  // Installed as a package, it is the project around it that has the lockfile.
  const [project] = home.split(`${path.sep}node_modules${path.sep}`);
  const isPackage = missing.startsWith('Cannot find package');
  const remedy = `cd '${project}' && ${isPackage || project !== home ? 'npm ci' : 'git checkout HEAD -- scripts'}`;
  const problem = `it cannot start, so nothing is checked or promoted: ${missing}`;
  process.stderr.write(`loopbreaker: ${problem}\n  to mend it: ${remedy}\n`);
  process.exitCode = 78;
}

async function runSources() {
  try {
    const { register } = await import('tsx/esm/api');
    register();
    await import('../scripts/cli.ts');
  } catch (error) {
    explainMissing(error);
  }
}

function runBuilt() {
  try {
    require('../dist/cli.cjs');
  } catch (error) {
    explainMissing(error);
  }
}

// A checkout that has lost its scripts/ is no package: what an old build left in dist/ is not tracked, and is not run.
if (['scripts', '.git'].some((name) => existsSync(path.join(home, name)))) runSources();
else runBuilt();
