/** One run of the phase table, from the observed facts to an outcome and a verdict. */
import { freeAgentOfAccepted } from './acceptance.ts';
import { attemptOf, withEvent } from './core/controller.ts';
import type { Failure, FailureClass, Phase } from './core/failure.ts';
import { type Flake, flakeSentence } from './core/flake.ts';
import type { PromoteOutcome } from './core/outcome.ts';
import { ownRules } from './core/own-failures.ts';
import { type AdvanceEnd, advance } from './core/phases.ts';
import type { Strategy } from './core/policy.ts';
import { shortBranch, type TriggerId } from './core/verdict.ts';
import { writeCheckpoint } from './effects/checkpoint.ts';
import { observe, type PromoteFacts, type PromoteRun, verdictInputs } from './promote/facts.ts';
import { exhaustedFailure, promotePhases } from './promote/phases.ts';
import { openPromoteWorld, type PromoteWorldOptions } from './promote-world.ts';
import type { PromotionReport } from './report/promotion.ts';
import type { Workspace } from './workspace.ts';

/** Writes down what is about to be done, and renews the lease of a probe: a live owner keeps it at each step. */
async function intend(workspace: Workspace, run: PromoteRun, phase: Phase): Promise<void> {
  const { store, world, policies } = workspace;
  const { runId, trigger } = run;
  const at = new Date(world.clock().wallMs).toISOString();
  const { branch, sha } = trigger;
  writeCheckpoint(store.files.checkpoint, {
    version: 1,
    runId,
    trigger: { branch, sha },
    phase,
    owner: world.self,
    at,
  });
  await store.update((controller, now) => ({
    controller: withEvent(controller, 'promote', { type: 'renew', runId }, policies.breaker, now),
    entries: [{ event: 'phase', severity: 'info', run: runId, phase }],
  }));
}

function outcomeOf(failure: Failure | null, pushed: boolean): PromoteOutcome {
  if (failure === null) return pushed ? 'promoted' : 'already-promoted';
  return failure.rule === ownRules.circuitOpen.id ? 'quarantined' : outcomeOfClass(failure.class);
}

/** The outcome of a run that ended with a failure of this class. */
export function outcomeOfClass(failureClass: FailureClass): PromoteOutcome {
  switch (failureClass) {
    case 'policy-terminal':
      return 'blocked';
    case 'config-fatal':
      return 'config-fatal';
    case 'transient':
    case 'unknown':
    case 'rate-limited':
    case 'interrupted':
      return 'try-later';
  }
}

/** Whether a moved target re-arms a block: wherever the candidate is not the branch head, and where the target is asked. */
function dependsOnTarget(strategy: Strategy, { rule }: Failure): boolean {
  return strategy !== 'ff-only' || rule === ownRules.notFastForward.id || rule === ownRules.protectedPaths.id;
}

async function writeBlocked(workspace: Workspace, run: PromoteRun, failure: Failure, at: string): Promise<void> {
  const { fetched, standing } = run.memory;
  if (fetched === null || standing !== null) return;
  const tree = await workspace.git.treeOf(run.trigger.sha);
  const { branch, sha } = run.trigger;
  await workspace.store.update((controller) => {
    // A person has cleared the branch while this run was judging it: that stands.
    const wasCleared = attemptOf(controller, run.runId)?.trigger === null;
    if (!wasCleared) {
      workspace.verdicts.write({
        version: 1,
        verdict: 'blocked',
        branch,
        sha,
        inputs: verdictInputs(tree, fetched, dependsOnTarget(fetched.trusted.promote.strategy, failure)),
        rule: failure.rule,
        phase: failure.phase,
        signature: failure.signature,
        why: failure.problem,
        remedy: failure.remedy,
        tail: failure.tail ?? '',
        at,
      });
    }
    return { controller, entries: [] };
  });
}

async function writeVerdict(workspace: Workspace, run: PromoteRun, end: Ending): Promise<void> {
  const at = new Date(workspace.world.clock().wallMs).toISOString();
  const { branch, sha } = run.trigger;
  if (end.landedAs !== null) {
    const target = `${run.local.remote}/${run.local.target}`;
    workspace.verdicts.write({ version: 1, verdict: 'promoted', branch, sha, candidate: end.landedAs, target, at });
  } else if (end.failure !== null && end.outcome === 'blocked') {
    await writeBlocked(workspace, run, end.failure, at);
  }
}

