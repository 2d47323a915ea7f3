/** `loopbreaker auto-promote`: takes one branch through the gate to the target, or says why not and until when. */
import { rmSync } from 'node:fs';
import { acceptanceAsked, recordAcceptance } from './acceptance.ts';
import { openAlerts, tellOfPromotion } from './alerts.ts';
import { type Call, type Command, refusalOf, runIfMain, stringOption } from './command.ts';
import { type ExitCode, exitCodes, type Refusal } from './core/outcome.ts';
import { ownRules } from './core/own-failures.ts';
import { printable } from './core/printable.ts';
import type { PromotionEnd } from './core/promotion.ts';
import { stopOf } from './core/stop.ts';
import type { TriggerId } from './core/verdict.ts';
import { dryRun } from './dry-run.ts';
import { openZx } from './effects/execute-zx.ts';
import { keepHouse } from './effects/housekeeping.ts';
import { resultVariable, runVariable, writeResult } from './effects/runs.ts';
import { tidy } from './hygiene.ts';
import { type Interrupt, interruptSignal } from './interrupt.ts';
import { outcomeOfClass, runPromotion } from './promote-run.ts';
import { admission, turnedAway } from './promotion-admission.ts';
import { finishPromotion } from './promotion-attempt.ts';
import { noteInterruption, recover } from './recover.ts';
import { failureOfRefusal } from './refusal-failure.ts';
import { dryRunText } from './report/dry-run.ts';
import { type PromotionReport, promotionText } from './report/promotion.ts';
import { removeSpentVerdicts } from './spent-verdicts.ts';
import { exactTrigger } from './trigger.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** A run that the loop started: it recorded the attempt and waits for the result file. */
interface Commission {
  readonly runId: string;
  readonly resultFile: string;
}

/** This run: what it is called, who asked for it, and what may end it. */
interface Run {
  readonly runId: string;
  readonly commissioned: boolean;
  readonly interrupt: Interrupt;
  /** What a person is told while it happens. */
  readonly tell: (line: string) => void;
}

function commissionOf(env: NodeJS.ProcessEnv): Commission | null {
  const runId = env[runVariable];
  const resultFile = env[resultVariable];
  return runId === undefined || resultFile === undefined ? null : { runId, resultFile };
}

async function promoteUnderLock(workspace: Workspace, trigger: TriggerId, run: Run): Promise<PromotionReport> {
  const { runId, interrupt, tell } = run;
  const lock = await workspace.takeLock(workspace.store.files.promoteLock, 0, runId);
  if (lock === null) return await turnedAway(workspace, trigger, run);
  try {
    await tidy(workspace);
    const refusedByBreaker = () => admission(workspace, trigger, run);
    const options = { workspace, runId, lockFd: lock.fd, refusedByBreaker, signal: interrupt.signal, tell };
    const report = await runPromotion(options, trigger);
    await removeSpentVerdicts(workspace);
    return report;
  } finally {
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

function writeRefusal({ runId, resultFile }: Commission, refusal: Refusal): void {
  const failure = failureOfRefusal(refusal);
  const outcome = outcomeOfClass(failure.class);
  writeResult(resultFile, { runId, started: true, outcome, why: failure.problem, failure });
}

/** Exit code 0 whatever it found: it was asked what is, not to change it. */
async function lookOnly(call: Call): Promise<number> {
  acceptanceAsked(call);
  const { directory, env, stderr, stdout } = call;
  const workspace = await openWorkspace({ directory, env, stderr, execute: await openZx(), readOnly: true });
  const trigger = await exactTrigger(workspace, stringOption(call, 'branch'), stringOption(call, 'sha'));
  const report = await dryRun(workspace, trigger);
  stdout.write(call.json ? `${JSON.stringify(report)}\n` : dryRunText(report));
  return exitCodes.ok;
}

async function run(call: Call): Promise<number> {
  if (call.values['dry-run'] === true) return await lookOnly(call);
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

/** Of a run that a loop has started the loop tells. */
async function tellPeople(workspace: Workspace, run: Run, end: PromotionEnd, trigger: TriggerId): Promise<void> {
  const lost = (why: string) => run.tell(`what became of an alert could not be written down: ${why}`);
  if (!run.commissioned) {
    await tellOfPromotion(openAlerts(workspace, run.interrupt.signal, lost), workspace, end, trigger);
  }
}

/** A refusal half-way is the end of a run of its own: left open, its attempt would be told as one that died. */
async function endingItsAttempt<T>(
  workspace: Workspace,
  run: Run,
  trigger: TriggerId,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal !== null && !run.commissioned) {
      const failure = failureOfRefusal(refusal);
      const end = { outcome: outcomeOfClass(failure.class), why: failure.problem, failure };
      await finishPromotion(workspace, run.runId, end, null);
      await tellPeople(workspace, run, end, trigger);
    }
    throw error;
  }
}

async function promote(call: Call, commission: Commission | null): Promise<number> {
  const { directory, env, stderr, stdout } = call;
  const acceptance = acceptanceAsked(call);
  const tell = (line: string) => stderr.write(printable(`auto-promote: ${line}\n`));
  const interrupt = interruptSignal();
  const workspace = await openWorkspace({ directory, env, stderr, execute: await openZx() });
  interrupt.beforeEnding(() => noteInterruption(workspace));
  const runId = commission?.runId ?? workspace.world.newRunId();
  if (commission === null) await recover(workspace);
  const trigger = await exactTrigger(
    workspace,
    stringOption(call, 'branch'),
    acceptance?.sha ?? stringOption(call, 'sha'),
  );
  if (acceptance !== null) await recordAcceptance(workspace, trigger, acceptance);
  const current: Run = { runId, commissioned: commission !== null, interrupt, tell };
  const report = await endingItsAttempt(workspace, current, trigger, () =>
    promoteUnderLock(workspace, trigger, current),
  );
  const { outcome, why, candidate = null, failure = null } = report;
  if (commission === null) await finishPromotion(workspace, runId, { outcome, why, failure }, null);
  else writeResult(commission.resultFile, { runId, started: true, outcome, why, candidate, failure });
  keepHouse(workspace.store.files, workspace.world.clock().wallMs);
  stdout.write(call.json ? `${JSON.stringify(report)}\n` : promotionText(report));
  await tellPeople(workspace, current, { outcome, why, failure }, trigger);
  interrupt.dispose();
  return exitCodeOf(workspace, report);
}

const usage = `
npx loopbreaker auto-promote [--branch NAME] [--sha SHA] [--dry-run] [--json]
npx loopbreaker auto-promote --branch NAME --accept-protected SHA --why TEXT

Takes a branch (the checked-out one by default) through fetch, merge, QA in a worktree of its own, push and cleanup.
Running it again is safe at any time: what has been done is not done twice.

  --branch NAME  the branch to promote
  --sha SHA      promote exactly this commit of it, and nothing that came after
  --dry-run      say what is known and which phase comes next; change nothing, not even a ref
  --accept-protected SHA --why TEXT
                 a person accepts what exactly this commit of --branch does to protected paths, and promotes it

Exit codes: 0 promoted · 1 blocked by policy · 75 try later · 78 configuration · 130 interrupted
Example: npm run promote -- --branch agent/work
`;

export const command: Command = {
  name: 'auto-promote',
  summary: 'promote one branch now, under the same breaker',
  usage,
  options: {
    branch: { type: 'string' },
    sha: { type: 'string' },
    'dry-run': { type: 'boolean' },
    'accept-protected': { type: 'string' },
    why: { type: 'string' },
  },
  run,
};

runIfMain(import.meta.filename, command);
