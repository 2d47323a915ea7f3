/** Which block of an earlier run still stands against a trigger: asked by a run that would try again, and by a dry run. */
import { ownRules } from '../core/own-failures.ts';
import { shellWord } from '../core/shell-word.ts';
import {
  type BlockedVerdict,
  shortBranch,
  standingBlock,
  type TriggerId,
  type Verdict,
  type VerdictInputs,
} from '../core/verdict.ts';
import type { PromoteWorld } from './facts.ts';

/** What costs nothing to ask is asked afresh each time, before any block is looked for: no old answer to it counts. */
const judgedAfresh: readonly string[] = [
  ownRules.notFastForward.id,
  ownRules.mergeConflict.id,
  ownRules.rebaseOfMerge.id,
  ownRules.unrelatedHistory.id,
  ownRules.branchTooLong.id,
  ownRules.protectedPaths.id,
];

/** A server refuses commits (a message, an author), not a tree: once they are rewritten it has not been asked. */
async function isAboutOtherCommits({ git }: Pick<PromoteWorld, 'git'>, block: BlockedVerdict, { sha }: TriggerId) {
  if (block.phase !== 'push' || block.sha === sha) return false;
  return (await git.commitOf(block.sha)) === null || !(await git.isAncestor(block.sha, sha));
}

/** The block that stands, or null. Throws GitFailed. */
export async function blockStanding(
  world: Pick<PromoteWorld, 'git'>,
  verdicts: readonly Verdict[],
  trigger: TriggerId,
  inputs: VerdictInputs,
): Promise<BlockedVerdict | null> {
  for (const verdict of verdicts) {
    const block = standingBlock([verdict], trigger, inputs);
    if (block === null || judgedAfresh.includes(block.rule)) continue;
    if (!(await isAboutOtherCommits(world, block, trigger))) return block;
  }
  return null;
}

/** What a person can do about a block: what mends the branch, and what frees it where its cause lay elsewhere. */
export function blockRemedy({ branch, rule, remedy }: BlockedVerdict): string {
  const clear = `npm run clear -- ${shellWord(shortBranch(branch))} --why "your reason"`;
  if (remedy.includes('npm run clear -- ')) return remedy.replaceAll('npm run clear -- <branch> --why "…"', clear);
  if (judgedAfresh.includes(rule)) return remedy;
  return `${remedy}. Where its cause was not the branch, once that is mended: ${clear}`;
}
