/** Whether a run of auto-promote may begin: what the breaker says to it, and what it is told when another run is busy. */
import { ownFailure } from './core/classify.ts';
import { attemptOf } from './core/controller.ts';
import type { Failure } from './core/failure.ts';
import { ownRules } from './core/own-failures.ts';
import { stopOf } from './core/stop.ts';
import type { TriggerId } from './core/verdict.ts';
import { beginPromotion } from './promotion-attempt.ts';
import type { PromotionReport } from './report/promotion.ts';
import { settlePromoteCircuit } from './settle-circuits.ts';
import type { Workspace } from './workspace.ts';

interface AskingRun {
  readonly runId: string;
  /** The loop has started it. */
  readonly commissioned: boolean;
}

/** Asks the breaker for a run of its own; a commissioned run has been admitted by the loop that started it. */
export async function admission(workspace: Workspace, trigger: TriggerId, run: AskingRun): Promise<Failure | null> {
  const { store } = workspace;
  if (run.commissioned && attemptOf(store.read().controller, run.runId) !== null) return null;
  await settlePromoteCircuit(workspace);
  return await askedBreaker(workspace, trigger, run.runId);
}

async function askedBreaker(workspace: Workspace, trigger: TriggerId, runId: string): Promise<Failure | null> {
  const begun = await beginPromotion(workspace, runId, trigger, true);
  if (begun.admitted) return null;
  const stop = stopOf('promote', begun.circuit, workspace.store.now());
  const detail = stop === null ? {} : { problem: stop.why, remedy: stop.remedy };
  return ownFailure('preflight', ownRules.circuitOpen, detail);
}

/** The report when another run holds the lock. Of a circuit that is stopped the same is told as without it: to wait would free nothing. */
export async function turnedAway(workspace: Workspace, trigger: TriggerId, run: AskingRun): Promise<PromotionReport> {
  const { store, policies } = workspace;
  const { remote, target } = policies.promote;
  const { circuits } = await settlePromoteCircuit(workspace);
  const isStopped = !run.commissioned && stopOf('promote', circuits.promote, store.now()) !== null;
  const refused = isStopped ? await askedBreaker(workspace, trigger, run.runId) : null;
  const failure = refused ?? ownFailure('preflight', ownRules.lockBusy);
  const outcome = refused === null ? 'try-later' : 'quarantined';
  const nothing = { candidate: null, landed: 'unknown', target: { remote, branch: target, sha: null } } as const;
  return { outcome, runId: run.runId, trigger, ...nothing, phases: [], why: failure.problem, failure };
}
