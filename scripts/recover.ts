/** What a dead process left behind: its attempts are counted once, its children are ended, nothing is guessed. */
import { type Attempt, attemptOf, hadClaimed, withEvent, withoutAttempt, withoutTrigger } from './core/controller.ts';
import type { JournalEntry } from './core/journal.ts';
import type { PromotionEnd } from './core/promotion.ts';
import { readCheckpoint } from './effects/checkpoint.ts';
import { markInterrupted, type ResultFile, readResult, resultPath, wasInterrupted } from './effects/runs.ts';
import { abandonedEnd, finishPromotion } from './promotion-attempt.ts';
import { reapRun } from './reap-run.ts';
import { momentOf, type Workspace } from './workspace.ts';

/**
 * `waiting`: a run of auto-promote outlived the process that started it and still holds the promote lock. `promoted`:
 * such runs have ended meanwhile, and well; these are their branches.
 */
export interface Recovery {
  readonly waiting: boolean;
  readonly promoted: readonly string[];
  /** Processes of dead runs that were still at work and were ended. */
  readonly orphansEnded: number;
}

const nothingToDo: Recovery = { waiting: false, promoted: [], orphansEnded: 0 };

/** The phase that a run was about to do when it died, as far as it wrote it down. */
function lastPhase(workspace: Workspace, attempt: Attempt): string {
  const checkpoint = readCheckpoint(workspace.store.files.checkpoint);
  return checkpoint?.runId === attempt.runId ? checkpoint.phase : attempt.phase;
}

/** The end that a finished result file tells, or null when the run never came so far. */
export function endOfResult(result: ResultFile | null): PromotionEnd | null {
  if (result?.outcome === undefined) return null;
  return { outcome: result.outcome, why: result.why ?? '', failure: result.failure ?? null };
}

/** The process that died, for the journal: what it had begun besides is told too, and is no death of its own. */
const processOf = ({ owner }: Attempt): string => [owner.host, owner.pid, owner.startTime].join(' ');

/** A promotion that died is told with the phase in which it did; what it was for is told by the agent run that claimed it. */
function deathOf(attempt: Attempt, phase: string, neutral: boolean): JournalEntry {
  const why = `the promotion died${phase === attempt.phase ? '' : `, in the phase ${phase}`}`;
  const event = neutral ? 'interrupted' : 'abandoned';
  const process = processOf(attempt);
  return { event, severity: 'warning', circuit: 'promote', run: attempt.runId, process, why };
}

async function recoverPromotion(
  workspace: Workspace,
  attempt: Attempt,
  rebooted: boolean,
  neutral: boolean,
): Promise<Recovery> {
  const { store, takeLock } = workspace;
  const lock = await takeLock(store.files.promoteLock, 0, null);
  if (lock === null) return { ...nothingToDo, waiting: true };
  try {
    const end = endOfResult(readResult(resultPath(store.files.runs, attempt.runId), attempt.runId));
    // What its gate had started is nobody's any more.
    const orphansEnded = reapRun(workspace, attempt.runId, rebooted ? null : attempt.owner.startTime);
    const phase = lastPhase(workspace, attempt);
    const known = end ?? abandonedEnd(phase, neutral);
    const deaths = end === null ? [deathOf(attempt, phase, neutral)] : [];
    await finishPromotion(workspace, attempt.runId, known, null, deaths);
    const landed = end?.outcome === 'promoted' || end?.outcome === 'already-promoted';
    const promoted = landed && attempt.trigger !== null ? [attempt.trigger.branch] : [];
    return { waiting: false, promoted, orphansEnded };
  } finally {
    lock.release();
  }
}

async function recoverAgentRun(
  workspace: Workspace,
  attempt: Attempt,
  interrupted: boolean,
  claimed: boolean,
): Promise<Recovery> {
  const why = `the loop died while ${claimed ? 'its claim was promoted' : 'the agent ran'}`;
  const orphansEnded = reapRun(workspace, attempt.runId, null);
  await workspace.store.update((controller, now) => {
    // Another process may have counted it in the meantime.
    if (attemptOf(controller, attempt.runId) === null) return { controller, entries: [] };
    const from = { runId: attempt.runId, era: attempt.era, jitter: momentOf(workspace, now).random };
    const event =
      interrupted || claimed
        ? ({ ...from, type: 'interrupted' } as const)
        : ({ ...from, type: 'failure', class: 'unknown', signature: 'abandoned:agent', why } as const);
    const moved = withEvent(controller, 'agent', event, workspace.policies.breaker, now);
    const name = interrupted ? 'interrupted' : 'abandoned';
    const death = { circuit: 'agent', run: attempt.runId, process: processOf(attempt), why } as const;
    return {
      controller: withoutAttempt(moved, attempt.runId),
      entries: [{ event: name, severity: 'warning', ...death }],
    };
  });
  return { ...nothingToDo, orphansEnded };
}

/** An owner on another host cannot be proved dead; after so long without a report nobody waits for it. */
const unprovableMaxMs = 24 * 60 * 60 * 1000;

/**
 * Settles the attempts of processes that are provably gone: of this host and dead, or of another boot. A promotion that
 * is still running although its loop died is left alone.
 */
export async function recover(workspace: Workspace): Promise<Recovery> {
  const { attempts } = workspace.store.read().controller;
  const settled: Recovery[] = [];
  for (const attempt of attempts) {
    const liveness = workspace.world.liveness(attempt.owner);
    const forgotten = liveness === 'unknown' && workspace.store.now() - attempt.startedAt > unprovableMaxMs;
    if (liveness === 'alive' || (liveness === 'unknown' && !forgotten)) continue;
    const rebooted = liveness === 'other-boot';
    const neutral = rebooted || wasInterrupted(workspace.store.files.runs, attempt.runId);
    if (attempt.circuit === 'promote') settled.push(await recoverPromotion(workspace, attempt, rebooted, neutral));
    else settled.push(await recoverAgentRun(workspace, attempt, neutral, hadClaimed(attempts, attempt)));
  }
  return {
    waiting: settled.some(({ waiting }) => waiting),
    promoted: settled.flatMap(({ promoted }) => promoted),
    orphansEnded: settled.reduce((sum, { orphansEnded }) => sum + orphansEnded, 0),
  };
}

/** Notes that a person is ending this process at once; the next run then counts what it had begun as interrupted. */
export function noteInterruption({ store, world }: Workspace): void {
  const { pid, startTime } = world.self;
  const own = store
    .read()
    .controller.attempts.filter(({ owner }) => owner.pid === pid && owner.startTime === startTime);
  for (const { runId } of own) markInterrupted(store.files.runs, runId);
}

/** Forgets triggers whose branch no longer holds the claimed commit: there is nothing left to promote. */
export async function forgetVanishedTriggers(workspace: Workspace): Promise<void> {
  const { store, git } = workspace;
  for (const trigger of store.read().controller.triggers) {
    const head = await git.commitOf(trigger.branch);
    const there = await git.commitOf(trigger.sha);
    if (head !== null && there !== null && (await git.isAncestor(trigger.sha, head))) continue;
    const why = `${trigger.branch} no longer holds ${trigger.sha}`;
    await store.update((controller) => ({
      controller: withoutTrigger(controller, trigger.branch),
      entries: [{ event: 'trigger-forgotten', severity: 'warning', branch: trigger.branch, sha: trigger.sha, why }],
    }));
  }
}
