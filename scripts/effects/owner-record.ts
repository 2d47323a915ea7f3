/** The record of who made a worktree of ours: in owner.json beside the tree, and in git's own lock of the worktree. */
import { statSync } from 'node:fs';
import path from 'node:path';
import type { ProcessIdentity } from '../core/controller.ts';
import type { TriggerId } from '../core/verdict.ts';
import { readSmallFile } from './atomic-file.ts';
import { parseDocument } from './schema.ts';

export interface OwnerRecord extends TriggerId {
  readonly version: 1;
  readonly runId: string;
  readonly owner: ProcessIdentity;
  /** The commit that was checked out; the trigger's own where it is left out. */
  readonly commit?: string;
  /** Common directory of the repository whose run it is, a real path; records of before leave it out. */
  readonly repository?: string;
  /** Inode of that directory: a repository that was renamed keeps it, and a clone in its place has another. */
  readonly repositoryInode?: string;
  readonly since: string;
}

/** The inode of a folder in decimal, as the record of an owner has it. */
export function inodeOf(folder: string): string {
  return statSync(folder, { bigint: true }).ino.toString();
}

/** What begins the reason of a lock that is ours. */
const ourReason = 'loopbreaker ';

function parse(text: string, name: string): OwnerRecord | null {
  const parsed = parseDocument<OwnerRecord>('owner', text, name);
  return parsed.ok ? parsed.value : null;
}

/** The record in the folder of a run; null when it is missing or cannot be read: then it proves nothing. */
export function readOwner(folder: string): OwnerRecord | null {
  const file = path.join(folder, 'owner.json');
  const reading = readSmallFile(file);
  return reading.kind === 'text' ? parse(reading.text, file) : null;
}

/** The reason of git's lock: a person sees whose it is, and the record outlives its folder. */
export function lockReason(record: OwnerRecord): string {
  return `${ourReason}${JSON.stringify(record)}`;
}

/** The record in the reason of a lock; null when the lock is not ours or was never finished. */
export function ownerInReason(reason: string | null): OwnerRecord | null {
  return reason?.startsWith(`${ourReason}{`) === true
    ? parse(reason.slice(ourReason.length), 'git worktree lock')
    : null;
}
