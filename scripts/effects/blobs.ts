/** Reads blobs of the repository, many at once: from disk where disk holds the very same bytes, else by one git. */
import { randomUUID } from 'node:crypto';
import { exitCodes, hasErrorCode, Refusal } from '../core/outcome.ts';
import type { Disk } from './disk.ts';
import type { RunGit } from './git.ts';
import { isBlob } from './index-listing.ts';

export interface BlobRequest {
  readonly path: string;
  readonly sha: string;
}

export type ReadBlob = (request: BlobRequest) => Promise<string>;

function unreadable(sha: string, why: string): Refusal {
  const problem = `git could not read the object ${sha}: ${why}`;
  return new Refusal({ code: 'tree-unreadable', exitCode: exitCodes.tryLater, problem, remedy: 'git fsck' });
}

/**
 * Texts of blobs by sha, by one `cat-file --batch`. Between two objects git is asked for a name that nobody can have written into a
 * file, so that its answer separates them whatever bytes they hold.
 */
export async function catFile(git: RunGit, shas: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (shas.length === 0) return new Map();
  const separator = randomUUID();
  const input = shas.map((sha) => `${sha}\n${separator}\n`).join('');
  const asked = await git(['cat-file', '--batch', '--buffer'], { input });
  if (asked.exitCode !== 0) throw unreadable(shas[0] ?? '', asked.stderr.trim());
  const texts = new Map<string, string>();
  for (const [index, part] of asked.stdout.split(`${separator} missing\n`).entries()) {
    const sha = shas[index];
    if (sha === undefined) break;
    const header = part.slice(0, part.indexOf('\n'));
    if (!header.startsWith(`${sha} blob `)) throw unreadable(sha, header);
    texts.set(sha, part.slice(header.length + 1, -1));
  }
  return texts;
}

function onDisk(disk: Disk, path: string): Buffer | null {
  try {
    return disk.read(path);
  } catch (error) {
    if (hasErrorCode(error, 'EACCES', 'EPERM', 'ENOENT')) return null; // git has its own copy.
    throw error;
  }
}

/** A reader that gathers what is asked for in one turn of the event loop. Rejects when git does not have a blob. */
export function openBlobs(git: RunGit, disk: Disk): ReadBlob {
  const known = new Map<string, Promise<string>>();
  let waiting: Map<string, { resolve: (text: string) => void; reject: (error: unknown) => void }> | undefined;
  const flush = async (): Promise<void> => {
    const batch = waiting ?? new Map();
    waiting = undefined;
    try {
      const texts = await catFile(git, [...batch.keys()]);
      for (const [sha, { resolve, reject }] of batch) {
        const text = texts.get(sha);
        if (text === undefined) reject(unreadable(sha, 'no answer'));
        else resolve(text);
      }
    } catch (error) {
      for (const { reject } of batch.values()) reject(error);
    }
  };
  const enqueue = (sha: string): Promise<string> =>
    new Promise((resolve, reject) => {
      if (waiting === undefined) {
        waiting = new Map();
        setImmediate(() => void flush());
      }
      waiting.set(sha, { resolve, reject });
    });
  return ({ path, sha }) => {
    const cached = known.get(sha);
    if (cached !== undefined) return cached;
    const content = onDisk(disk, path);
    const same = content !== null && isBlob(content, sha);
    const text = same ? Promise.resolve(content.toString('utf8')) : enqueue(sha);
    known.set(sha, text);
    return text;
  };
}
