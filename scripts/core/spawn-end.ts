/** What the end of the promote child means: its own result first, then how it ended, and its text last. */
import { classify, type FailureRule, ownFailure } from './classify.ts';
import type { Failure } from './failure.ts';
import { exitCodes, type PromoteOutcome } from './outcome.ts';
import { ownRules } from './own-failures.ts';
import type { OwnRule } from './own-rule.ts';
import type { PromotionEnd } from './promotion.ts';

export interface SpawnEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly errorCode: string | null;
  /** End of its output. */
  readonly text: string;
}

/** What a result file said of this run; null when there is no valid one. */
export interface SpawnResult {
  readonly started?: boolean;
  readonly outcome?: PromoteOutcome;
  readonly why?: string;
  readonly failure?: Failure | null;
}

/** The end of a promotion that failed so. */
export function endOfFailure(failure: Failure): PromotionEnd {
  switch (failure.class) {
    case 'config-fatal':
      return { outcome: 'config-fatal', why: failure.problem, failure };
    case 'policy-terminal':
      return { outcome: 'blocked', why: failure.problem, failure };
    case 'transient':
    case 'unknown':
    case 'rate-limited':
    case 'interrupted':
      return { outcome: 'try-later', why: failure.problem, failure };
  }
}

/** An outcome that needs a failure gets one, should a user's own script have left it out. */
function stated(result: SpawnResult & { readonly outcome: PromoteOutcome }): PromotionEnd {
  const { outcome, failure = null, why = '' } = result;
  if (failure !== null) return { outcome, why: why === '' ? failure.problem : why, failure };
  switch (outcome) {
    case 'promoted':
    case 'already-promoted':
    case 'quarantined':
      return { outcome, why, failure: null };
    case 'blocked':
    case 'try-later':
    case 'config-fatal':
      return { outcome, why, failure: statedFailure(outcome, why) };
  }
}

function statedFailure(outcome: 'blocked' | 'try-later' | 'config-fatal', why: string): Failure {
  const classes = { blocked: 'policy-terminal', 'try-later': 'transient', 'config-fatal': 'config-fatal' } as const;
  const remedy = 'read the output of the promote command';
  const rule = { id: 'promote-command-said-so', class: classes[outcome], subclass: 'stated', problem: why, remedy };
  return ownFailure('custom', rule, { about: why });
}

/** The failure with the file or package that Node named: the person at seven in the morning wants just that. */
function withMissingName(failure: Failure, text: string): Failure {
  const name = /Cannot find (?:module|package) '([^'\n]{1,400})'/.exec(text)?.[1];
  return name === undefined ? failure : { ...failure, problem: `${failure.problem} Missing: ${name}` };
}

function withoutOutcome(end: SpawnEnd, started: boolean, rules: readonly FailureRule[]): PromotionEnd {
  const tail = end.text;
  if (end.exitCode === exitCodes.interrupted) return endOfFailure(ownFailure('spawn', ownRules.interrupted));
  if (end.signal !== null || started) return endOfFailure(ownFailure('spawn', ownRules.diedWithoutResult, { tail }));
  // It exited by itself and never came to its first line: whatever the code, even 0, it could not be loaded.
  const guess = classify({ phase: 'spawn', exitCode: end.exitCode, errorCode: end.errorCode, text: tail }, rules);
  const fatal =
    guess.class === 'config-fatal'
      ? withMissingName(guess, tail)
      : ownFailure('spawn', ownRules.noResult, { tail, about: tail });
  return endOfFailure(fatal);
}

/** The end of a run of our own auto-promote. */
export function endOfSpawn(result: SpawnResult | null, end: SpawnEnd, rules: readonly FailureRule[]): PromotionEnd {
  if (result?.outcome !== undefined) return stated({ ...result, outcome: result.outcome });
  return withoutOutcome(end, result?.started === true, rules);
}

/** How a user's own promote command ended: as runChild tells it. */
export interface CommandEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly spawnError: string | null;
  readonly stoppedBy: 'timeout' | 'idle' | 'interrupt' | null;
  readonly outputTail: string;
}

/**
 * What the target shows of a commit: it contains it, or carries all that it changes under other shas, as after a squash of
 * the script's own; `unknown`: the remote could not be asked.
 */
export type Landing = 'contained' | 'carried' | 'absent' | 'unknown';

/** Why a promotion that the command tells of is not believed; null when the target bears it out. */
function doubtOf(landing: Landing): OwnRule | null {
  switch (landing) {
    case 'contained':
    case 'carried':
      return null;
    case 'absent':
      return ownRules.commandClaims;
    case 'unknown':
      return ownRules.pushUnknown;
  }
}

/**
 * The end of a user's own promote command. What is on the target has landed, however the command ended. Otherwise its
 * result file if it wrote one, but a promotion of which the target shows nothing is none; exit 0 alone proves nothing; 75
 * and 78 mean what they mean here; anything else by the rules of phase `custom`.
 */
export function endOfCommand(
  result: SpawnResult | null,
  end: CommandEnd,
  landing: Landing,
  rules: readonly FailureRule[],
): PromotionEnd {
  if (landing === 'contained') return { outcome: 'promoted', why: 'the target contains the commit', failure: null };
  const { outcome } = result ?? {};
  if (outcome !== undefined) {
    const rule = outcome === 'promoted' || outcome === 'already-promoted' ? doubtOf(landing) : null;
    if (rule === null) return stated({ ...result, outcome });
    const problem = `The promote command says "${outcome}". ${rule.problem}`;
    return endOfFailure(ownFailure('custom', rule, { problem, tail: end.outputTail }));
  }
  const { exitCode, signal, spawnError, outputTail: tail } = end;
  if (end.stoppedBy === 'interrupt') return endOfFailure(ownFailure('custom', ownRules.interrupted));
  if (end.stoppedBy !== null) return endOfFailure(ownFailure('custom', ownRules.commandTimeout, { tail }));
  if (exitCode === exitCodes.ok) {
    return endOfFailure(
      ownFailure('custom', landing === 'unknown' ? ownRules.pushUnknown : ownRules.commandDidNothing, { tail }),
    );
  }
  const why = `the promote command ended with exit code ${exitCode}`;
  if (exitCode === exitCodes.tryLater) return endOfFailure(statedFailure('try-later', why));
  if (exitCode === exitCodes.configFatal) return endOfFailure(statedFailure('config-fatal', why));
  return endOfFailure(classify({ phase: 'custom', exitCode, signal, errorCode: spawnError, text: tail }, rules));
}
