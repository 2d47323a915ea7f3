/** The drive of the loop: looks around, asks core/steering.ts what to do next, does it, and looks around again. */
import { recordAgentRun, runAgent } from './agent-run.ts';
import { type Alerts, openAlerts } from './alerts.ts';
import { type Alert, alertOfEnd, alertOfStop } from './core/alert.ts';
import { agentRunsToday } from './core/controller.ts';
import type { Failure } from './core/failure.ts';
import { feedbackOf, nextFeedback } from './core/iteration.ts';
import type { ExitCode, PromoteOutcome } from './core/outcome.ts';
import type { PromotionEnd } from './core/promotion.ts';
import { nextStep, type Situation, type Step } from './core/steering.ts';
import { type Stop, stopOf } from './core/stop.ts';
import type { TriggerId } from './core/verdict.ts';
import { stampOf, waitForChange } from './effects/changes.ts';
import { evidenceFiles } from './effects/evidence.ts';
import { renewLease } from './lease.ts';
import { beginPromotion, finishPromotion, landedCommit, noteClaim, settleCircuits } from './promotion-attempt.ts';
import type { LoopReport } from './report/loop.ts';
import { spawnPromotion } from './spawn-promote.ts';
import type { Workspace } from './workspace.ts';

/** What this process remembers between two steps; everything that matters longer is in the controller. */
export interface Drive {
  readonly workspace: Workspace;
  /** The branch that was checked out when the loop began. */
  readonly home: string;
  /** Branches that this loop has worked on: an agent may switch. */
  readonly branches: Set<string>;
  readonly iterationsMax: number;
  readonly report: LoopReport;
  readonly abort: AbortSignal;
  iterations: number;
  lastPromotion: PromoteOutcome | null;
  /** What the agent is told in its next prompt. */
  feedback: string | null;
  /** A block that nobody has been told of yet. */
  block?: Alert | null;
  /** Stamp of the files that were waited for, taken before the last look around. */
  seen?: string;
}

/** How often a waiting loop looks whether something has changed. */
export const pollMs = 1000;

/** Everything that no file tells of, such as the remote, is asked for at most this often by a waiting loop. */
const fullLookMs = 60_000;

async function lookAround(drive: Drive): Promise<Situation> {
  const { workspace, iterations, iterationsMax, lastPromotion, abort } = drive;
  const controller = await settleCircuits(workspace);
  const now = workspace.store.now();
  const { loop } = workspace.policies;
  const branch = await workspace.git.headBranch();
  if (branch !== null) drive.branches.add(branch);
  const isUnproved = controller.circuits.promote.state === 'half-open';
  const triggers = controller.triggers.filter((trigger) => drive.branches.has(trigger.branch));
  return {
    now,
    interrupted: abort.aborted,
    lastPromotion,
    promoteStop: stopOf('promote', controller.circuits.promote, now),
    agentStop: stopOf('agent', controller.circuits.agent, now),
    trigger: triggers.at(-1) ?? null,
    provingCommit: branch === null || !isUnproved ? null : await landedCommit(workspace, branch),
    iterations,
    iterationsMax,
    agentRunsToday: agentRunsToday(controller, now),
    agentRunsMaxPerDay: loop.agentRunsMaxPerDay,
    whenQuarantined: loop.whenQuarantined,
  };
}

/**
 * Waits while another run of auto-promote holds the lock: an attempt would only find that out, again and again. That
 * run may have moved the circuits, so they are settled afterwards.
 */
async function waitForPromoteLock({ workspace, report, abort }: Drive): Promise<void> {
  for (let waited = false; !abort.aborted; waited = true) {
    const lock = await workspace.takeLock(workspace.store.files.promoteLock, 0, null);
    lock?.release();
    if (lock !== null) {
      if (waited) await settleCircuits(workspace);
      return;
    }
    report.waiting('another promotion is running in this repository', null, null);
    await workspace.world.sleep(pollMs, abort);
  }
}

/** Promotes under the breaker; null when the breaker did not admit it after all. */
async function promote(drive: Drive, trigger: TriggerId): Promise<PromotionEnd | null> {
  const { workspace, report, abort } = drive;
  await waitForPromoteLock(drive);
  if (abort.aborted) return null;
  const runId = workspace.world.newRunId();
  const begun = await beginPromotion(workspace, runId, trigger);
  if (!begun.admitted) return null;
  report.promoting(trigger, runId);
  const end = await spawnPromotion(workspace, runId, trigger, report.childOutput, abort);
  await finishPromotion(workspace, runId, end, begun.evidence);
  report.promoted(end);
  drive.lastPromotion = end.outcome;
  if (end.outcome === 'blocked') drive.feedback = feedbackOf(end.failure);
  drive.block = alertOfEnd(end, trigger, workspace.store.now());
  return end;
}

