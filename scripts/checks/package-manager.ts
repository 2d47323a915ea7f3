/** Which package manager a package of the work tree uses, as its files say. */
import path from 'node:path';
import type { PackageManager } from '../core/init-facts.ts';
import { parseObject } from '../core/json-value.ts';
import { namedFiles } from '../core/manifest.ts';
import {
  declaredManager,
  installLine,
  isLockfile,
  lockfiles,
  managerOfLockfile,
  programOf,
} from '../core/package-managers.ts';
import type { Disk } from '../effects/disk.ts';
import type { CheckContext } from './check.ts';

export interface UsedManager {
  readonly manager: PackageManager;
  /** Path of the manager's lockfile from the root; null without one. */
  readonly lockfile: string | null;
}

function declaredIn(disk: Disk, folder: string): unknown {
  const real = disk.realPath(path.posix.join(folder, 'package.json'));
  const text = real === null ? '' : (disk.read(real)?.toString('utf8') ?? '');
  return parseObject(text)?.packageManager;
}

/** The manager that package.json declares, else that of the lockfile, else npm; `home` is the folder of the package, from the root. */
export function managerOf(disk: Disk, home: string): UsedManager {
  const folders = [...new Set([home, '.'])];
  const locks = folders.flatMap((folder) =>
    lockfiles.map(([file, by]) => [path.posix.join(folder, file), by] as const),
  );
  const named = folders.map((folder) => declaredManager(declaredIn(disk, folder))).find((one) => one !== null);
  const there = locks.filter(([file]) => disk.realPath(file) !== null);
  // That of another manager than the declared one is what a change has left behind.
  const found = there.find(([, by]) => named === undefined || programOf(by) === programOf(named));
  if (found === undefined) return { manager: named ?? 'npm', lockfile: null };
  const [lockfile, writer] = found;
  return { manager: named ?? managerOfLockfile(writer, disk.realPath('.yarnrc.yml') !== null), lockfile };
}

/**
 * What is said of a lockfile that is gone because the team has changed its manager: another one lies in its place, and the
 * manifest does not name that yet. undefined of any other file.
 */
export function replacedLockfile({ tree, manifest }: CheckContext, file: string) {
  const { dir, base } = path.posix.parse(file);
  const named = manifest.ok ? namedFiles(manifest.manifest).map((one) => one.path) : [];
  const others = isLockfile(base) ? lockfiles.map(([name]) => path.posix.join(dir, name)) : [];
  const other = others.find((one) => tree.has(one) && !named.includes(one));
  if (other === undefined) return undefined;
  return { problem: `${file} is gone, and ${other} is there in its place`, remedy: `name ${other} instead` };
}

/** The command that installs a package because the lockfile of the tree names it; undefined where none does. */
export type InstallOf = (name: string) => string | undefined;

/** A package in pnpm's, yarn's and bun's own notations, such as `one@^1.0.0:` and `'@it/one': `; bun's binary one tells nothing. */
function isNamedIn(text: string, name: string): boolean {
  const plain = name.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return new RegExp(`(^|[\\s"'/,])${plain}["']?[@:]`, 'm').test(text);
}

/** Asks the lockfiles in the root of the graded tree. */
export async function lockedPackages({ tree }: CheckContext): Promise<InstallOf> {
  const hasYarnrc = tree.has('.yarnrc.yml');
  const held = lockfiles.filter(([file]) => tree.has(file) && file !== 'bun.lockb');
  const texts = await Promise.all(held.map(async ([file, by]) => [await tree.read(file), by] as const));
  return (name) => {
    const found = texts.find(([text, by]) =>
      by === 'npm' ? text?.includes(`"node_modules/${name}"`) : isNamedIn(text ?? '', name),
    );
    if (found === undefined) return undefined;
    return installLine(managerOfLockfile(found[1], hasYarnrc), '.', true);
  };
}
