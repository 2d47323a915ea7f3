/**
 * Takes worktrees of ours away so that a kill at any point leaves what the next run can go on with: commits are kept by
 * a ref first, then work is moved aside, then the tree goes, then git's entry, and the record of the run last.
 */
import { existsSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { GitFailed } from '../core/git-failed.ts';
import { hasErrorCode, messageOf } from '../core/outcome.ts';
import { halfMadeLock, judgeWorktree, type SalvageLimits } from '../core/worktree.ts';
import { readSmallFile, unwritable } from './atomic-file.ts';
import type { RunGit } from './git.ts';
import { output } from './git-output.ts';
import type { GitQuestions } from './git-questions.ts';
import { gitAtWork } from './lock-files.ts';
import { processesIn, reapTree } from './process-tree.ts';
import { moveAside, type Salvaged, salvage } from './salvage.ts';
import { namesIn } from './worktree-place.ts';
import { type Checkout, factsOf } from './worktree-survey.ts';

/** What makes the folder of worktrees ignore itself; told from a file of the user's by its text. */
const ignoreEverything = '# Made by loopbreaker, which removes it again.\n*\n';

const markOf = (directory: string): string => path.join(directory, '.gitignore');

/** Lets a folder ignore itself, and be known for ours; an ignore file that is there stays. Throws a Refusal (78). */
export function markOurs(directory: string): void {
  try {
    writeFileSync(markOf(directory), ignoreEverything, { flag: 'wx' });
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw unwritable(markOf(directory), error);
  }
}

/** Whether a folder carries that mark: then we have made it. */
export function isMarkedOurs(directory: string): boolean {
  const reading = readSmallFile(markOf(directory));
  return reading.kind === 'text' && reading.text === ignoreEverything;
}

export interface RemovalRoom {
  readonly runGit: RunGit;
  readonly git: GitQuestions;
  readonly commonDirectory: string;
  /** Where work goes that is moved aside. */
  readonly salvageDirectory: string;
  /** Patterns of the manifest for files that are generated. */
  readonly generated: readonly string[];
  /** What one pass of moving work aside may take. */
  readonly limits: SalvageLimits;
  /** Wall clock as ISO 8601. */
  readonly timestamp: () => string;
}

export type RemovalEnd =
  | {
      readonly removed: true;
      readonly why: string;
      readonly keptRef: string | null;
      readonly salvaged: Salvaged;
      /** Where the salvaged files are. */
      readonly into: string;
    }
  | { readonly removed: false; readonly why: string };

/**
 * Removes the folder of worktrees when only our own ignore file is left in it; in a work tree of ours also folders above it that
 * are empty, which git does not know. Outside of it nothing says who made those.
 */
function removeEmptyFolders(directory: string, isInside: boolean): void {
  if (namesIn(directory).length !== 1 || !isMarkedOurs(directory)) return;
  rmSync(markOf(directory), { force: true });
  if (removeEmpty(directory)) {
    // The root of a work tree is never empty: .git is in it.
    for (let above = path.dirname(directory); isInside && removeEmpty(above); ) above = path.dirname(above);
  } else markAgain(directory);
}

/** Another clone has just begun to use the folder, or has taken it away. */
function markAgain(directory: string): void {
  try {
    writeFileSync(markOf(directory), ignoreEverything, { flag: 'wx' });
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST', 'ENOENT', 'ENOTDIR')) throw error;
  }
}

function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'ENOTEMPTY', 'ENOENT', 'EEXIST', 'EACCES', 'EPERM', 'EBUSY')) return false;
    throw error;
  }
}

/** The commit at which the tree stands now, as git's entry says; null when git does not list it or it has none. */
async function headOf({ git }: RemovalRoom, { admin, tree }: Checkout): Promise<string | null> {
  if (admin?.tree == null) return null;
  const head = (await git.worktrees()).find((entry) => entry.path === tree)?.head ?? null;
  return head === null || /^0+$/.test(head) ? null : await git.commitOf(head);
}

