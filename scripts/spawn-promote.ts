/** Starts auto-promote, ours or the user's own command, as a child by zx, and tells how it ended. */
import { classify, ownFailure } from './core/classify.ts';
import { builtInRules } from './core/failure-rules.ts';
import { GitFailed } from './core/git-failed.ts';
import { ownRules } from './core/own-failures.ts';
import type { PromotePolicy } from './core/policy.ts';
import type { PromotionEnd } from './core/promotion.ts';
import { secretValues, withoutSecrets } from './core/secrets.ts';
import { endOfCommand, endOfFailure, endOfSpawn, type SpawnEnd } from './core/spawn-end.ts';
import type { TriggerId } from './core/verdict.ts';
import { openShell } from './effects/execute-zx.ts';
import { withoutLocalGit } from './effects/git.ts';
import { policyPaths } from './effects/policies.ts';
import { readResult, resultPath, resultVariable, runVariable } from './effects/runs.ts';
import { parseDocument } from './effects/schema.ts';
import { targetRef } from './promote/facts.ts';
import { reapRun } from './reap-run.ts';
import { promoteEntryPoint, type Workspace } from './workspace.ts';

/** The end of its output that is judged. */
const tailMax = 64 * 1024;

/**
 * Options of Node that let it run the entry point: TypeScript needs tsx, found from here and not from the work tree.
 * Found now, while it is there: by the time of a promotion the agent may have emptied node_modules.
 */
const runnerOptions = promoteEntryPoint.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];

type Print = (chunk: Buffer) => void;

/**
 * Runs a child to its end. `exec` lets it take the place of zx's shell, so that signals and exit codes are its own;
 * it has a group of its own, and our abort is what ends it.
 */
async function runToEnd(
  argv: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  print: Print,
  abort: AbortSignal,
): Promise<SpawnEnd> {
  const shell = await openShell();
  const child = shell({ cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })`${argv}`;
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-tailMax);
    print(chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const interrupt = () => process.kill(child.pid ?? 0, 'SIGTERM');
  abort.addEventListener('abort', interrupt, { once: true });
  const end = await child;
  abort.removeEventListener('abort', interrupt);
  // bash answers 127 and 126 for what Node's spawn calls ENOENT and EACCES.
  const errorCode = end.exitCode === 127 ? 'ENOENT' : null;
  return { exitCode: end.exitCode, signal: end.signal, errorCode, text: withoutSecrets(text, secretValues(env)) };
}

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

async function targetContains(workspace: Workspace, sha: string): Promise<boolean | 'unknown'> {
  try {
    const fetched = await fetchTarget(workspace);
    return fetched === null ? 'unknown' : await workspace.git.isAncestor(sha, fetched);
  } catch (error) {
    if (error instanceof GitFailed) return 'unknown';
    throw error;
  }
}

/** Takes a trigger through one promotion, to its end. */
export type SpawnPromotion = typeof spawnPromotion;

/** Promotes a trigger in a child process. The attempt has been written down; recording its end is the caller's. */
export async function spawnPromotion(
  workspace: Workspace,
  runId: string,
  trigger: TriggerId,
  print: Print,
  abort: AbortSignal,
): Promise<PromotionEnd> {
  const { repository, policies, store, env } = workspace;
  const resultFile = resultPath(store.files.runs, runId);
  const childEnv = { ...withoutLocalGit(env), [runVariable]: runId, [resultVariable]: resultFile };
  const rules = [...policies.rules, ...builtInRules];
  const own = policies.promote.command;
  if (own === null) {
    const options = ['-C', repository.root, '--branch', trigger.branch, '--sha', trigger.sha];
    const argv = [process.execPath, ...runnerOptions, promoteEntryPoint, ...options];
    const end = await runToEnd(argv, repository.root, childEnv, print, abort);
    const result = readResult(resultFile, runId);
    if (result?.outcome === undefined) reapRun(workspace, runId, workspace.world.self.startTime);
    return endOfSpawn(result, end, rules);
  }
  const refused = await commandRefused(workspace);
  if (refused !== null) return refused;
  const about = { LOOPBREAKER_BRANCH: trigger.branch, LOOPBREAKER_SHA: trigger.sha };
  const end = await runToEnd(own, repository.root, { ...childEnv, ...about }, print, abort);
  const landed = await targetContains(workspace, trigger.sha);
  return endOfCommand(readResult(resultFile, runId), end, landed, rules);
}
