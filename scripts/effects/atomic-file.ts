/** Files that are whole or not there: temp in the same folder, fsync, rename, fsync of the folder (facts 9 and 19). */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { exitCodes, hasErrorCode, messageOf, Refusal } from '../core/outcome.ts';

/** State files are small; anything larger is not ours. */
const stateBytesMax = 1024 * 1024;

function fsyncDirectory(directory: string): void {
  const fd = openSync(directory, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeTemp(temp: string, text: string): void {
  const fd = openSync(temp, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The refusal for state that cannot be written: what it was, and what frees it. */
export function unwritable(file: string, error: unknown): Refusal {
  const full = hasErrorCode(error, 'ENOSPC', 'EDQUOT');
  const inTheWay = hasErrorCode(error, 'EEXIST', 'ENOTDIR');
  return new Refusal({
    code: full ? 'disk-full' : 'state-unwritable',
    exitCode: exitCodes.configFatal,
    problem: `${file} could not be written (${messageOf(error)}); what was there before is intact.`,
    remedy: full
      ? 'free space on this volume (df -h . shows it), then run it again'
      : inTheWay
        ? `move away the file that stands where a folder belongs: ${file}`
        : `make ${path.dirname(file)} writable`,
  });
}

/** Replaces a file, or throws a Refusal (78) and leaves the old one as it was. */
export function writeAtomically(file: string, text: string): void {
  const temp = `${file}.${process.pid}.${process.hrtime.bigint()}.tmp`;
  try {
    writeTemp(temp, text);
    renameSync(temp, file);
    fsyncDirectory(path.dirname(file));
  } catch (error) {
    rmSync(temp, { force: true });
    throw unwritable(file, error);
  }
}

export type FileReading =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string };

/**
 * Opens a file for reading. It never blocks on a FIFO and follows no link; whoever gets a descriptor closes it, and asks
 * whether it is a regular file.
 */
export function openForReading(file: string): number | Exclude<FileReading, { readonly kind: 'text' }> {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    return hasErrorCode(error, 'ENOENT') ? { kind: 'absent' } : { kind: 'unreadable', why: messageOf(error) };
  }
}

/** Reads a small regular file. A folder, a FIFO, a link or a giant in its place is `unreadable`, and never blocks. */
export function readSmallFile(file: string): FileReading {
  const fd = openForReading(file);
  if (typeof fd !== 'number') return fd;
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return { kind: 'unreadable', why: 'it is not a regular file' };
    if (stat.size > stateBytesMax) return { kind: 'unreadable', why: `it is larger than ${stateBytesMax} bytes` };
    return { kind: 'text', text: readFileSync(fd, 'utf8') };
  } catch (error) {
    return { kind: 'unreadable', why: messageOf(error) };
  } finally {
    closeSync(fd);
  }
}

/** The bytes of a regular file of at most so many; null for anything else, a file that is not there among it. */
export function readSmallBytes(file: string, bytesMax: number): Buffer | null {
  const fd = openForReading(file);
  if (typeof fd !== 'number') return null;
  try {
    const stat = fstatSync(fd);
    return stat.isFile() && stat.size <= bytesMax ? readFileSync(fd) : null;
  } finally {
    closeSync(fd);
  }
}
