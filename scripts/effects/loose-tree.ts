/**
 * Trees as git writes them at first, each to a file of its own. What it has put into packs since, borrows from another
 * repository, or has not fetched, is for git to read.
 */
import path from 'node:path';
import { hasErrorCode } from '../core/outcome.ts';
import { readSmallBytes } from './atomic-file.ts';

/** Of a file, and of what is packed in it. */
const bytesMax = 4 * 1024 * 1024;

/** The bytes that were packed; null where they are no whole packed bytes, or too many. */
function unpacked(bytes: Buffer): Buffer | null {
  // Loaded only now: a commit of a small index needs no tree.
  const { inflateSync } = process.getBuiltinModule('node:zlib');
  try {
    return inflateSync(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    if (hasErrorCode(error, 'Z_DATA_ERROR', 'Z_BUF_ERROR', 'Z_NEED_DICT', 'ERR_BUFFER_TOO_LARGE')) return null;
    throw error;
  }
}

/** The content of a tree; null where it is not there by itself, is another object, or is not whole. */
export function readLooseTree(commonDirectory: string, sha: string): Buffer | null {
  const bytes = readSmallBytes(path.join(commonDirectory, 'objects', sha.slice(0, 2), sha.slice(2)), bytesMax);
  const object = bytes === null ? null : unpacked(bytes);
  if (object === null) return null;
  const start = object.indexOf(0) + 1;
  return object.toString('latin1', 0, start) === `tree ${object.length - start}\0` ? object.subarray(start) : null;
}
