/** The user's own promote command in place of auto-promote: the same lock, limits and reaping, and the target is asked. */
import { classify, ownFailure } from './core/classify.ts';
import { builtInRules } from './core/failure-rules.ts';
import { GitFailed } from './core/git-failed.ts';
import { ownRules } from './core/own-failures.ts';
import type { PromotePolicy } from './core/policy.ts';
import type { PromotionEnd } from './core/promotion.ts';
import { secretValues } from './core/secrets.ts';
import { endOfCommand, endOfFailure, type Landing } from './core/spawn-end.ts';
import type { TriggerId } from './core/verdict.ts';
import { childEnvironment } from './effects/agent.ts';
import { maskedStream } from './effects/child-log.ts';
import { policyPaths } from './effects/policies.ts';
import { readResult, resultPath, resultVariable, runVariable } from './effects/runs.ts';
import { parseDocument } from './effects/schema.ts';
import { targetRef } from './promote/facts.ts';
import type { Print } from './spawn-promote.ts';
import type { Workspace } from './workspace.ts';

/** Fetches the target into our own ref and names that ref; null when the remote is not configured. Throws GitFailed. */
async function fetchTarget({ git, policies }: Workspace): Promise<string | null> {
  const { remote, target } = policies.promote;
  const url = await git.remoteUrl(remote);
  if (url === null) return null;
  const into = targetRef(remote, target);
  await git.fetchBranch(url, target, into);
  return into;
}

/** A command of the user's own counts only as it stands on the target: a branch cannot name its own judge. */
async function commandRefused(workspace: Workspace): Promise<PromotionEnd | null> {
  const { git, policies } = workspace;
  const { command } = policies.promote;
  const differs = (problem: string) => endOfFailure(ownFailure('custom', ownRules.trustedPolicyDiffers, { problem }));
  try {
    const fetched = await fetchTarget(workspace);
    if (fetched === null) return endOfFailure(ownFailure('fetch', ownRules.remoteMissing));
    const text = await git.fileAt(fetched, policyPaths.promote);
    const parsed = parseDocument<PromotePolicy>('promote', text ?? '', policyPaths.promote);
    if (!parsed.ok) return differs('policy/promote.json on the target branch is missing or not valid.');
    if (JSON.stringify(parsed.value.command) === JSON.stringify(command)) return null;
    return differs(ownRules.trustedPolicyDiffers.problem);
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    const { exitCode, signal, errorCode, text } = error;
    return endOfFailure(classify({ phase: 'fetch', exitCode, signal, errorCode, text }, builtInRules));
  }
}

/** Whether merging the commit would change nothing of the target: so it is after a squash, or a rebase. */
async function isCarried({ runGit, git }: Workspace, target: string, sha: string): Promise<boolean> {
  const merged = await runGit(['merge-tree', '--write-tree', '--no-messages', target, sha]);
  return merged.exitCode === 0 && merged.stdout.trim() === (await git.treeOf(target));
}

async function landingOf(workspace: Workspace, sha: string): Promise<Landing> {
  try {
    const fetched = await fetchTarget(workspace);
    if (fetched === null) return 'unknown';
    if (await workspace.git.isAncestor(sha, fetched)) return 'contained';
    return (await isCarried(workspace, fetched, sha)) ? 'carried' : 'absent';
  } catch (error) {
    if (error instanceof GitFailed) return 'unknown';
    throw error;
  }
}

/** Runs the command to its end or its time limit, with its whole process tree; prints no secret of the environment. */
async function runCommand(
  { repository, policies, store, env, runChild }: Workspace,
  argv: readonly string[],
  runId: string,
  trigger: TriggerId,
  print: Print,
  abort: AbortSignal,
) {
  const masked = maskedStream(secretValues(env));
  const about = {
    [runVariable]: runId,
    [resultVariable]: resultPath(store.files.runs, runId),
    LOOPBREAKER_BRANCH: trigger.branch,
    LOOPBREAKER_SHA: trigger.sha,
  };
  const end = await runChild({
    argv,
    cwd: repository.root,
    env: childEnvironment(env, runId, about),
    marker: runId,
    timeoutMs: policies.promote.commandTimeoutSeconds * 1000,
    onOutput: (chunk) => print(masked.push(chunk)),
    signal: abort,
  });
  await print(masked.end());
  return end;
}

/** Promotes a trigger by `command` of policy/promote.json. The promote lock is held meanwhile, as auto-promote does. */
export async function runOwnCommand(
  workspace: Workspace,
  runId: string,
  trigger: TriggerId,
  print: Print,
  abort: AbortSignal,
): Promise<PromotionEnd> {
  const { policies, store, takeLock } = workspace;
  const lock = await takeLock(store.files.promoteLock, 0, runId);
  if (lock === null) return endOfFailure(ownFailure('preflight', ownRules.lockBusy));
  try {
    const refused = await commandRefused(workspace);
    if (refused !== null) return refused;
    const end = await runCommand(workspace, policies.promote.command ?? [], runId, trigger, print, abort);
    const landing = await landingOf(workspace, trigger.sha);
    const result = readResult(resultPath(store.files.runs, runId), runId);
    return endOfCommand(result, end, landing, [...policies.rules, ...builtInRules]);
  } finally {
    lock.release();
  }
}
