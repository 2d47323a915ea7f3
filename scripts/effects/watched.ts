/** The doors to the world, watched: whether anything but the graded tree itself was asked. */
import type { Disk } from './disk.ts';
import type { RunGit } from './git.ts';
import type { Machine } from './machine.ts';
import type { Execute } from './process.ts';

export interface Doors {
  readonly git: RunGit;
  readonly disk: Disk;
  readonly execute: Execute;
  readonly machine: () => Promise<Machine>;
}

export interface WatchedDoors extends Doors {
  /** True once any of the doors was used. */
  readonly wereUsed: () => boolean;
}

/** The same doors, which remember that they were used. */
export function watched({ git, disk, execute, machine }: Doors): WatchedDoors {
  let used = false;
  const noting =
    <A extends readonly unknown[], R>(door: (...args: A) => R) =>
    (...args: A): R => {
      used = true;
      return door(...args);
    };
  return {
    git: noting(git),
    execute: noting(execute),
    machine: noting(machine),
    disk: {
      root: disk.root,
      kindOf: noting(disk.kindOf),
      isExecutable: noting(disk.isExecutable),
      read: noting(disk.read),
      realPath: noting(disk.realPath),
    },
    wereUsed: () => used,
  };
}
