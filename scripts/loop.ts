/** `loopbreaker loop`: runs the agent, watches for its claim, promotes it, and obeys the breaker. */
import path from 'node:path';
import { askDoctor } from './ask-doctor.ts';
import { type Call, type Command, refusalOf, runIfMain, stringOption } from './command.ts';
import { feedbackOf } from './core/iteration.ts';
import type { JournalEntry } from './core/journal.ts';
import { exitCodes, messageOf, Refusal } from './core/outcome.ts';
import { drive } from './drive.ts';
import { pollMs } from './drive-wait.ts';
import { openZx } from './effects/execute-zx.ts';
import { tidyIfIdle } from './hygiene.ts';
import { interruptSignal } from './interrupt.ts';
import { forgetVanishedTriggers, noteInterruption, recover } from './recover.ts';
import { type LoopReport, openLoopReport } from './report/loop.ts';
import { spawnPromotion } from './spawn-promote.ts';
import { loopLockFile, openWorkspace, type Workspace } from './workspace.ts';

/** Red at the start: nothing is run at all. State is not asked here: the breaker itself answers for it. */
async function refuseWhenUnhealthy(workspace: Workspace): Promise<void> {
  const { repository, env } = workspace;
  const { verdict, summary } = await askDoctor({ directory: repository.root, env });
  if (verdict === 'fit') return;
  throw new Refusal({
    code: verdict === 'red' ? 'doctor-red' : 'doctor-unknown',
    exitCode: verdict === 'red' ? exitCodes.configFatal : exitCodes.tryLater,
    problem: `The doctor is not green, so the agent is not run:\n${summary}`,
    remedy: 'npm run doctor',
  });
}

/** An agent is not paid for what could not be promoted. */
function refuseWithoutGround({ checkouts, policies }: Workspace): void {
  const { command, qa } = policies.promote;
  // A promote command of the user's own may need no worktree of ours, and without a gate there is none.
  const refusal = command !== null || qa.length === 0 ? null : checkouts.obstacle();
  if (refusal !== null) throw refusal;
}

/**
 * Waits for a run of auto-promote that outlived its loop: what it does must be known before anything else is done.
 * Returns the branches that such runs have promoted.
 */
async function recoverAll(workspace: Workspace, report: LoopReport, abort: AbortSignal): Promise<readonly string[]> {
  const deadline = workspace.store.now() + workspace.policies.breaker.probeLeaseSeconds * 1000;
  const promoted: string[] = [];
  for (;;) {
    const recovery = await recover(workspace);
    promoted.push(...recovery.promoted);
    report.recovered(recovery.promoted, recovery.orphansEnded);
    if (!recovery.waiting || abort.aborted || workspace.store.now() >= deadline) return promoted;
    report.waiting('a promotion that outlived its loop is still running', null, null);
    await workspace.world.sleep(pollMs, abort);
  }
}

/** A block that stands for the checked-out commit is told to the agent in the first prompt too. */
async function standingFeedback(workspace: Workspace, branch: string): Promise<string | null> {
  const sha = await workspace.git.commitOf(branch);
  const block = workspace.verdicts.all().find((verdict) => verdict.branch === branch && verdict.sha === sha);
  if (block?.verdict !== 'blocked') return null;
  return feedbackOf({ problem: block.why, remedy: block.remedy, tail: block.tail });
}

async function checkedOutBranch(workspace: Workspace): Promise<string> {
  const branch = await workspace.git.headBranch();
  if (branch !== null) return branch;
  throw new Refusal({
    code: 'head-detached',
    exitCode: exitCodes.configFatal,
    problem: 'HEAD is detached: there is no branch that the agent could commit to and that could be promoted.',
    remedy: 'git switch -c agent/work',
  });
}

function iterationsMaxOf(call: Call, fallback: number): number {
  const given = stringOption(call, 'max-iterations');
  if (given === undefined) return fallback;
  const count = Number(given);
  if (Number.isInteger(count) && count >= 0) return count;
  const problem = `--max-iterations wants a whole number from 0, not "${given}".`;
  throw new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'npx loopbreaker loop --help' });
}

