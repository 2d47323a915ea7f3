/** Phases worktree and qa: a clean checkout of the candidate, and the commands that judge it. */
import { classify, ownFailure } from '../core/classify.ts';
import type { Failure, Phase } from '../core/failure.ts';
import { ownRules } from '../core/own-failures.ts';
import type { PhaseEnd } from '../core/phases.ts';
import type { ChildEnd } from '../effects/agent.ts';
import { attempt, failed, ok } from './attempt.ts';
import { type GateCommand, gateKey, type PromoteRun, rulesOf } from './facts.ts';

/** Adds the checkout of this run at the candidate; what an earlier try of this run left is removed first. */
export function worktreePhase(run: PromoteRun): Promise<PhaseEnd> {
  return attempt(run, 'worktree', async () => {
    const { candidate } = run.memory;
    if (candidate === null) throw new Error('worktree ran before merge');
    const { checkouts, git } = run.world;
    await checkouts.remove(run.runId);
    const reason = checkouts.prepare(run.runId, run.trigger, candidate.sha, run.world.timestamp());
    await git.addWorktree(checkouts.treeOf(run.runId), candidate.sha, reason);
    return ok;
  });
}

function gateFailure(run: PromoteRun, { phase, name, log }: GateStep, end: ChildEnd): Failure | null {
  if (end.stoppedBy === 'timeout') {
    const problem = `"${name}" did not end within its time limit and was stopped.`;
    return ownFailure('qa', ownRules.qaTimeout, { problem, tail: end.outputTail, about: name });
  }
  if (end.stoppedBy === 'interrupt') return ownFailure(phase, ownRules.interrupted);
  if (end.exitCode === 0) return null;
  const { exitCode, signal, spawnError } = end;
  const failure = classify({ phase, exitCode, signal, errorCode: spawnError, text: end.outputTail }, rulesOf(run));
  const how = spawnError ?? signal ?? `exit code ${exitCode}`;
  const remedy = `${failure.remedy}. All of its output: ${run.world.logPath(log)}`;
  return { ...failure, problem: `${failure.problem} ("${name}" ended with ${how})`, remedy };
}

interface GateStep extends GateCommand {
  readonly phase: Phase;
  readonly name: string;
}

function gateSteps(run: PromoteRun): readonly GateStep[] {
  const { fetched } = run.memory;
  if (fetched === null) throw new Error('qa ran before fetch');
  const { prepare, prepareTimeoutSeconds, qa } = fetched.trusted.promote;
  const directory = run.world.checkouts.treeOf(run.runId);
  const preparation = prepare.map((argv, index): GateStep => {
    const log = `prepare-${index + 1}`;
    return { phase: 'prepare', name: argv.join(' '), argv, directory, timeoutMs: prepareTimeoutSeconds * 1000, log };
  });
  const judging = qa.map(({ name, command, timeoutSeconds }): GateStep => {
    return { phase: 'qa', name, argv: command, directory, timeoutMs: timeoutSeconds * 1000, log: `qa-${name}` };
  });
  return [...preparation, ...judging];
}

/** Runs preparation and every QA command in the checkout; records a pass for exactly this tree and these commands. */
export function qaPhase(run: PromoteRun): Promise<PhaseEnd> {
  return attempt(run, 'qa', async () => {
    for (const step of gateSteps(run)) {
      const failure = gateFailure(run, step, await run.world.runGate(step));
      if (failure !== null) return failed(failure);
    }
    const { candidate, fetched } = run.memory;
    if (candidate === null || fetched === null) throw new Error('qa ran before merge');
    const { verdicts, timestamp } = run.world;
    verdicts.writePass(gateKey(run, fetched.trusted, candidate.tree), candidate.tree, timestamp());
    return ok;
  });
}
