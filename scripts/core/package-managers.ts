/** npm, pnpm, yarn and bun: how each is told, and the commands that it takes. Pure. */
import type { PackageManager } from './init-facts.ts';
import { shellWord } from './shell-word.ts';

/** Lockfiles by the manager that writes them, in the order in which they are looked for. */
export const lockfiles: readonly (readonly [file: string, manager: PackageManager])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
];

/** Whether a name without its folder is that of a lockfile. */
export function isLockfile(name: string): boolean {
  return lockfiles.some(([file]) => file === name);
}

const installFiles = [
  'package.json',
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  'pnpm-workspace.yaml',
  '.pnpmfile.cjs',
  'bunfig.toml',
];

/** Whether what an install does may depend on the file, wherever it lies: manifests, lockfiles, settings, packed packages, patches. */
export function decidesInstall(file: string): boolean {
  const name = file.slice(file.lastIndexOf('/') + 1);
  return isLockfile(name) || installFiles.includes(name) || /\.(?:tgz|tar|tar\.gz|patch)$/.test(name);
}

/** The manager by whose lockfile a package is installed: both of yarn's call theirs the same, and only one has a .yarnrc.yml. */
export function managerOfLockfile(writer: PackageManager, hasYarnrc: boolean): PackageManager {
  return writer === 'yarn' && hasYarnrc ? 'yarn-berry' : writer;
}

/** The manager that "packageManager" of package.json names; null when it names none of these. */
export function declaredManager(packageManager: unknown): PackageManager | null {
  const [, name, major] = /^(npm|pnpm|yarn|bun)@(\d+)/.exec(String(packageManager)) ?? [];
  switch (name) {
    case 'npm':
    case 'pnpm':
    case 'bun':
      return name;
    case 'yarn':
      return major === '0' || major === '1' ? 'yarn' : 'yarn-berry';
    case undefined:
      return null;
  }
  return null;
}

/** The command with which a clean checkout gets its packages, exactly as the lockfile says where there is one. */
export function cleanInstall(manager: PackageManager, isLocked: boolean): readonly [string, ...string[]] {
  switch (manager) {
    case 'npm':
      return ['npm', isLocked ? 'ci' : 'install'];
    case 'pnpm':
      return ['pnpm', 'install', ...(isLocked ? ['--frozen-lockfile'] : [])];
    case 'yarn':
      return ['yarn', 'install', ...(isLocked ? ['--frozen-lockfile'] : [])];
    case 'yarn-berry':
      return ['yarn', 'install', ...(isLocked ? ['--immutable'] : [])];
    case 'bun':
      return ['bun', 'install', ...(isLocked ? ['--frozen-lockfile'] : [])];
  }
}

/** The clean install by the lockfile that is there, npm's where none is. bin/loopbreaker.js, which can load nothing, says the same. */
export function installOfLockfile(isThere: (file: string) => boolean): string {
  const [, manager = 'npm'] = lockfiles.find(([file]) => isThere(file)) ?? [];
  return cleanInstall(managerOfLockfile(manager, isThere('.yarnrc.yml')), true).join(' ');
}

/** The same for a person in the root of the work tree; `folder` is that of the lockfile, or of the package where there is none. */
export function installLine(manager: PackageManager, folder: string, isLocked: boolean): string {
  const command = cleanInstall(manager, isLocked).join(' ');
  return folder === '.' ? command : `cd ${shellWord(folder)} && ${command}`;
}

/** How the manager is called. */
export function programOf(manager: PackageManager): string {
  return manager === 'yarn-berry' ? 'yarn' : manager;
}

/** The command that runs a package script. */
export function runScript(manager: PackageManager, script: string): readonly [string, ...string[]] {
  return script === 'test' && manager === 'npm' ? ['npm', 'test'] : [programOf(manager), 'run', script];
}

/** The command that adds loopbreaker to the development packages. */
export function addCommand(manager: PackageManager): string {
  switch (manager) {
    case 'npm':
      return 'npm install --save-dev loopbreaker';
    case 'pnpm':
      return 'pnpm add --save-dev loopbreaker';
    case 'yarn':
    case 'yarn-berry':
      return 'yarn add --dev loopbreaker';
    case 'bun':
      return 'bun add --dev loopbreaker';
  }
}

/** The command that takes loopbreaker out of the packages. */
export function removeCommand(manager: PackageManager): string {
  return `${programOf(manager)} ${manager === 'npm' ? 'uninstall' : 'remove'} loopbreaker`;
}

/** The script that a manager runs after an install in the repository itself: yarn since its second version knows no "prepare" there. */
export function installScript(manager: PackageManager): 'prepare' | 'postinstall' {
  return manager === 'yarn-berry' ? 'postinstall' : 'prepare';
}
