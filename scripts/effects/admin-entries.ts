/**
 * What git remembers of linked worktrees, read from its own folder (gitrepository-layout(5)): `git worktree list` leaves
 * out an entry that a killed git has half removed, and this needs no process.
 */
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readSmallFile } from './atomic-file.ts';

export interface AdminEntry {
  /** Absolute: `<common dir>/worktrees/<id>`. */
  readonly directory: string;
  /** Where the work tree is or was, absolute; null when the file that names it is gone. */
  readonly tree: string | null;
  /** Full name of the branch that is checked out there; null for a detached HEAD, or where git will not say. */
  readonly branch: string | null;
  /** null when it is not locked. */
  readonly lockedWhy: string | null;
  /** When it was made, as far as the file system tells, ms. */
  readonly madeMs: number;
}

function textOf(file: string): string | null {
  const reading = readSmallFile(file);
  return reading.kind === 'text' ? reading.text.trim() : null;
}

function entryAt(directory: string): AdminEntry {
  const gitdir = textOf(path.join(directory, 'gitdir'));
  const head = textOf(path.join(directory, 'HEAD')) ?? '';
  return {
    directory,
    tree: gitdir === null || gitdir === '' ? null : path.dirname(path.resolve(directory, gitdir)),
    // The other back end of refs keeps a placeholder here.
    branch: head.startsWith('ref: refs/heads/') && !head.endsWith('/.invalid') ? head.slice('ref: '.length) : null,
    lockedWhy: textOf(path.join(directory, 'locked')),
    madeMs: (lstatSync(path.join(directory, 'gitdir'), { throwIfNoEntry: false }) ?? lstatSync(directory)).mtimeMs,
  };
}

/** Every entry, by name; none when the repository has no linked worktree. */
export function adminEntries(commonDirectory: string): readonly AdminEntry[] {
  const home = path.join(commonDirectory, 'worktrees');
  if (!existsSync(home)) return [];
  return readdirSync(home, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entryAt(path.join(home, entry.name)))
    .sort((one, other) => one.directory.localeCompare(other.directory));
}
