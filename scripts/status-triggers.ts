/** What is known of claims as they stand now: blocked branches, and what landed last. For looking, never for deciding. */
import type { TriggerId, Verdict } from './core/verdict.ts';
import { targetRef } from './promote/facts.ts';
import { blockRemedy, blockStanding } from './promote/standing.ts';
import type { ShownTrigger } from './report/status.ts';
import type { Workspace } from './workspace.ts';

type Known = Exclude<Verdict, { verdict: 'accepted' }>;

/** Whether it is about what its branch holds at the top: that commit, or one that the same block stands against. */
async function isCurrent({ git, policies }: Workspace, verdict: Known): Promise<boolean> {
  const { branch, sha } = verdict;
  const head = await git.commitOf(branch);
  if (head === null || head === sha || verdict.verdict === 'promoted') return head === sha;
  const { remote, target } = policies.promote;
  const known = await git.commitOf(targetRef(remote, target));
  if (known !== null && (await git.isAncestor(head, known))) return false;
  // Which policy the target has now is not asked: a claim finds that out.
  const inputs = { ...verdict.inputs, tree: await git.treeOf(head) };
  return (await blockStanding({ git }, [verdict], { branch, sha: head }, inputs)) !== null;
}

function shownVerdict(verdict: Known): ShownTrigger {
  const { branch, sha } = verdict;
  if (verdict.verdict === 'promoted') return { branch, sha, state: 'promoted', why: null, remedy: null };
  return { branch, sha, state: 'blocked', why: verdict.why, remedy: blockRemedy(verdict) };
}

/** Of each branch what was said last of the commits at its top, where that is not just being judged anew. Throws GitFailed. */
export async function verdictTriggers(
  workspace: Workspace,
  verdicts: readonly Verdict[],
  unfinished: readonly TriggerId[],
): Promise<readonly ShownTrigger[]> {
  const ofBranch = new Map<string, Known>();
  for (const verdict of verdicts.toSorted((a, b) => (a.at < b.at ? -1 : 1))) {
    const { branch } = verdict;
    if (verdict.verdict === 'accepted' || unfinished.some((one) => one.branch === branch)) continue;
    if (await isCurrent(workspace, verdict)) ofBranch.set(branch, verdict);
  }
  return [...ofBranch.values()].map(shownVerdict);
}
