/** `loopbreaker auto-promote`: takes one branch through the gate to the target, or says why not and until when. */
import { rmSync, statSync } from 'node:fs';
import { type Call, type Command, refusalOf, runIfMain, stringOption } from './command.ts';
import { ownFailure } from './core/classify.ts';
import { attemptOf } from './core/controller.ts';
import type { Failure } from './core/failure.ts';
import { type ExitCode, exitCodes, Refusal } from './core/outcome.ts';
import { ownRules } from './core/own-failures.ts';
import { stopOf } from './core/stop.ts';
import type { TriggerId } from './core/verdict.ts';
import { openZx } from './effects/execute-zx.ts';
import { pruneRuns, resultVariable, runVariable, writeResult } from './effects/runs.ts';
import { interruptSignal } from './interrupt.ts';
import { runPromotion } from './promote-run.ts';
import { beginPromotion, finishPromotion } from './promotion-attempt.ts';
import { recover } from './recover.ts';
import { type PromotionReport, promotionText } from './report/promotion.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** A run that the loop started: it recorded the attempt and waits for the result file. */
interface Commission {
  readonly runId: string;
  readonly resultFile: string;
}

function commissionOf(env: NodeJS.ProcessEnv): Commission | null {
  const runId = env[runVariable];
  const resultFile = env[resultVariable];
  return runId === undefined || resultFile === undefined ? null : { runId, resultFile };
}

async function triggerOf(workspace: Workspace, named: string | undefined): Promise<TriggerId> {
  const branch = named === undefined ? await workspace.git.headBranch() : fullName(named);
  const remedy = 'name a branch that exists: loopbreaker auto-promote --branch NAME';
  if (branch === null) throw branchRefusal('HEAD is detached, so there is no branch to promote.', remedy);
  const sha = await workspace.git.commitOf(branch);
  if (sha === null) throw branchRefusal(`There is no local branch ${branch}.`, remedy);
  return { branch, sha };
}

const fullName = (branch: string): string => (branch.startsWith('refs/heads/') ? branch : `refs/heads/${branch}`);

function branchRefusal(problem: string, remedy: string): Refusal {
  return new Refusal({ code: ownRules.branchMissing.id, exitCode: exitCodes.refused, problem, remedy });
}

function neutralReport(workspace: Workspace, runId: string, trigger: TriggerId, failure: Failure): PromotionReport {
  const { remote, target } = workspace.policies.promote;
  const outcome = failure.rule === ownRules.circuitOpen.id ? 'quarantined' : 'try-later';
  const place = { remote, branch: target, sha: null };
  return { outcome, runId, trigger, candidate: null, target: place, phases: [], why: failure.problem, failure };
}

/** Asks the breaker for a run of its own; a commissioned run has been admitted by the loop that started it. */
async function admission(workspace: Workspace, runId: string, trigger: TriggerId, commissioned: boolean) {
  const { store } = workspace;
  if (commissioned && attemptOf(store.read().controller, runId) !== null) return null;
  const begun = await beginPromotion(workspace, runId, trigger);
  if (begun.admitted) return null;
  const stop = stopOf('promote', begun.circuit, store.now());
  const detail = stop === null ? {} : { problem: stop.why, remedy: stop.remedy };
  return ownFailure('preflight', ownRules.circuitOpen, detail);
}

async function promoteUnderLock(
  workspace: Workspace,
  trigger: TriggerId,
  runId: string,
  commissioned: boolean,
): Promise<PromotionReport> {
  const lock = await workspace.takeLock(workspace.store.files.promoteLock, 0, runId);
  if (lock === null) return neutralReport(workspace, runId, trigger, ownFailure('preflight', ownRules.lockBusy));
  const { signal, dispose } = interruptSignal();
  try {
    const refusedByBreaker = () => admission(workspace, runId, trigger, commissioned);
    return await runPromotion({ workspace, runId, lockFd: lock.fd, refusedByBreaker, signal }, trigger);
  } finally {
    dispose();
    rmSync(workspace.store.files.checkpoint, { force: true });
    lock.release();
  }
}

function exitCodeOf(workspace: Workspace, report: PromotionReport): ExitCode {
  switch (report.outcome) {
    case 'promoted':
    case 'already-promoted':
      return exitCodes.ok;
    case 'blocked':
      return exitCodes.refused;
    case 'try-later':
      return report.failure?.rule === ownRules.interrupted.id ? exitCodes.interrupted : exitCodes.tryLater;
    case 'config-fatal':
      return exitCodes.configFatal;
    case 'quarantined': {
      const { store } = workspace;
      const stop = stopOf('promote', store.read().controller.circuits.promote, store.now());
      return stop?.exitCode ?? exitCodes.tryLater;
    }
  }
}

/** A refusal before the first phase is a result too: the loop must not have to guess from an exit code. */
function writeRefusal({ runId, resultFile }: Commission, { detail }: Refusal): void {
  const fatal = detail.exitCode === exitCodes.configFatal;
  const { code: id, problem, remedy } = detail;
  const rule = { id, class: fatal ? 'config-fatal' : 'transient', subclass: 'refused', problem, remedy } as const;
  const failure = ownFailure('preflight', rule, { about: problem });
  writeResult(resultFile, {
    runId,
    started: true,
    outcome: fatal ? 'config-fatal' : 'try-later',
    why: problem,
    failure,
  });
}

async function run(call: Call): Promise<number> {
  const commission = commissionOf(call.env);
  if (commission === null) return await promote(call, null);
  writeResult(commission.resultFile, { runId: commission.runId, started: true });
  try {
    return await promote(call, commission);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal !== null) writeRefusal(commission, refusal);
    throw error;
  }
}

async function promote(call: Call, commission: Commission | null): Promise<number> {
  const { directory, env, stderr, stdout } = call;
  const workspace = await openWorkspace({ directory, env, stderr, execute: await openZx() });
  const runId = commission?.runId ?? workspace.world.newRunId();
  if (commission === null) await recover(workspace);
  const trigger = await triggerOf(workspace, stringOption(call, 'branch'));
  const claimed = stringOption(call, 'sha') ?? trigger.sha;
  const exact: TriggerId = { branch: trigger.branch, sha: claimed };
  const report = await promoteUnderLock(workspace, exact, runId, commission !== null);
  const { outcome, why, candidate = null, failure = null } = report;
  if (commission === null) await finishPromotion(workspace, runId, { outcome, why, failure });
  else writeResult(commission.resultFile, { runId, started: true, outcome, why, candidate, failure });
  pruneRuns(workspace.store.files.runs, (file) => statSync(file).mtimeMs);
  stdout.write(call.json ? `${JSON.stringify(report)}\n` : promotionText(report));
  return exitCodeOf(workspace, report);
}

const usage = `
loopbreaker auto-promote [--branch NAME] [--sha SHA] [--json]

Takes a branch (the checked-out one by default) through fetch, merge, QA in a worktree of its own, push and cleanup.
Running it again is safe at any time: what has been done is not done twice.

  --branch NAME  the branch to promote
  --sha SHA      promote exactly this commit of it, and nothing that came after

Exit codes: 0 promoted · 1 blocked by policy · 75 try later · 78 configuration · 130 interrupted
Example: npm run promote -- --branch agent/work
`;

export const command: Command = {
  name: 'auto-promote',
  summary: 'promote one branch now, under the same breaker',
  usage,
  options: { branch: { type: 'string' }, sha: { type: 'string' } },
  run,
};

await runIfMain(import.meta.url, command);
