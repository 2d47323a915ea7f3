/** Which commit of which branch is to be promoted, by the names that a person or the loop gave. */
import { exitCodes, Refusal } from './core/outcome.ts';
import { ownRules } from './core/own-failures.ts';
import type { TriggerId } from './core/verdict.ts';
import type { Workspace } from './workspace.ts';

/** `x~1` and `x^{tree}` are revisions: git would find a commit for them, and there would be no such branch to watch. */
const isRevision = (name: string): boolean => /[~^:?*[\\\s]|\.\.|@\{/.test(name);

async function triggerOf(workspace: Workspace, named: string | undefined): Promise<TriggerId> {
  const branch = named === undefined ? await workspace.git.headBranch() : fullName(named);
  const remedy = 'name a branch that exists: npx loopbreaker auto-promote --branch NAME';
  if (branch === null) throw branchRefusal('HEAD is detached, so there is no branch to promote.', remedy);
  const sha = isRevision(branch) ? null : await workspace.git.commitOf(branch);
  if (sha === null) throw branchRefusal(`There is no local branch ${branch}.`, remedy);
  return { branch, sha };
}

/** The commit to promote: the head of the branch, or the one that was named, which the branch must hold. Throws a Refusal (1). */
export async function exactTrigger(
  workspace: Workspace,
  branch: string | undefined,
  named: string | undefined,
): Promise<TriggerId> {
  const head = await triggerOf(workspace, branch);
  if (named === undefined) return head;
  const sha = await workspace.git.commitOf(named);
  if (sha !== null && (await workspace.git.isAncestor(sha, head.sha))) return { branch: head.branch, sha };
  const problem = `${named} is no commit of ${head.branch}.`;
  const remedy = `git log --oneline ${head.branch} lists its commits`;
  throw new Refusal({ code: ownRules.branchMoved.id, exitCode: exitCodes.refused, problem, remedy });
}

const fullName = (branch: string): string => (branch.startsWith('refs/heads/') ? branch : `refs/heads/${branch}`);

function branchRefusal(problem: string, remedy: string): Refusal {
  return new Refusal({ code: ownRules.branchMissing.id, exitCode: exitCodes.refused, problem, remedy });
}
