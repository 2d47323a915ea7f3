/** Verdicts that decide nothing any more go once there are many: each run reads all that are left. */
import { GitFailed } from './core/git-failed.ts';
import type { Verdict } from './core/verdict.ts';
import { targetRef } from './promote/facts.ts';
import type { Workspace } from './workspace.ts';

/** So many are kept whatever they say: for a person who looks back. */
export const verdictsKept = 500;

/** Verdicts that git is asked about in one run, the oldest first: some milliseconds each. */
const askedMax = 50;

/**
 * Whether a verdict is of the past: its commit landed, or its branch no longer holds it. Should the same tree ever come
 * back to such a branch, it is judged once more. Throws GitFailed.
 */
async function isSpent({ git, policies }: Workspace, verdict: Verdict): Promise<boolean> {
  if (verdict.verdict === 'promoted') return true;
  const { branch, sha } = verdict;
  if ((await git.commitOf(branch)) === null || (await git.commitOf(sha)) === null) return true;
  if (!(await git.isAncestor(sha, branch))) return true;
  const target = targetRef(policies.promote.remote, policies.promote.target);
  return (await git.commitOf(target)) !== null && (await git.isAncestor(sha, target));
}

/** Removes spent verdicts beyond those that are kept. The promote lock is held. */
export async function removeSpentVerdicts(workspace: Workspace): Promise<void> {
  const { verdicts } = workspace.verdicts.readable();
  const oldest = verdicts.toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const asked = oldest.slice(0, Math.min(askedMax, Math.max(0, verdicts.length - verdictsKept)));
  try {
    for (const verdict of asked) if (await isSpent(workspace, verdict)) workspace.verdicts.remove(verdict);
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error; // The next run asks again.
  }
}
