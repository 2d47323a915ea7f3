/** The drive of the loop: looks around, asks core/steering.ts what to do next, does it, and looks around again. */
import { recordAgentRun, runAgent, withCorrectedAgent } from './agent-run.ts';
import { type Alerts, openAlerts } from './alerts.ts';
import { type Alert, alertOfEnd, alertOfStop } from './core/alert.ts';
import { agentRunsToday } from './core/controller.ts';
import type { Failure } from './core/failure.ts';
import { feedbackOf, nextFeedback } from './core/iteration.ts';
import type { ExitCode, PromoteOutcome } from './core/outcome.ts';
import { blockedSignature, type PromotionEnd } from './core/promotion.ts';
import { nextStep, type Situation } from './core/steering.ts';
import { stopOf } from './core/stop.ts';
import type { TriggerId } from './core/verdict.ts';
import { noteStep, pollMs, wait } from './drive-wait.ts';
import { renewLease } from './lease.ts';
import { beginPromotion, finishPromotion, landedCommit, noteClaim } from './promotion-attempt.ts';
import type { LoopReport } from './report/loop.ts';
import { settleCircuits } from './settle-circuits.ts';
import type { SpawnPromotion } from './spawn-promote.ts';
import type { Workspace } from './workspace.ts';

/** What this process remembers between two steps; everything that matters longer is in the controller. */
export interface Drive {
  workspace: Workspace;
  /** The branch that was checked out when the loop began. */
  readonly home: string;
  /** Branches that this loop has worked on: an agent may switch. */
  readonly branches: Set<string>;
  readonly iterationsMax: number;
  readonly report: LoopReport;
  readonly abort: AbortSignal;
  /** How a promotion is started and waited for. */
  readonly spawnPromotion: SpawnPromotion;
  iterations: number;
  lastPromotion: PromoteOutcome | null;
  /** Why the last iteration landed nothing. */
  unlanded?: string;
  /** What the agent is told in its next prompt. */
  feedback: string | null;
  /** A block that nobody has been told of yet. */
  block?: Alert | null;
  /** The reason for waiting that was written down last. */
  noted?: string;
  /** Stamp of the files that were waited for, taken before the last look around. */
  seen?: string;
}

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
    unlanded: drive.unlanded ?? null,
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
 * run may have moved the circuits, so they are settled afterwards. A person who holds the circuit meanwhile ends the waiting.
 */
async function waitForPromoteLock({ workspace, report, abort }: Drive): Promise<void> {
  for (let waited = false; !abort.aborted; waited = true) {
    const lock = await workspace.takeLock(workspace.store.files.promoteLock, 0, null);
    lock?.release();
    if (lock !== null || workspace.store.read().controller.circuits.promote.state === 'held') {
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
  const end = await drive.spawnPromotion(workspace, runId, trigger, report.childOutput, abort);
  await finishPromotion(workspace, runId, end, begun.evidence);
  report.promoted(end);
  drive.lastPromotion = end.outcome;
  drive.unlanded = end.why;
  if (end.outcome === 'blocked') drive.feedback = feedbackOf(end.failure);
  drive.block = alertOfEnd(end, trigger, workspace.store.now());
  return end;
}

/** A claim that was blocked counts against the agent: the same reason again and again opens its circuit. */
function agentsShare(end: PromotionEnd | null): Failure | null {
  if (end?.outcome !== 'blocked' || end.failure === null) return null;
  return { ...end.failure, class: 'unknown', phase: 'agent', signature: blockedSignature(end.failure) };
}

async function iterate(drive: Drive): Promise<void> {
  drive.workspace = await withCorrectedAgent(drive.workspace);
  const { workspace, report, abort } = drive;
  drive.iterations += 1;
  drive.noted = '';
  report.iteration(drive.iterations, drive.iterationsMax);
  const told = drive.feedback;
  const run = await runAgent(workspace, drive.home, told, report.childOutput, abort);
  drive.feedback = null;
  report.judged(run.end);
  switch (run.end.kind) {
    case 'claim':
      await noteClaim(workspace, run.runId, run.end.trigger);
      // Much may have happened while the agent ran.
      await settleCircuits(workspace);
      // Its iteration is not over: the claim is being promoted.
      await renewLease(workspace, 'agent', run.runId);
      await recordAgentRun(workspace, run, agentsShare(await promote(drive, run.end.trigger)));
      return;
    case 'progress':
      drive.unlanded = 'the agent has not claimed completion yet';
      await recordAgentRun(workspace, run, null);
      return;
    case 'failure':
      drive.unlanded = run.end.failure.problem;
      drive.feedback = nextFeedback(run.end.failure, told);
      await recordAgentRun(workspace, run, run.end.failure);
      return;
  }
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
        await noteStep(state, 'loop-waiting', step);
        await wait(state, step);
        break;
      case 'stop':
        await noteStep(state, 'loop-ended', step);
        state.report.stopped(step);
        return step.exitCode;
    }
  }
}