interface Ending {
  readonly landedAs: string | null;
  readonly outcome: PromoteOutcome;
  readonly failure: Failure | null;
}

/** Once landed the outcome is promoted; a failure after that, such as a cleanup that did not work, is only reported. */
function endingOf(end: AdvanceEnd<PromoteFacts>): Ending {
  const { landed, landedAs } = end.facts;
  const pushed = end.phases.some((phase) => phase.name === 'push' && phase.ran);
  const failure = end.failure ?? (end.exhausted && !landed ? exhaustedFailure : null);
  return { landedAs, failure, outcome: outcomeOf(landed ? null : failure, pushed) };
}

/** Three answers: a push whose end is not known, or a target that was never read, is not "no". */
function landedWord({ memory }: PromoteRun, { landedAs, failure }: Ending): PromotionReport['landed'] {
  if (landedAs !== null) return 'yes';
  return memory.fetched === null || failure?.rule === ownRules.pushUnknown.id ? 'unknown' : 'no';
}

/** The commit that landed or was judged last: where somebody else landed the branch meanwhile, theirs and not ours. */
function candidateOf({ memory }: PromoteRun, { landedAs }: Ending): string | null {
  const own = memory.candidate?.sha ?? null;
  return landedAs === null || own === memory.fetched?.targetSha ? own : landedAs;
}

function whyOf(run: PromoteRun, ending: Ending): string {
  if (ending.failure !== null) return ending.failure.problem;
  const branch = shortBranch(run.trigger.branch);
  return ending.outcome === 'promoted' ? `${branch} landed` : `${branch} had landed before`;
}

async function noteFlake({ store }: Workspace, { runId, trigger }: PromoteRun, flake: Flake): Promise<void> {
  const detail = { run: runId, branch: trigger.branch, tree: flake.tree, command: flake.command };
  const entry = { event: 'flake', severity: 'warning', ...detail, why: flakeSentence(flake) } as const;
  await store.update((controller) => ({ controller, entries: [entry] }));
}

function acceptedIn({ accepted }: PromoteRun['memory']): Pick<PromotionReport, 'accepted'> {
  if (accepted === null) return {};
  const { by, why, at } = accepted;
  return { accepted: { by, why, at } };
}

/** What a run knows before its first phase: nothing. */
export function newMemory(): PromoteRun['memory'] {
  return {
    preflightPassed: false,
    fetched: null,
    candidate: null,
    nothingLeftFor: null,
    reintegrations: 0,
    remoteBranch: null,
    flake: null,
    standing: null,
    accepted: null,
  };
}

/** Promotes one trigger. The promote lock is held by the caller; the breaker has been asked or is asked in preflight. */
export async function runPromotion(options: PromoteWorldOptions, trigger: TriggerId): Promise<PromotionReport> {
  const { workspace, runId } = options;
  const { policies } = workspace;
  const memory = newMemory();
  const world = openPromoteWorld(options);
  const run: PromoteRun = { runId, trigger, local: policies.promote, retry: policies.breaker.retry, world, memory };
  const end = await advance({
    table: promotePhases,
    context: run,
    observe,
    stepsMax: policies.promote.stepsMax,
    monotonicMs: world.monotonicMs,
    intend: (phase) => intend(workspace, run, phase),
  });
  const ending = endingOf(end);
  if (ending.landedAs !== null) await freeAgentOfAccepted(workspace, trigger);
  await writeVerdict(workspace, run, ending);
  if (ending.landedAs !== null && ending.failure !== null) {
    const why = ending.failure.problem;
    const entry = { event: 'cleanup-failed', severity: 'warning', run: runId, why } as const;
    await workspace.store.update((controller) => ({ controller, entries: [entry] }));
  }
  const { flake } = run.memory;
  if (flake !== null) await noteFlake(workspace, run, flake);
  const { remote, target } = policies.promote;
  const sha = run.memory.fetched?.targetSha ?? null;
  return {
    outcome: ending.outcome,
    runId,
    trigger: { branch: trigger.branch, sha: trigger.sha },
    candidate: candidateOf(run, ending),
    landed: landedWord(run, ending),
    target: { remote, branch: target, sha },
    phases: end.phases,
    why: whyOf(run, ending),
    ...acceptedIn(run.memory),
    ...(flake === null ? {} : { flake }),
    ...(ending.failure === null ? {} : { failure: ending.failure }),
  };
}