/** Commits that somebody made in the tree are kept by a ref, unless another one reaches them. Returns that ref. */
async function keepCommits(room: RemovalRoom, { runId, owner }: Checkout, head: string | null): Promise<string | null> {
  if (head === null || head === (owner?.commit ?? owner?.sha)) return null;
  const args = ['for-each-ref', '--count=1', '--format=%(refname)', '--contains', head];
  if ((await output(room.runGit, args)).trim() !== '') return null;
  const ref = `refs/loopbreaker/keep/${runId}-head`;
  await room.git.updateRef(ref, head);
  return ref;
}

/** What a gate that ran in a container leaves may belong to another user: that is an answer of the system, no bug. */
async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new GitFailed(['worktree', 'remove', folder], { exitCode: null, signal: null, text: error.message }, null);
  }
}

/** Removes tree, git's entry and folder. `git worktree remove` refuses a tree without .git, but not one that is gone. */
async function erase(room: RemovalRoom, { directory, tree, admin, isInside }: Checkout): Promise<void> {
  await removeFolder(tree);
  if (admin !== null) {
    if (admin.tree === null) await removeFolder(admin.directory);
    else await room.git.removeWorktree(tree);
  }
  if (!existsSync(directory)) return;
  await removeFolder(directory);
  removeEmptyFolders(path.dirname(directory), isInside);
}

/**
 * Removes the checkout of a run that is over: what is in it the gate has made, so nothing is moved aside; a commit that
 * somebody made in it is kept.
 */
export async function removeFinished(room: RemovalRoom, checkout: Checkout): Promise<void> {
  await keepCommits(room, checkout, await headOf(room, checkout));
  await erase(room, checkout);
}

async function salvageTree(
  room: RemovalRoom,
  checkout: Checkout,
  head: string | null,
  into: string,
): Promise<Salvaged> {
  const { directory, tree, owner, admin } = checkout;
  const nothing = { files: 0, bytes: 0, left: 0 };
  const commit = head ?? owner?.commit ?? owner?.sha;
  const withChanged = admin?.lockedWhy !== halfMadeLock;
  const { runGit, commonDirectory, generated, limits } = room;
  const request = { git: runGit, commonDirectory, tree, generated, withChanged, into, limits };
  const inTree = commit === undefined || !existsSync(tree) ? nothing : await salvage({ ...request, commit });
  const beside = namesIn(directory);
  const strange = beside.filter((name) => name !== 'tree' && !name.startsWith('owner.json'));
  for (const name of strange) moveAside(path.join(directory, name), path.join(into, 'beside-the-tree', name));
  return { ...inTree, files: inTree.files + strange.length };
}

/**
 * Removes what a dead run left, if it is ours, dead, and nobody works in it; else says why not. The promote lock is held,
 * and the checkout was looked at just now. Work in it is moved aside; when a limit stops that, the tree stays.
 */
export async function removeDead(room: RemovalRoom, checkout: Checkout): Promise<RemovalEnd> {
  const { removable, why } = judgeWorktree(factsOf(checkout));
  if (!removable) return { removed: false, why };
  reapTree(checkout.runId);
  const [inhabitant] = processesIn(checkout.directory);
  if (inhabitant !== undefined) return { removed: false, why: `process ${inhabitant} works in it` };
  // A git that outlived its run may still be filling the tree, from a folder outside of it.
  if (gitAtWork([checkout.directory]) === 'yes') return { removed: false, why: 'a git is at work on it' };
  const into = path.join(room.salvageDirectory, checkout.runId, room.timestamp().replaceAll(/[^0-9]/g, ''));
  try {
    const head = await headOf(room, checkout);
    const keptRef = await keepCommits(room, checkout, head);
    const salvaged = await salvageTree(room, checkout, head, into);
    if (salvaged.left > 0) {
      const moved = `${salvaged.files} ${salvaged.files === 1 ? 'file was' : 'files were'} moved to ${into}`;
      return { removed: false, why: `it holds more work than one pass moves: ${moved}, ${salvaged.left} left` };
    }
    await erase(room, checkout);
    return { removed: true, why, keptRef, salvaged, into };
  } catch (error) {
    // A file that cannot be moved has a code of the system.
    if (!(error instanceof GitFailed || (error instanceof Error && 'code' in error))) throw error;
    return { removed: false, why: messageOf(error) };
  }
}
