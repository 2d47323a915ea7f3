/** Verdicts: what is known for good about a trigger, and whether it may be promoted at all. */
import { sha256Hex } from './evidence.ts';
import type { Phase } from './failure.ts';

/** One completion claim: a branch and the head sha of the local branch. */
export interface TriggerId {
  readonly branch: string;
  readonly sha: string;
}

/** The name of a branch as people say it, without `refs/heads/`. */
export function shortBranch(branch: string): string {
  return branch.replace(/^refs\/heads\//, '');
}

/** What a blocked verdict depends on. A trigger with the same inputs has the same verdict, whatever its sha. */
export interface VerdictInputs {
  /** Tree of the branch head: an empty commit does not change it. */
  readonly tree: string;
  /** Hash of the trusted policy and manifest. */
  readonly policy: string;
  /** Tip of the target where the verdict depends on it (a conflict, a branch that cannot be fast-forwarded), else null. */
  readonly target: string | null;
}

export interface BlockedVerdict extends TriggerId {
  readonly version: 1;
  readonly verdict: 'blocked';
  readonly inputs: VerdictInputs;
  readonly rule: string;
  /** The phase that refused it; an old verdict does not say. */
  readonly phase?: Phase;
  readonly signature: string;
  readonly why: string;
  readonly remedy: string;
  /** End of the output that was judged: the agent is told it. */
  readonly tail: string;
  readonly at: string;
}

export interface PromotedVerdict extends TriggerId {
  readonly version: 1;
  readonly verdict: 'promoted';
  readonly candidate: string;
  readonly target: string;
  readonly at: string;
}

/** A person has read what exactly this commit does to protected paths, and takes it upon themselves. */
export interface AcceptedVerdict extends TriggerId {
  readonly version: 1;
  readonly verdict: 'accepted';
  /** user@host, as the system knows them. */
  readonly by: string;
  readonly why: string;
  readonly at: string;
}

export type Verdict = BlockedVerdict | PromotedVerdict | AcceptedVerdict;

/** File name of what is known about a trigger. An acceptance has a file of its own: a later verdict does not end it. */
export function verdictFileName(trigger: TriggerId, verdict?: Verdict['verdict']): string {
  const name = `${sha256Hex(`${trigger.branch}\0${trigger.sha}`)}.json`;
  return verdict === 'accepted' ? `accepted-${name}` : name;
}

function sameInputs(a: VerdictInputs, b: VerdictInputs): boolean {
  if (a.tree !== b.tree || a.policy !== b.policy) return false;
  return a.target === null || b.target === null || a.target === b.target;
}

/**
 * The blocked verdict that stands against promoting `trigger` with these inputs, or null. It stands for the same trigger
 * and for any other sha of the branch with the same inputs; a new tree, policy or (where it counts) target re-arms.
 */
export function standingBlock(
  verdicts: readonly Verdict[],
  trigger: TriggerId,
  inputs: VerdictInputs,
): BlockedVerdict | null {
  const blocks = verdicts.filter((verdict) => verdict.verdict === 'blocked');
  return blocks.find((block) => block.branch === trigger.branch && sameInputs(block.inputs, inputs)) ?? null;
}

/** The acceptance of exactly this trigger's protected changes, or null. One of another commit of the branch is none. */
export function acceptanceOf(verdicts: readonly Verdict[], { branch, sha }: TriggerId): AcceptedVerdict | null {
  const accepted = verdicts.filter((verdict) => verdict.verdict === 'accepted');
  return accepted.find((verdict) => verdict.branch === branch && verdict.sha === sha) ?? null;
}
