/** One promotion as one attempt of the breaker: admitted, written down before it starts, recorded once when it ends. */
import { evidenceFor } from './circuit-evidence.ts';
import { type Admission, admits } from './core/breaker.ts';
import type { Circuit } from './core/circuit.ts';
import { ownFailure } from './core/classify.ts';
import {
  type Attempt,
  attemptOf,
  attemptsMax,
  type Trigger,
  withAttempt,
  withEvent,
  withTrigger,
} from './core/controller.ts';
import type { Evidence } from './core/evidence.ts';
import type { JournalEntry } from './core/journal.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { ownRules } from './core/own-failures.ts';
import { afterPromotion, type PromotionEnd } from './core/promotion.ts';
import type { TriggerId } from './core/verdict.ts';
import { gatherEvidence } from './effects/evidence.ts';
import { targetRef } from './promote/facts.ts';
import { keepPrefix } from './promote/landed.ts';
import { momentOf, type Workspace } from './workspace.ts';

export type Begun =
  /** `evidence`: the inputs of loading as they were before anything was started; null for a program that has been loaded. */
  | { readonly admitted: true; readonly evidence: Evidence | null }
  | { readonly admitted: false; readonly circuit: Circuit; readonly admission: Admission };

function newAttempt(workspace: Workspace, runId: string, trigger: TriggerId, now: number): Attempt {
  const { branch, sha } = trigger;
  const owner = workspace.world.self;
  return { runId, circuit: 'promote', era: 0, phase: 'spawn', owner, startedAt: now, trigger: { branch, sha } };
}

function pendingTrigger({ branch, sha }: TriggerId): Trigger {
  return { branch, sha, state: 'pending', notBefore: null };
}

/** Writes a claim down: from here on whatever ends the loop does not lose it, also while it waits for another run. */
export async function noteClaim({ store }: Workspace, run: string, trigger: TriggerId): Promise<void> {
  const { branch, sha } = trigger;
  await store.update((controller) => ({
    controller: withTrigger(controller, pendingTrigger(trigger)),
    entries: [{ event: 'claimed', severity: 'info', run, branch, sha }],
  }));
}

/**
 * Asks the breaker and, when it admits, writes the attempt and its pending trigger down before anything starts. The
 * circuits have been settled by the caller, just before. `isLoaded`: the program that promotes is the one that asks, so
 * that no failure to load can come of it and its inputs need not be noted.
 */
export async function beginPromotion(
  workspace: Workspace,
  runId: string,
  trigger: TriggerId,
  isLoaded = false,
): Promise<Begun> {
  const { store, policies } = workspace;
  await pin(workspace, runId, trigger);
  const evidence = isLoaded ? null : await gatherEvidence('entry-point', workspace.evidence);
  let begun: Begun = { admitted: true, evidence };
  await store.update((controller, now) => {
    if (controller.attempts.length >= attemptsMax) throw tooManyAttempts();
    const ticked = withEvent(controller, 'promote', { type: 'tick' }, policies.breaker, now);
    const circuit = ticked.circuits.promote;
    const admission = admits(circuit, now);
    const pending = pendingTrigger(trigger);
    if (!admission.admitted) {
      begun = { admitted: false, circuit, admission };
      const waiting = withTrigger(controller, { ...pending, state: 'quarantined' });
      return { controller: waiting, entries: [] };
    }
    const attempt = newAttempt(workspace, runId, trigger, now);
    const entry = { event: 'promotion-begun', severity: 'info', run: runId, branch: trigger.branch, sha: trigger.sha };
    return {
      controller: withAttempt(withTrigger(ticked, pending), attempt, policies.breaker, now),
      entries: [{ ...entry, severity: 'info', as: admission.as }],
    };
  });
  return begun;
}

/** Keeps the commit reachable until it is on the target, whatever becomes of the branch meanwhile. */
async function pin({ git }: Workspace, runId: string, { sha }: TriggerId): Promise<void> {
  const kept = await git.refsUnder(keepPrefix);
  if (!kept.some((ref) => ref.sha === sha)) await git.updateRef(`${keepPrefix}${runId}`, sha);
}

function tooManyAttempts(): Refusal {
  const problem = `${attemptsMax} runs are noted as unfinished, and none of them can be proved dead from here.`;
  const remedy = 'npm run status lists them; when none of them lives: npm run clear -- --why "your reason"';
  return new Refusal({ code: 'too-many-attempts', exitCode: exitCodes.tryLater, problem, remedy });
}

/**
 * Records the one event of a promotion, and with it `told`, what is to be read before it. A run that has been recorded
 * already, or never began, moves and tells nothing.
 */
export async function finishPromotion(
  workspace: Workspace,
  runId: string,
  end: PromotionEnd,
  evidenceAtStart: Evidence | null,
  told: readonly JournalEntry[] = [],
): Promise<void> {
  const { store, policies } = workspace;
  const evidence = await evidenceFor(workspace, end.failure, evidenceAtStart);
  await store.update((controller, now) => {
    const attempt = attemptOf(controller, runId);
    if (attempt === null) return { controller, entries: [] };
    const moment = momentOf(workspace, now);
    const { failure, outcome, why } = end;
    const detail = { run: runId, outcome, class: failure?.class ?? null, rule: failure?.rule ?? null, why };
    const trigger = { branch: attempt.trigger?.branch, sha: attempt.trigger?.sha };
    return {
      controller: afterPromotion(controller, attempt, end, evidence, policies.breaker, moment),
      entries: [
        ...told,
        { event: 'promotion-ended', severity: outcome === 'blocked' ? 'warning' : 'info', ...detail, ...trigger },
      ],
    };
  });
}

/** The end of a promotion whose owner died: `abandoned` counts as unknown; a reboot or a person is an interruption. */
export function abandonedEnd(phase: string, isNeutral: boolean): PromotionEnd {
  const base = isNeutral
    ? ownFailure('spawn', ownRules.interrupted)
    : ownFailure('spawn', ownRules.diedWithoutResult, { about: `abandoned:${phase}` });
  const failure = isNeutral ? base : { ...base, signature: `abandoned:${phase}` };
  return { outcome: 'try-later', why: failure.problem, failure };
}

/** A commit of the branch that the target, as known here, holds already; null when nothing is known of the target. */
export async function landedCommit(workspace: Workspace, branch: string): Promise<TriggerId | null> {
  const { git, policies } = workspace;
  const { remote, target } = policies.promote;
  for (const ref of [targetRef(remote, target), `refs/remotes/${remote}/${target}`]) {
    const sha = (await git.commitOf(ref)) === null ? null : await git.mergeBase(ref, branch);
    if (sha !== null) return { branch, sha };
  }
  return null;
}
