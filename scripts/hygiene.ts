/**
 * Clears away what dead runs of ours left: their worktrees, and lock files of git that would be in the way of the next
 * run. At the start of every loop and of every auto-promote, under the promote lock; nothing of anybody else's.
 */
import type { JournalEntry } from './core/journal.ts';
import { judgeWorktree } from './core/worktree.ts';
import { readCheckpoint } from './effects/checkpoint.ts';
import { removeLitter } from './effects/git-litter.ts';
import { type RemovalEnd, removeDead } from './effects/worktree-removal.ts';
import { type Checkout, factsOf } from './effects/worktree-survey.ts';
import type { Workspace } from './workspace.ts';

/** What became of one worktree of ours. */
export interface Cleared {
  readonly checkout: Checkout;
  readonly end: RemovalEnd;
}

function deadPhaseOf({ store, world }: Workspace) {
  const checkpoint = readCheckpoint(store.files.checkpoint);
  if (checkpoint === null) return null;
  const liveness = world.liveness(checkpoint.owner);
  const isDead = liveness === 'dead' || liveness === 'other-boot';
  return isDead ? { name: checkpoint.phase, beganMs: Date.parse(checkpoint.at) } : null;
}

function litterEntries(workspace: Workspace): readonly JournalEntry[] {
  const { repository, checkouts, world } = workspace;
  const { ours, foreign } = checkouts.survey();
  const linked = foreign.flatMap(({ tree }) => tree ?? []);
  const workTrees = [repository.root, ...ours.map(({ directory }) => directory), ...linked];
  const place = { commonDirectory: repository.commonDirectory, workTrees };
  const removed = removeLitter(place, deadPhaseOf(workspace), world.clock().wallMs);
  return removed.map(({ path, why }) => ({ event: 'git-lock-removed', severity: 'warning', path, why }));
}

function entriesOf({ checkout, end }: Cleared): readonly JournalEntry[] {
  const { runId: run, tree: path } = checkout;
  if (!end.removed) return [{ event: 'worktree-kept', severity: 'warning', run, path, why: end.why }];
  const { keptRef, salvaged, into } = end;
  const files = salvaged.files === 1 ? '1 file of its worktree was' : `${salvaged.files} files of its worktree were`;
  const moved = `${files} moved to ${into}`;
  return [
    { event: 'worktree-removed', severity: 'info', run, path, why: end.why },
    ...(keptRef === null ? [] : [{ event: 'commits-kept', severity: 'warning', run, ref: keptRef } as const]),
    ...(salvaged.files === 0 ? [] : [{ event: 'work-moved-aside', severity: 'warning', run, why: moved } as const]),
  ];
}

/** Removes the worktrees that dead runs left and that `wanted` lets through. The promote lock is held. */
export async function clearDead(
  workspace: Workspace,
  wanted: (checkout: Checkout) => boolean = () => true,
): Promise<readonly Cleared[]> {
  const cleared: Cleared[] = [];
  const { ours } = workspace.checkouts.survey();
  for (const checkout of ours.filter((one) => wanted(one) && judgeWorktree(factsOf(one)).removable)) {
    cleared.push({ checkout, end: await removeDead(workspace.removal, checkout) });
  }
  const entries = cleared.flatMap(entriesOf);
  if (entries.length > 0) await workspace.store.update((controller) => ({ controller, entries }));
  return cleared;
}

/** The hygiene of a start. The promote lock is held; where nothing was left, no process is started. */
export async function tidy(workspace: Workspace): Promise<void> {
  const entries = litterEntries(workspace);
  if (entries.length > 0) await workspace.store.update((controller) => ({ controller, entries }));
  await clearDead(workspace);
}

/** The same for a loop: while another promotion runs, that one has done it. */
export async function tidyIfIdle(workspace: Workspace): Promise<void> {
  const lock = await workspace.takeLock(workspace.store.files.promoteLock, 0, null);
  if (lock === null) return;
  try {
    await tidy(workspace);
  } finally {
    lock.release();
  }
}
