/** Questions about the work tree on disk. Paths are relative to its root, with / between folders. */
import { accessSync, constants, lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { hasErrorCode } from '../core/outcome.ts';

export type DiskKind = 'file' | 'directory' | 'symlink' | 'other' | 'absent';

export interface Disk {
  readonly root: string;
  readonly kindOf: (file: string) => DiskKind;
  /** Whether this user may execute it. */
  readonly isExecutable: (file: string) => boolean;
  /** The bytes of a file, the target of a link; null when it is absent or a folder. Throws when it cannot be read. */
  readonly read: (file: string) => Buffer | null;
  /** The file behind all links, absolute; null when it is absent. */
  readonly realPath: (file: string) => string | null;
}

const absentCodes = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'] as const;

function kindOf(file: string): DiskKind {
  try {
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return 'absent';
    if (stat.isFile()) return 'file';
    if (stat.isDirectory()) return 'directory';
    return stat.isSymbolicLink() ? 'symlink' : 'other';
  } catch (error) {
    if (hasErrorCode(error, ...absentCodes)) return 'absent';
    throw error;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'EACCES', ...absentCodes)) return false;
    throw error;
  }
}

function realPath(file: string): string | null {
  try {
    return realpathSync(file);
  } catch (error) {
    if (hasErrorCode(error, ...absentCodes)) return null;
    throw error;
  }
}

function read(file: string): Buffer | null {
  switch (kindOf(file)) {
    case 'file':
      return readFileSync(file);
    case 'symlink':
      return Buffer.from(readlinkSync(file));
    case 'directory':
    case 'other':
    case 'absent':
      return null;
  }
}

/** The disk below a root; absolute paths are taken as they are. */
export function openDisk(root: string): Disk {
  const at = (file: string): string => path.resolve(root, file);
  return {
    root,
    kindOf: (file) => kindOf(at(file)),
    isExecutable: (file) => isExecutable(at(file)),
    read: (file) => read(at(file)),
    realPath: (file) => realPath(at(file)),
  };
}
