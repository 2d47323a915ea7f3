/** Room on a disk as evidence: a failure for lack of it is worth another try when there is clearly more. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import { absent, type EvidenceInput, sha256Hex } from '../core/evidence.ts';
import { hasErrorCode } from '../core/outcome.ts';
import { danglingLink } from './worktree-place.ts';

/**
 * How much room a volume has, in steps of 1.4, so that what comes and goes by itself is no change; "read-only" where
 * nothing can be written at all.
 */
function roomOf(folder: string): string {
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return `step ${Math.floor(2 * Math.log2(1 + (bavail * bsize) / 2 ** 20))}`;
  } catch (error) {
    return hasErrorCode(error, 'EROFS') ? 'read-only' : absent;
  }
}

/** The folder, or the nearest one above it that is there: on its volume it would be made. */
export function nearestFolder(folder: string): string {
  const above = path.dirname(folder);
  return existsSync(folder) || above === folder ? folder : nearestFolder(above);
}

/** Room on the volumes of these folders, which need not be there yet, as inputs of evidence. */
export function roomOn(folders: readonly string[]): readonly EvidenceInput[] {
  return folders.map((folder) => ({
    name: `free space at ${folder}`,
    sha256: sha256Hex(roomOf(nearestFolder(folder))),
  }));
}

/** Whether something other than a folder, such as a link to nothing, stands in the place of a folder of ours, as an input of evidence. */
export function placeFor(folder: string): EvidenceInput {
  const stat = statSync(folder, { throwIfNoEntry: false });
  const isFree = stat === undefined ? danglingLink(folder) === null : stat.isDirectory();
  return { name: folder, sha256: sha256Hex(isFree ? 'free' : 'taken') };
}
