#!/usr/bin/env node
// The bin, and what npm run starts. A checkout has scripts/, and they are run as they are, by tsx: what is tracked is what
// runs. The package has dist/ in their place. Until then Node alone is needed: without node_modules, or without its own
// files, it says so in a sentence instead of a stack. CommonJS, because Node loads it sooner, and a hook is waited for.
// In words that a Node of 2016 reads: an old one has to come as far as to say that it is.

/** What package.json says under "engines": major and minor. */
const needed = [20, 19];

// The hook file looks for a newer Node before it says anything. It alone is meant, and none of the programs below us.
const isHookFile = process.env.LOOPBREAKER_HOOK_FILE !== undefined;
delete process.env.LOOPBREAKER_HOOK_FILE;

function isTooOld() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major < needed[0] || (major === needed[0] && minor < needed[1]);
}

/** The command that brings a newer Node, by the version manager that the environment tells of. */
function newerNode() {
  if (process.env.NVM_DIR) return 'nvm install --lts';
  if (process.env.VOLTA_HOME) return 'volta install node';
  if (process.env.FNM_DIR || process.env.FNM_MULTISHELL_PATH) return 'fnm install --lts';
  return `install Node ${needed.join('.')} or newer: https://nodejs.org/en/download`;
}

/**
 * Says why nothing is done, and sets the exit code for a configuration that a person mends.
 * @param {string} problem a sentence without its full stop
 * @param {string} remedy one command
 */
function refuse(problem, remedy) {
  process.stderr.write(`loopbreaker: it cannot start, so nothing is checked or promoted: ${problem}\n`);
  process.stderr.write(`  to mend it: ${remedy}\n`);
  process.exitCode = 78;
}

function start() {
  const { existsSync, readFileSync } = require('node:fs');
  const path = require('node:path');
  const home = path.dirname(__dirname);
  // Installed as a package, it is the project around it that has the lockfile.
  const [project] = home.split(`${path.sep}node_modules${path.sep}`);

  /** The command that installs what the lockfile of the project says: what scripts/core/package-managers.ts knows. */
  function cleanInstall() {
    const isThere = (name) => existsSync(path.join(project, name));
    const yarn = isThere('.yarnrc.yml') ? 'yarn install --immutable' : 'yarn install --frozen-lockfile';
    const installs = [
      ['pnpm-lock.yaml', 'pnpm install --frozen-lockfile'],
      ['yarn.lock', yarn],
      ['bun.lock', 'bun install --frozen-lockfile'],
      ['bun.lockb', 'bun install --frozen-lockfile'],
    ];
    const found = installs.find(([lockfile]) => isThere(lockfile));
    return found === undefined ? 'npm ci' : found[1];
  }

  /** Whether the project asks for the package by a git URL: of such a one npm builds nothing. Not parsed: it may be no JSON. */
  function isFromGit() {
    const file = path.join(project, 'package.json');
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return /"loopbreaker"\s*:\s*"(git|github:|gitlab:|bitbucket:|https?:[^"]*\.git[#"]|[\w-][\w.-]*\/[\w.-]+[#"])/.test(
      text,
    );
  }

  /** @param {Error} error what could not be loaded */
  function explainMissing(error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' && error.code !== 'MODULE_NOT_FOUND') throw error;
    if (project !== home && !existsSync(path.join(home, 'dist')) && isFromGit()) {
      const problem = 'it was installed from a git URL, of which npm builds no dist/';
      refuse(problem, `cd '${project}' && npm install --save-dev loopbreaker@latest`);
      return;
    }
    const [missing] = error.message.split('\n');
    const isPackage = missing.startsWith('Cannot find package');
    refuse(
      missing,
      `cd '${project}' && ${isPackage || project !== home ? cleanInstall() : 'git checkout HEAD -- bin scripts'}`,
    );
  }

  // A checkout that has lost its scripts/ is no package: what an old build left in dist/ is not tracked, and is not run.
  const isCheckout = ['scripts', '.git'].some((name) => existsSync(path.join(home, name)));
  try {
    if (isCheckout) require('./sources.js').runSources().catch(explainMissing);
    else require('../dist/cli.cjs');
  } catch (error) {
    explainMissing(error);
  }
}

if (!isTooOld()) start();
else if (isHookFile) process.exitCode = 78;
else
  refuse(`Node ${process.versions.node} (${process.execPath}) is too old, it needs ${needed.join('.')}`, newerNode());
