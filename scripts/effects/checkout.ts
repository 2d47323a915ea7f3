/**
 * Our worktrees: `<worktreeDirectory>/<run>/tree`, with `owner.json` beside the tree. The folder ignores itself, so that
 * the user's `git status` and `git add -A` never see it (fact 40). It may lie outside of the checkout, and clones may share it.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { hasErrorCode, Refusal } from '../core/outcome.ts';
import type { TriggerId } from '../core/verdict.ts';
import { isBelow, packageRoots } from '../core/worktree-place.ts';
import { unwritable, writeAtomically } from './atomic-file.ts';
import { inodeOf, lockReason, type OwnerRecord } from './owner-record.ts';
import { groundRefusal, withWayBack } from './worktree-ground.ts';
import { realPlace } from './worktree-place.ts';
import { markOurs, type RemovalRoom, removeFinished } from './worktree-removal.ts';
import { type Checkout, type Survey, type SurveyPlace, surveyWorktrees } from './worktree-survey.ts';
import type { World } from './world.ts';

export type { Checkout } from './worktree-survey.ts';

export interface Checkouts {
  /** Ours, wherever policy has put them, and other people's. */
  readonly survey: () => Survey;
  readonly list: () => readonly Checkout[];
  /** Work trees whose packages are not found from a tree of ours, real paths; none when ours lie in one of them. */
  readonly hiddenRoots: readonly string[];
  /** Why no worktree could be made now; null when nothing stands in the way. */
  readonly obstacle: () => Refusal | null;
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

function refusalOf(directory: string, error: unknown, isOutside: boolean): Refusal {
  const seen = groundRefusal(directory, isOutside);
  if (seen !== null) return seen;
  const refusal = error instanceof Refusal ? error : unwritable(directory, error);
  if (!isOutside) return refusal;
  const { detail } = refusal;
  return new Refusal({ ...detail, remedy: withWayBack(detail.remedy) });
}

/** The folder of a run alone: the one around it, which carries the mark, may have gone. */
function makeFolderOfRun(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw unwritable(folder, error);
  }
}

/** How often folders are made anew: another clone that shares the folder removes it when nothing is left in it. */
const triesMax = 20;

/**
 * Makes the folder of worktrees, which ignores itself, and what `make` makes in it. Outside of the checkout a folder that was
 * there, empty or not, gets no mark: we have not made it, and shall not remove it.
 */
function inSelfIgnoring(directory: string, isOutside: boolean, make: () => void): void {
  for (let tries = 1; ; tries += 1) {
    try {
      const isMade = mkdirSync(directory, { recursive: true }) !== undefined;
      if (!isOutside || isMade) markOurs(directory);
      make();
      return;
    } catch (error) {
      if (!isOutside || tries === triesMax) throw refusalOf(directory, error, isOutside);
    }
  }
}

/** The worktrees of loopbreaker in one repository. */
export function openCheckouts(place: SurveyPlace, room: RemovalRoom, world: World): Checkouts {
  const directory = realPlace(path.join(place.root, place.worktreeDirectory));
  const roots = packageRoots({ root: realPlace(place.root), commonDirectory: realPlace(place.commonDirectory) });
  const isInside = roots.some((root) => isBelow(directory, root));
  const folderOf = (runId: string) => path.join(directory, runId);
  const survey = () => surveyWorktrees(place, world);

  function prepare(runId: string, trigger: TriggerId, commit: string, since: string): string {
    const { branch, sha } = trigger;
    const repository = realPlace(place.commonDirectory);
    const where = { repository, repositoryInode: inodeOf(repository) };
    const record: OwnerRecord = { version: 1, runId, owner: world.self, branch, sha, commit, ...where, since };
    inSelfIgnoring(directory, !isInside, () => {
      makeFolderOfRun(folderOf(runId));
      writeAtomically(path.join(folderOf(runId), 'owner.json'), `${JSON.stringify(record, null, 1)}\n`);
    });
    return lockReason(record);
  }

  async function remove(runId: string): Promise<void> {
    for (const checkout of survey().ours) if (checkout.runId === runId) await removeFinished(room, checkout);
  }

  const treeOf = (runId: string) => path.join(folderOf(runId), 'tree');
  return {
    hiddenRoots: isInside ? [] : roots,
    survey,
    list: () => survey().ours,
    obstacle: () => groundRefusal(directory, !isInside),
    treeOf,
    prepare,
    remove,
  };
}
