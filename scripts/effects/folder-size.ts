/** How much a folder holds, as far as a given time allows to count. */
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { hasErrorCode } from '../core/outcome.ts';

export interface FolderSize {
  readonly bytes: number;
  /** False when the time was over, or a part could not be read: then it is at least so much. */
  readonly complete: boolean;
}

/** Adds up the files below a folder; links count as themselves. `deadlineMs` is of performance.now(). */
export function folderSize(directory: string, deadlineMs: number): FolderSize {
  const folders = [directory];
  let bytes = 0;
  let complete = true;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    if (performance.now() >= deadlineMs) return { bytes, complete: false };
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const place = path.join(folder, entry.name);
        if (entry.isDirectory()) folders.push(place);
        else bytes += lstatSync(place, { throwIfNoEntry: false })?.size ?? 0;
      }
    } catch (error) {
      if (!hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM')) throw error;
      complete = complete && hasErrorCode(error, 'ENOENT', 'ENOTDIR');
    }
  }
  return { bytes, complete };
}
