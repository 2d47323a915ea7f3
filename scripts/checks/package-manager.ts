/** Which package manager a package of the work tree uses, as its files say. */
import path from 'node:path';
import type { PackageManager } from '../core/init-facts.ts';
import { parseObject } from '../core/json-value.ts';
import { declaredManager, lockfiles } from '../core/package-managers.ts';
import type { Disk } from '../effects/disk.ts';

export interface UsedManager {
  readonly manager: PackageManager;
  /** Path of the lockfile from the root; null without one. */
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
  const found = locks.find(([file]) => disk.realPath(file) !== null);
  const named = folders.map((folder) => declaredManager(declaredIn(disk, folder))).find((one) => one !== null);
  const isBerry = disk.realPath('.yarnrc.yml') !== null;
  const byLock = found?.[1] === 'yarn' && isBerry ? 'yarn-berry' : found?.[1];
  return { manager: named ?? byLock ?? 'npm', lockfile: found?.[0] ?? null };
}
