/** Remedies about the hooks of a repository: each situation is made, and what the doctor prints for it is typed. */
import { chmodSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hookFileCall, hookFileText } from '../../scripts/core/hook-file.ts';
import { manifestWith } from './project.ts';
import type { RemedyCase } from './remedies.ts';
import { type Repository, repositoryAt, temporaryDirectory } from './repository.ts';

const husky = fileURLToPath(new URL('../../node_modules/husky/bin.js', import.meta.url));
const ownBin = fileURLToPath(new URL('../../bin/loopbreaker.js', import.meta.url));
const manifest = 'runtime-manifest.json';
const hooked = {
  [manifest]: manifestWith({ hooks: ['pre-commit'] }),
  '.husky/pre-commit': 'exit 0\nnpx loopbreaker hook pre-commit\n',
  'package.json': JSON.stringify({ type: 'module', scripts: { prepare: `node ${husky}` } }),
};

function install(project: Repository): void {
  project.git('config', 'core.hooksPath', '.husky/_');
  cpSync(path.join(path.dirname(husky), 'husky'), path.join(project.directory, '.husky/_/h'));
  project.write({ '.husky/_/.gitignore': '*' });
  project.write({ '.husky/_/pre-commit': '#!/usr/bin/env sh\n. "$(dirname "$0")/h"' });
  chmodSync(path.join(project.directory, '.husky/_/pre-commit'), 0o755);
}

function huskyAsPackage(project: Repository): undefined {
  mkdirSync(path.join(project.directory, 'node_modules/.bin'), { recursive: true });
  symlinkSync(path.dirname(husky), path.join(project.directory, 'node_modules/husky'));
  symlinkSync(husky, path.join(project.directory, 'node_modules/.bin/husky'));
  return undefined;
}

/** A project of pnpm whose hooks call a hook file that was written for another manager. */
function calling(install: string, edit = (text: string) => text): Readonly<Record<string, string>> {
  const text = hookFileText({ programs: ['node_modules/loopbreaker/bin/loopbreaker.js'], install });
  return {
    [manifest]: manifestWith({ hooks: ['pre-commit'] }),
    'pnpm-lock.yaml': '',
    '.gitignore': 'node_modules\n',
    '.husky/pre-commit': `${hookFileCall('.husky', 'pre-commit')}\n`,
    '.husky/loopbreaker': edit(text),
  };
}

/** loopbreaker as npx finds it: this program. */
function loopbreakerAsPackage(project: Repository): undefined {
  const file = path.join(project.directory, 'node_modules/.bin/loopbreaker');
  project.write({ 'node_modules/.bin/loopbreaker': `#!/bin/sh\nexec node '${ownBin}' "$@"\n` });
  chmodSync(file, 0o755);
  chmodSync(path.join(project.directory, '.husky/pre-commit'), 0o755);
  project.git('config', 'core.hooksPath', '.husky');
  return undefined;
}

/** All of them. */
export const hookCases: readonly RemedyCase[] = [
  { code: 'hook-not-installed', when: 'the project has a prepare script', check: 'hooks', files: hooked },
  {
    code: 'hook-not-installed',
    when: 'it has none',
    check: 'hooks',
    files: { ...hooked, 'package.json': '{"devDependencies":{"husky":"^9.0.0"}}', '.gitignore': 'node_modules\n' },
    make: huskyAsPackage,
  },
  {
    code: 'hook-not-installed',
    when: 'there is no husky',
    check: 'hooks',
    files: { ...hooked, 'package.json': '{}' },
    make: (project) => chmodSync(path.join(project.directory, '.husky/pre-commit'), 0o755) ?? undefined,
  },
  {
    code: 'hook-missing',
    when: 'there is no hook tool',
    check: 'hooks',
    files: { [manifest]: manifestWith({ hooks: ['pre-commit', 'pre-push'] }) },
  },
  {
    code: 'hook-missing',
    when: 'husky is there',
    check: 'hooks',
    files: {
      [manifest]: manifestWith({ hooks: ['pre-commit', 'pre-push'] }),
      'package.json': JSON.stringify({ type: 'module', scripts: { prepare: `node ${husky}` } }),
    },
  },
  {
    code: 'hook-not-installed',
    when: 'the main worktree has them',
    check: 'hooks',
    files: hooked,
    make: (project, owner) => {
      install(project);
      const directory = path.join(temporaryDirectory(owner), 'linked');
      project.git('worktree', 'add', '-q', '--detach', directory);
      return repositoryAt(directory);
    },
  },
  {
    code: 'hook-not-executable',
    check: 'hooks',
    files: hooked,
    make: (project) => {
      install(project);
      chmodSync(path.join(project.directory, '.husky/_/pre-commit'), 0o644);
      return undefined;
    },
  },
  {
    code: 'hook-elsewhere',
    check: 'hooks',
    files: hooked,
    make: (project) => void project.git('config', 'core.hooksPath', 'nowhere'),
  },
  {
    code: 'hook-file-outdated',
    when: 'the package manager is another one now',
    check: 'hooks',
    files: calling('npm install'),
    make: loopbreakerAsPackage,
  },
  {
    code: 'hook-file-edited',
    check: 'hooks',
    files: calling('npm install', (text) => `${text}# mine\n`),
    make: loopbreakerAsPackage,
  },
  {
    code: 'hook-line-ends',
    check: 'hooks',
    files: calling('pnpm install --frozen-lockfile'),
    make: (project) => {
      project.git('config', 'core.autocrlf', 'true');
      project.git('rm', '-q', '-r', '--cached', '.husky');
      project.git('reset', '-q', '--hard');
      return loopbreakerAsPackage(project);
    },
  },
  {
    code: 'hook-silent',
    when: 'the file that it calls lets everything pass',
    check: 'hooks',
    files: calling('npm install', (text) => text.replace('hook=$1', 'exit 0')),
    make: loopbreakerAsPackage,
  },
  {
    code: 'hook-disabled',
    check: 'hooks',
    files: hooked,
    make: (project) => void install(project),
    env: { HUSKY: '0' },
  },
  {
    code: 'hook-stale',
    check: 'hooks',
    files: hooked,
    make: (project) => {
      install(project);
      project.write({ '.husky/_/pre-commit': '#!/bin/sh\nexit 0\n. "$(dirname "$0")/h"\n' });
      return undefined;
    },
  },
  {
    code: 'hook-silent',
    when: 'the tracked hook is gone',
    check: 'hooks',
    files: hooked,
    make: (project) => {
      install(project);
      project.remove('.husky/pre-commit');
      return undefined;
    },
  },
];
