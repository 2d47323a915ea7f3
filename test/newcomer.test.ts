/** A team with an existing repository adopts loopbreaker. Lockfiles are written by hand; pnpm and yarn themselves do not run. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { husky8 } from './helpers/hook-tools.ts';
import { firstHour, newcomerPackage, type Shape } from './helpers/newcomer.ts';
import { cleanEnvironment, type Repository } from './helpers/repository.ts';

const husky = fileURLToPath(new URL('../node_modules/husky/bin.js', import.meta.url));
const yaml = fileURLToPath(new URL('../node_modules/yaml/dist/index.js', import.meta.url));

const lock = {
  lockfileVersion: 3,
  packages: {
    '': { name: 'team', devDependencies: { loopbreaker: '*' } },
    'node_modules/loopbreaker': { version: '0.1.0', dev: true },
  },
};

/** Does what lefthook does with the commands of its configuration; its hook is the one that it writes. */
const lefthook = `#!/usr/bin/env node
const { spawnSync } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const config = require('${yaml}').parse(readFileSync('lefthook.yml', 'utf8'));
const [command, hook] = process.argv.slice(2);
if (command === 'install') for (const name of Object.keys(config))
  writeFileSync('.git/hooks/' + name, '#!/bin/sh\\ncall_lefthook() { ' + process.argv[1] + ' "$@"; }\\ncall_lefthook run ' + name + '\\n', { mode: 0o755 });
else for (const { run, use_stdin } of Object.values(config[hook].commands)) {
  const { status } = spawnSync('sh', ['-c', run], { stdio: [use_stdin ? 'inherit' : 'ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(1);
}
`;

function installLefthook({ directory }: Repository): void {
  mkdirSync(path.join(directory, 'node_modules/.bin'), { recursive: true });
  writeFileSync(path.join(directory, 'node_modules/.bin/lefthook'), lefthook, { mode: 0o755 });
}

function installHusky({ directory }: Repository): void {
  spawnSync('node', [husky], { cwd: directory, env: cleanEnvironment() });
}

/** What its install does: git runs the hooks of the folder themselves, and each comes back to itself by this file. */
function installHusky8(team: Repository): void {
  team.write({ '.husky/_/husky.sh': husky8, '.husky/_/.gitignore': '*\n' });
  chmodSync(path.join(team.directory, '.husky/pre-commit'), 0o755);
  team.git('commit', '-q', '-a', '-m', 'hooks that can be executed');
  team.git('push', '-q', 'origin', 'HEAD');
  team.git('config', 'core.hooksPath', '.husky');
}

const shapes: readonly Shape[] = [
  { name: 'plain npm', files: { 'package-lock.json': JSON.stringify(lock) } },
  {
    name: 'TypeScript by tsx',
    files: {
      'package.json': newcomerPackage({ scripts: { start: 'tsx src/main.ts', test: 'node scripts/check.js' } }),
      'src/main.ts': "import { lib } from '../scripts/lib.js';\nconst one: number = lib;\nconsole.log(one);\n",
    },
  },
  {
    name: 'pnpm with workspaces',
    files: {
      'package.json': newcomerPackage({ packageManager: 'pnpm@10.1.0' }),
      'pnpm-workspace.yaml': 'packages:\n  - packages/*\n',
      'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
      'packages/one/package.json': '{ "name": "one", "type": "module", "scripts": { "start": "node main.js" } }\n',
      'packages/one/main.js': 'export const one = 1;\n',
    },
  },
  { name: 'yarn', files: { 'yarn.lock': '# yarn lockfile v1\n' } },
  {
    name: 'husky in use',
    files: {
      'package.json': newcomerPackage({
        scripts: { start: 'node scripts/start.js', test: 'node scripts/check.js', prepare: 'husky' },
      }),
      '.husky/pre-commit': 'node --check scripts/start.js\n',
      '.husky/pre-push': 'cat > /dev/null\n',
    },
    make: installHusky,
  },
  {
    name: 'husky 8 in use',
    files: {
      'package.json': newcomerPackage({
        scripts: { start: 'node scripts/start.js', test: 'node scripts/check.js', prepare: 'husky install' },
        devDependencies: { loopbreaker: '*', husky: '^8.0.3' },
      }),
      '.husky/pre-commit': '#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n\nnode --check scripts/start.js\n',
    },
    make: installHusky8,
  },
  { name: 'line ends of Windows', files: { '.gitattributes': '* text=auto eol=crlf\n' } },
  {
    name: 'lefthook in use',
    files: {
      'package.json': newcomerPackage({ devDependencies: { loopbreaker: '*', lefthook: '*' } }),
      'lefthook.yml': 'pre-commit:\n  commands:\n    check:\n      run: node --check scripts/start.js\n',
    },
    make: installLefthook,
  },
  {
    name: 'lint-staged in use',
    files: { 'package.json': newcomerPackage({ 'lint-staged': { '*.js': 'node --check' } }) },
  },
  { name: 'worktrees of a bare clone', isBare: true },
  { name: 'no remote', hasNoRemote: true },
  { name: 'a default branch that is not main', branch: 'trunk' },
  {
    name: 'a package of a monorepo',
    below: 'app',
    files: {
      'package.json': '{ "name": "all", "private": true, "workspaces": ["app"] }\n',
      'app/package.json': newcomerPackage({ name: 'app', scripts: { start: 'node ../scripts/start.js' } }),
      'scripts/package.json': '{ "type": "module" }\n',
    },
  },
];

// Most of the time is git's and the disk's, so that several at once take little more.
test('a team is protected after init, and the work of its agent lands', { concurrency: 3 }, async (t) => {
  const journeys = shapes.map((shape) =>
    t.test(shape.name, async (one) => {
      const seconds = await firstHour(one, shape);
      t.diagnostic(`${shape.name}: ${seconds.toFixed(1)} s from init to the first promotion`);
    }),
  );
  await Promise.all(journeys);
});
