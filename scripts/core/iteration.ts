/** What one run of the agent amounts to: a claim that may be promoted, progress, or a failure of the agent's circuit. */
import { classify, type FailureRule, ownFailure } from './classify.ts';
import type { Failure } from './failure.ts';
import { ownRules } from './own-failures.ts';
import type { TriggerId } from './verdict.ts';

/** How the agent ended. */
export interface AgentEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly spawnError: string | null;
  readonly stoppedBy: 'timeout' | 'idle' | 'interrupt' | null;
  readonly outputTail: string;
}

/** What git said around the run. `branch` is null where HEAD was detached. */
export interface Snapshot {
  readonly branch: string | null;
  readonly sha: string | null;
  readonly dirtyPaths: readonly string[];
  /** Changes whenever the content of the work tree does. */
  readonly fingerprint: string;
}

export type IterationEnd =
  | { readonly kind: 'claim'; readonly trigger: TriggerId }
  | { readonly kind: 'progress' }
  | { readonly kind: 'failure'; readonly failure: Failure };

/** The failure of an agent that did not end well, or null when it exited 0. */
export function agentFailure(end: AgentEnd, rules: readonly FailureRule[]): Failure | null {
  const tail = end.outputTail.slice(-4000);
  if (end.stoppedBy === 'interrupt') return ownFailure('agent', ownRules.interrupted);
  if (end.stoppedBy === 'timeout') return ownFailure('agent', ownRules.agentTimeout, { tail });
  if (end.stoppedBy === 'idle') return ownFailure('agent', ownRules.agentIdle, { tail });
  if (end.exitCode === 0) return null;
  const { exitCode, signal, spawnError } = end;
  const failure = classify({ phase: 'agent', exitCode, signal, errorCode: spawnError, text: end.outputTail }, rules);
  const how = spawnError ?? signal ?? `exit code ${exitCode}`;
  return { ...failure, problem: `The agent ended with ${how}. ${failure.problem}` };
}

function judgeClaim(before: Snapshot, after: Snapshot, isAhead: boolean): IterationEnd {
  const { branch, sha } = after;
  if (branch === null || sha === null || branch !== before.branch) {
    return { kind: 'failure', failure: ownFailure('agent', ownRules.claimMoved) };
  }
  if (after.dirtyPaths.length > 0) {
    const shown = after.dirtyPaths.slice(0, 5).join(', ');
    const problem = `${ownRules.claimDirty.problem} Not committed: ${shown}`;
    return { kind: 'failure', failure: ownFailure('agent', ownRules.claimDirty, { problem }) };
  }
  if (!isAhead) return { kind: 'failure', failure: noProgressFailure(ownRules.nothingToPromote.problem) };
  return { kind: 'claim', trigger: { branch, sha } };
}

/** The signature of "nothing changed" is the word itself: policy has a limit of its own for it. */
export const noProgressSignature = 'no-progress';

function noProgressFailure(problem: string): Failure {
  return { ...ownFailure('agent', ownRules.noProgress, { problem }), signature: noProgressSignature };
}

/** Judges one iteration. `isAhead`: the branch has commits that the target, as known here, lacks. */
export function judgeIteration(input: {
  readonly end: AgentEnd;
  readonly claimed: boolean;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly isAhead: boolean;
  readonly rules: readonly FailureRule[];
}): IterationEnd {
  const { before, after } = input;
  const failure = agentFailure(input.end, input.rules);
  if (failure !== null) return { kind: 'failure', failure };
  if (input.claimed) return judgeClaim(before, after, input.isAhead);
  const changed = before.sha !== after.sha || before.fingerprint !== after.fingerprint;
  if (changed) return { kind: 'progress' };
  return { kind: 'failure', failure: noProgressFailure(ownRules.noProgress.problem) };
}

/** What the agent is told in its next prompt, or null when there is nothing to tell. */
export function feedbackOf(failure: Pick<Failure, 'problem' | 'remedy' | 'tail'> | null): string | null {
  if (failure === null) return null;
  const tail = (failure.tail ?? '').trimEnd();
  const output = tail === '' ? '' : `\n\nThe end of its output:\n${tail}`;
  return `${failure.problem}\nWhat helps: ${failure.remedy}${output}`;
}
