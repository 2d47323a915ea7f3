/** Starts auto-promote as a child by zx, or the user's own command, and tells how it ended. */
import { builtInRules } from './core/failure-rules.ts';
import type { PromotionEnd } from './core/promotion.ts';
import { secretValues, withoutSecrets } from './core/secrets.ts';
import { endOfSpawn, type SpawnEnd } from './core/spawn-end.ts';
import type { TriggerId } from './core/verdict.ts';
import { openShell } from './effects/execute-zx.ts';
import { withoutLocalGit } from './effects/git.ts';
import { readResult, resultPath, resultVariable, runVariable } from './effects/runs.ts';
import { runOwnCommand } from './own-command.ts';
import { ownProgram, promoteEntryPoint } from './own-program.ts';
import { reapRun } from './reap-run.ts';
import type { Workspace } from './workspace.ts';

/** The end of its output that is judged. */
const tailMax = 64 * 1024;

/** Passes output on; a promise is there while whoever reads it takes his time. */
export type Print = (chunk: Buffer) => Promise<void> | undefined;

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
    void print(chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const interrupt = () => child.child?.kill('SIGTERM');
  abort.addEventListener('abort', interrupt, { once: true });
  // The second Ctrl-C, which ends us at once, is its second one too: it then ends its own children at once.
  process.once('exit', interrupt);
  const end = await child;
  process.off('exit', interrupt);
  abort.removeEventListener('abort', interrupt);
  // bash answers 127 and 126 for what Node's spawn calls ENOENT and EACCES.
  const errorCode = end.exitCode === 127 ? 'ENOENT' : null;
  return { exitCode: end.exitCode, signal: end.signal, errorCode, text: withoutSecrets(text, secretValues(env)) };
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
  if (workspace.policies.promote.command !== null) return await runOwnCommand(workspace, runId, trigger, print, abort);
  const { repository, policies, store, env } = workspace;
  const resultFile = resultPath(store.files.runs, runId);
  const childEnv = { ...withoutLocalGit(env), [runVariable]: runId, [resultVariable]: resultFile };
  const options = ['-C', repository.root, '--branch', trigger.branch, '--sha', trigger.sha];
  const argv = ownProgram(promoteEntryPoint, ...options);
  const end = await runToEnd(argv, repository.root, childEnv, print, abort);
  const result = readResult(resultFile, runId);
  if (result?.outcome === undefined) reapRun(workspace, runId, workspace.world.self.startTime);
  return endOfSpawn(result, end, [...policies.rules, ...builtInRules]);
}
