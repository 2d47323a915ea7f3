/**
 * Our worktrees: `<worktreeDirectory>/<run>/tree`, with `owner.json` beside the tree. The folder ignores itself, so that
 * the user's `git status` and `git add -A` never see it (fact 40).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hasErrorCode } from '../core/outcome.ts';
import type { TriggerId } from '../core/verdict.ts';
import { unwritable, writeAtomically } from './atomic-file.ts';
import { lockReason, type OwnerRecord } from './owner-record.ts';
import { ignoreEverything, type RemovalRoom, removeFinished } from './worktree-removal.ts';
import { type Checkout, realPlace, type Survey, type SurveyPlace, surveyWorktrees } from './worktree-survey.ts';
import type { World } from './world.ts';

export type { Checkout } from './worktree-survey.ts';

export interface Checkouts {
  /** Ours, wherever policy has put them, and other people's. */
  readonly survey: () => Survey;
  readonly list: () => readonly Checkout[];
  /** Path of the tree of a run. */
  readonly treeOf: (runId: string) => string;
  /**
   * Makes the folder of a run with its owner.json; the tree itself is git's to add, at `commit` and locked for the
   * returned reason.
   */
  readonly prepare: (runId: string, trigger: TriggerId, commit: string, since: string) => string;
  /** Removes the tree of a run that is over, its folder, and the enclosing folders when nothing is left in them. */
  readonly remove: (runId: string) => Promise<void>;
}

function ensureFolder(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw unwritable(directory, error);
  }
}

function ensureSelfIgnoring(directory: string): void {
  ensureFolder(directory);
  const file = path.join(directory, '.gitignore');
  try {
    writeFileSync(file, ignoreEverything, { flag: 'wx' });
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw unwritable(file, error);
  }
}

/** The worktrees of loopbreaker in one repository. */
export function openCheckouts(place: SurveyPlace, room: RemovalRoom, world: World): Checkouts {
  const directory = realPlace(path.join(place.root, place.worktreeDirectory));
  const folderOf = (runId: string) => path.join(directory, runId);
  const survey = () => surveyWorktrees(place, world);

  function prepare(runId: string, trigger: TriggerId, commit: string, since: string): string {
    ensureSelfIgnoring(directory);
    ensureFolder(folderOf(runId));
    const { branch, sha } = trigger;
    const record: OwnerRecord = { version: 1, runId, owner: world.self, branch, sha, commit, since };
    writeAtomically(path.join(folderOf(runId), 'owner.json'), `${JSON.stringify(record, null, 1)}\n`);
    return lockReason(record);
  }

  async function remove(runId: string): Promise<void> {
    for (const checkout of survey().ours) if (checkout.runId === runId) await removeFinished(room, checkout);
  }

  return { survey, list: () => survey().ours, treeOf: (runId) => path.join(folderOf(runId), 'tree'), prepare, remove };
}