/** A claim that was blocked counts against the agent: the same reason again and again opens its circuit. */
function agentsShare(end: PromotionEnd | null): Failure | null {
  if (end?.outcome !== 'blocked' || end.failure === null) return null;
  return { ...end.failure, class: 'unknown', phase: 'agent', signature: `blocked:${end.failure.signature}` };
}

async function iterate(drive: Drive): Promise<void> {
  const { workspace, report, abort } = drive;
  drive.iterations += 1;
  report.iteration(drive.iterations, drive.iterationsMax);
  const told = drive.feedback;
  const run = await runAgent(workspace, drive.home, told, report.childOutput, abort);
  drive.feedback = null;
  report.judged(run.end);
  switch (run.end.kind) {
    case 'claim':
      await noteClaim(workspace, run.end.trigger);
      // Much may have happened while the agent ran.
      await settleCircuits(workspace);
      // Its iteration is not over: the claim is being promoted.
      await renewLease(workspace, 'agent', run.runId);
      await recordAgentRun(workspace, run.runId, agentsShare(await promote(drive, run.end.trigger)));
      return;
    case 'progress':
      await recordAgentRun(workspace, run.runId, null);
      return;
    case 'failure':
      drive.feedback = nextFeedback(run.end.failure, told);
      await recordAgentRun(workspace, run.runId, run.end.failure);
      return;
  }
}

/** Files whose change may free a stop: those that its evidence was gathered from, in this work tree. */
async function filesOfStop({ workspace }: Drive, stop: Stop | null): Promise<readonly string[]> {
  if (stop === null) return [];
  const circuit = workspace.store.read().controller.circuits[stop.circuit];
  const evidence = circuit.state === 'open' ? circuit.evidence : null;
  const isHere = evidence !== null && (evidence.where === null || evidence.where === workspace.repository.root);
  return isHere ? await evidenceFiles(evidence.kind, workspace.evidence) : [];
}

/**
 * Sleeps until it is worth looking around again: the time has come, a person has cleared, or a file has changed that
 * was the same before and after the last look. Asking everything anew happens only then, and once a minute.
 */
async function wait(drive: Drive, step: Extract<Step, { do: 'wait' }>): Promise<void> {
  const { workspace, abort: signal, report } = drive;
  const { world, store } = workspace;
  const leftMs = step.until === null ? fullLookMs : Math.max(0, step.until - store.now());
  report.waiting(step.why, step.stop, step.until === null ? null : leftMs);
  const files = await filesOfStop(drive, step.stop);
  const urgent = store.files.controller;
  const stamp = stampOf([...files, urgent]);
  const wasSeen = stamp === drive.seen;
  drive.seen = stamp;
  const ms = Math.min(leftMs, wasSeen ? fullLookMs : pollMs);
  await waitForChange({ world, files, urgent, ms, signal });
}

function takeBlock(drive: Drive): readonly Alert[] {
  const block = drive.block ?? null;
  drive.block = null;
  return block === null ? [] : [block];
}

/** What a person wants to be told of this situation. */
function alertsOf({ workspace }: Drive, { promoteStop, agentStop, trigger }: Situation): readonly Alert[] {
  const { circuits } = workspace.store.read().controller;
  const stops = [promoteStop, agentStop] as const;
  return stops.flatMap((stop) => (stop === null ? [] : (alertOfStop(stop, circuits[stop.circuit], trigger) ?? [])));
}

/** Takes steps until one says stop; returns its exit code. Every wait, attempt and run is bounded by policy. */
export async function drive(state: Drive): Promise<ExitCode> {
  const alerts = openAlerts(state.workspace, state.abort, state.report.alertLost);
  try {
    return await takeSteps(state, alerts);
  } finally {
    await alerts.ended();
  }
}

async function takeSteps(state: Drive, alerts: Alerts): Promise<ExitCode> {
  for (;;) {
    const situation = await lookAround(state);
    await alerts.tell([...alertsOf(state, situation), ...takeBlock(state)]);
    const step = nextStep(situation);
    switch (step.do) {
      case 'run-agent':
        await iterate(state);
        break;
      case 'promote':
        await promote(state, step.trigger);
        break;
      case 'prove':
        await promote(state, step.trigger);
        // Nothing new has landed: the loop goes on.
        state.lastPromotion = null;
        break;
      case 'wait':
        await wait(state, step);
        break;
      case 'stop':
        state.report.stopped(step);
        return step.exitCode;
    }
  }
}
