/** What one run of the agent amounts to: a claim that may be promoted, progress, or a failure of the agent's circuit. */
import { classify, type FailureRule, ownFailure } from './classify.ts';
import type { Failure } from './failure.ts';
import type { OutputEnd } from './output-reader.ts';
import { ownRules } from './own-failures.ts';
import type { StatedClock } from './stated-time.ts';
import { limitFailure, limitInLastWords, withStatedReset } from './usage-limit.ts';
import type { TriggerId } from './verdict.ts';

/** How the agent ended, and what it said. */
export interface AgentEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly spawnError: string | null;
  /** The program that was to be started. */
  readonly program: string;
  readonly stoppedBy: 'timeout' | 'idle' | 'interrupt' | null;
  readonly stderrTail: string;
  readonly said: OutputEnd;
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

/** How many characters of what an agent printed are judged and kept. */
const tailMax = 4000;

/** What the agent itself reports, then what it printed besides: never what its tools printed, where that can be told. */
function wordsOf({ said, stderrTail }: AgentEnd): string {
  const parts = [said.noise.slice(-tailMax), stderrTail.slice(-tailMax), said.failure ?? ''];
  return parts.filter((part) => part.trim() !== '').join('\n');
}

/** An agent that never ran: a person needs the name of the program, and the line that names it. */
function notStarted(failure: Failure, program: string, code: string): Failure {
  const problem = `The program "${program}" of "agent.command" in policy/loop.json could not be started (${code}). ${failure.problem}`;
  return { ...failure, problem };
}

/** The failure of an agent that did not end well, or null when it did. `clock` is for limits with a stated end. */
export function agentFailure(end: AgentEnd, rules: readonly FailureRule[], clock: StatedClock): Failure | null {
  const tail = wordsOf(end);
  if (end.stoppedBy === 'interrupt') return ownFailure('agent', ownRules.interrupted);
  if (end.stoppedBy === 'timeout') return ownFailure('agent', ownRules.agentTimeout, { tail });
  if (end.stoppedBy === 'idle') return ownFailure('agent', ownRules.agentIdle, { tail });
  const { exitCode, signal, spawnError, said } = end;
  if (exitCode === 0 && said.failure === null) {
    return said.isUnderstood ? null : ownFailure('agent', ownRules.outputUnread, { tail });
  }
  if (said.limit !== null) return limitFailure(said.limit, tail, clock);
  const failure = classify({ phase: 'agent', exitCode, signal, errorCode: spawnError, text: tail }, rules);
  const how = exitCode === 0 ? 'an error of its own' : (signal ?? `exit code ${exitCode}`);
  if (spawnError !== null) return notStarted(failure, end.program, spawnError);
  const told = { ...failure, problem: `The agent ended with ${how}. ${failure.problem}` };
  return withStatedReset(told, tail, clock);
}

function movedFailure(home: string, before: string | null, after: string | null): Failure {
  const short = (branch: string | null) => branch?.replace(/^refs\/heads\//, '') ?? 'no branch';
  const problem = `${ownRules.claimMoved.problem} It began on ${short(before)} and ended on ${short(after)}.`;
  const remedy = `git switch ${short(home)}, commit the work there, and claim again`;
  return ownFailure('agent', ownRules.claimMoved, { problem, remedy });
}

function judgeClaim(home: string, before: Snapshot, after: Snapshot, isAhead: boolean): IterationEnd {
  const { branch, sha } = after;
  // Back to the loop's own branch is no move: an agent that was told so must be able to.
  if (branch === null || sha === null || (branch !== before.branch && branch !== home)) {
    return { kind: 'failure', failure: movedFailure(home, before.branch, branch) };
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
  /** The branch that the loop works on. */
  readonly home: string;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly isAhead: boolean;
  readonly rules: readonly FailureRule[];
  readonly clock: StatedClock;
}): IterationEnd {
  const { end, before, after, rules, clock } = input;
  const failure = agentFailure(end, rules, clock);
  if (failure !== null) return { kind: 'failure', failure };
  if (input.claimed) return judgeClaim(input.home, before, after, input.isAhead);
  const changed = before.sha !== after.sha || before.fingerprint !== after.fingerprint;
  if (changed) return { kind: 'progress' };
  const limited = limitInLastWords(end.said.noise, rules, clock);
  return { kind: 'failure', failure: limited ?? noProgressFailure(ownRules.noProgress.problem) };
}

/** An agent that ran, and whose run came to nothing: its own remedies are written for it, not for a person. */
const fruitless: readonly string[] = [ownRules.noProgress.id, ownRules.claimDirty.id, ownRules.claimMoved.id];

/** What a person has to look at who finds the agent's circuit open: the remedy of the failure that run ended with. */
export function remedyForPerson({ rule, remedy }: Failure, runId: string): string {
  if (!fruitless.includes(rule)) return remedy;
  return `look at what the agent is told ("agent.prompt" in policy/loop.json), at what it printed, and at its last run: npm run status -- --run ${runId}`;
}

/** The failure as it is told: a correction that came while the agent ran is not waited for in vain. */
export function withOwnRewriting(failure: Failure): Failure {
  if (failure.class !== 'config-fatal') return failure;
  const clear = 'npm run clear -- agent --why "your reason"';
  const remedy = `${failure.remedy}. policy/loop.json was changed while the agent ran, which does not count; if that was you: ${clear}`;
  return { ...failure, remedy };
}

/**
 * What stays to be told after a run: what this run did wrong, or, when it failed for a reason that is none of the agent's,
 * what it was told in vain.
 */
export function nextFeedback(failure: Failure, told: string | null): string | null {
  return failure.class === 'unknown' || failure.class === 'policy-terminal' ? feedbackOf(failure) : told;
}

/** What the agent is told in its next prompt, or null when there is nothing to tell. */
export function feedbackOf(failure: Pick<Failure, 'problem' | 'remedy' | 'tail'> | null): string | null {
  if (failure === null) return null;
  const tail = (failure.tail ?? '').trimEnd();
  const output = tail === '' ? '' : `\n\nWhat its output says:\n${tail}`;
  return `${failure.problem}\nWhat helps: ${failure.remedy}${output}`;
}