async function runLocked(call: Call, workspace: Workspace, abort: AbortSignal): Promise<number> {
  const shiftMs = () => workspace.world.clock().wallMs - workspace.store.now();
  const report = openLoopReport(call, shiftMs);
  abort.addEventListener('abort', () => report.interrupted(), { once: true });
  const branch = await checkedOutBranch(workspace);
  // First: an agent that outlived its loop goes on writing, and what a dead run left must not make the doctor red.
  const promoted = await recoverAll(workspace, report, abort);
  await tidyIfIdle(workspace);
  refuseWithoutGround(workspace);
  await refuseWhenUnhealthy(workspace);
  const { target } = workspace.policies.promote;
  if (branch === `refs/heads/${target}`) report.onTarget(target);
  await forgetVanishedTriggers(workspace);
  const iterationsMax = iterationsMaxOf(call, workspace.policies.loop.iterationsMax);
  const feedback = await standingFeedback(workspace, branch);
  return await drive({
    workspace,
    home: branch,
    branches: new Set([branch]),
    iterationsMax,
    report,
    abort,
    spawnPromotion,
    iterations: 0,
    lastPromotion: promoted.includes(branch) ? 'promoted' : null,
    feedback,
  });
}

/** What the journal keeps of a refusal: its sentence, and of a list that it leads to the first line. */
function onOneLine(problem: string): string {
  const [first = '', second, ...more] = problem.split('\n');
  if (second === undefined || !first.endsWith(':')) return first;
  return `${first} ${second.trim().replace(/\.$/, '')}${more.length > 0 ? `; and ${more.length} more` : ''}`;
}

async function run(call: Call): Promise<number> {
  const { directory, env, stderr } = call;
  const interrupt = interruptSignal();
  const workspace = await openWorkspace({ directory, env, stderr, execute: await openZx() });
  interrupt.beforeEnding(() => noteInterruption(workspace));
  const { repository, world } = workspace;
  const file = loopLockFile(workspace);
  const lock = await workspace.takeLock(file, 0, null);
  if (lock === null) {
    const problem = `Another loop runs in this worktree already (${path.basename(file)} is held).`;
    const remedy = 'npm run status shows it; a second loop needs a worktree of its own: git worktree add';
    throw new Refusal({ code: 'loop-running', exitCode: exitCodes.tryLater, problem, remedy });
  }
  const note = (entry: JournalEntry) => workspace.store.update((controller) => ({ controller, entries: [entry] }));
  try {
    await note({ event: 'loop-begun', severity: 'info', worktree: repository.root, pid: world.self.pid });
    return await runLocked(call, workspace, interrupt.signal);
  } catch (error) {
    const refusal = refusalOf(error)?.detail ?? null;
    const why = refusal === null ? messageOf(error) : onOneLine(refusal.problem);
    const ended = { exitCode: refusal?.exitCode ?? exitCodes.bug, code: refusal?.code ?? null, why };
    // Should even that fail, what is told is why the loop ended.
    await Promise.allSettled([note({ event: 'loop-ended', severity: 'warning', ...ended })]);
    throw error;
  } finally {
    lock.release();
    interrupt.dispose();
  }
}

const usage = `
npx loopbreaker loop [--max-iterations N] [--json]

Checks the repository with the doctor, then runs the agent of policy/loop.json again and again on the checked-out
branch. When the agent claims completion, the branch is promoted; when promotion fails, the breaker decides.

  --max-iterations N  stop after N runs of the agent (default: iterationsMax of policy/loop.json)
  --json              print what happened as one JSON object at the end; the agent's output goes to stderr

Exit codes: 0 promoted, or the limit was reached · 75 try later · 78 configuration · 130 interrupted
Example: npm run loop -- --max-iterations 5
`;

export const command: Command = {
  name: 'loop',
  summary: 'run the agent, watch for its claim, promote, obey the breaker',
  usage,
  options: { 'max-iterations': { type: 'string' } },
  run,
};

runIfMain(import.meta.filename, command);
