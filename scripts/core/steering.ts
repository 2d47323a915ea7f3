/** What the loop does next: the first rule of a table whose condition holds. Pure, so that every night can be tested. */
import type { Trigger } from './controller.ts';
import { type ExitCode, exitCodes, type PromoteOutcome } from './outcome.ts';
import type { Stop } from './stop.ts';
import type { TriggerId } from './verdict.ts';

export interface Situation {
  readonly now: number;
  readonly interrupted: boolean;
  readonly lastPromotion: PromoteOutcome | null;
  readonly promoteStop: Stop | null;
  readonly agentStop: Stop | null;
  /** The unfinished trigger of the checked-out branch, or of one that this loop has worked on. */
  readonly trigger: Trigger | null;
  /**
   * While the promote circuit is half-open, a commit that is on the target already: promoting it proves that promotion
   * works, and lands nothing. null when there is nothing to prove, or nothing to prove it with.
   */
  readonly provingCommit: TriggerId | null;
  /** Why the last iteration of this loop landed nothing; null before the first. */
  readonly unlanded: string | null;
  readonly iterations: number;
  readonly iterationsMax: number;
  readonly agentRunsToday: number;
  readonly agentRunsMaxPerDay: number;
  readonly whenQuarantined: 'stop' | 'wait';
}

export type Step =
  | { readonly do: 'run-agent' }
  | { readonly do: 'promote'; readonly trigger: TriggerId }
  | { readonly do: 'prove'; readonly trigger: TriggerId }
  | { readonly do: 'wait'; readonly until: number | null; readonly why: string; readonly stop: Stop | null }
  | { readonly do: 'stop'; readonly exitCode: ExitCode; readonly why: string; readonly stop: Stop | null };

/** A rule answers with a step, or null when it has nothing to say. */
type Rule = (situation: Situation) => Step | null;

function stopOrWait(stop: Stop, situation: Situation): Step {
  if (situation.whenQuarantined === 'wait') return { do: 'wait', until: stop.until, why: stop.why, stop };
  return { do: 'stop', exitCode: stop.exitCode, why: stop.why, stop };
}

function limitReached(situation: Situation): string | null {
  const { iterations, iterationsMax, agentRunsToday, agentRunsMaxPerDay } = situation;
  if (iterations >= iterationsMax) return `iterationsMax (${iterationsMax}) is reached`;
  if (agentRunsToday >= agentRunsMaxPerDay) return `agentRunsMaxPerDay (${agentRunsMaxPerDay}) is reached`;
  return null;
}

const landed: readonly (PromoteOutcome | null)[] = ['promoted', 'already-promoted'];

/** In this order; the first that answers decides. */
const rules: readonly Rule[] = [
  function interruption({ interrupted }) {
    return interrupted ? { do: 'stop', exitCode: exitCodes.interrupted, why: 'interrupted', stop: null } : null;
  },
  function done({ lastPromotion }) {
    if (!landed.includes(lastPromotion)) return null;
    return { do: 'stop', exitCode: exitCodes.ok, why: 'promoted', stop: null };
  },
  // While promotion cannot run, an agent run would be paid for and lead nowhere.
  function promotionStopped(situation) {
    return situation.promoteStop === null ? null : stopOrWait(situation.promoteStop, situation);
  },
  function backOff({ trigger, now }) {
    if (trigger === null || (trigger.notBefore ?? 0) <= now) return null;
    return { do: 'wait', until: trigger.notBefore, why: 'a failed promotion backs off', stop: null };
  },
  function unfinished({ trigger }) {
    return trigger === null ? null : { do: 'promote', trigger };
  },
  // Before the agent is paid for, promotion has to be known to work.
  function unproved({ provingCommit }) {
    return provingCommit === null ? null : { do: 'prove', trigger: provingCommit };
  },
  function agentStopped(situation) {
    return situation.agentStop === null ? null : stopOrWait(situation.agentStop, situation);
  },
  function limits(situation) {
    const limit = limitReached(situation);
    if (limit === null) return null;
    const { unlanded } = situation;
    const why = unlanded === null ? limit : `${limit}, and nothing has landed: ${unlanded}`;
    return { do: 'stop', exitCode: exitCodes.ok, why, stop: null };
  },
];

/** The next step: what the first rule that has something to say answers; with none, the agent runs. */
export function nextStep(situation: Situation): Step {
  for (const rule of rules) {
    const step = rule(situation);
    if (step !== null) return step;
  }
  return { do: 'run-agent' };
}
