/** The simulated ends of agent and promotion: what a tool says is the night's, what it means is judged by the real code. */
import { existsSync } from 'node:fs';
import { ownFailure } from '../core/classify.ts';
import type { Failure } from '../core/failure.ts';
import { builtInRules } from '../core/failure-rules.ts';
import { GitFailed } from '../core/git-failed.ts';
import { ownRules } from '../core/own-failures.ts';
import type { PhaseEnd } from '../core/phases.ts';
import { endOfSpawn } from '../core/spawn-end.ts';
import { standingBlock, type TriggerId } from '../core/verdict.ts';
import type { RunChild } from '../effects/agent.ts';
import { policiesRefusal, readPolicies } from '../effects/policies.ts';
import { attempt, attemptWithRetries, failed, ok } from '../promote/attempt.ts';
import type { PromoteRun } from '../promote/facts.ts';
import { newMemory, outcomeOfClass } from '../promote-run.ts';
import { openPromoteWorld } from '../promote-world.ts';
import { failureOfRefusal } from '../refusal-failure.ts';
import type { SpawnPromotion } from '../spawn-promote.ts';
import { diskReader, type Workspace } from '../workspace.ts';
import type { HandGit } from './hand-git.ts';
import { type PromotionStep, promotionSteps } from './nights.ts';
import type { Scene } from './scene.ts';

/** A run of the agent as the night has it. */
export function simulatedAgent(scene: Scene, git: HandGit): RunChild {
  return async ({ env, onOutput, signal }) => {
    const turn = await scene.runAgent();
    if (turn.commit !== null) git.commit(turn.commit);
    const text = turn.claim ? `${turn.says}\n${env.LOOPBREAKER_COMPLETION_TOKEN}\n` : `${turn.says}\n`;
    onOutput?.(Buffer.from(text), 'stdout');
    const stoppedBy = signal?.aborted === true ? 'interrupt' : null;
    const tails = { stderrTail: '', outputTail: text };
    return { exitCode: turn.exitCode, signal: null, spawnError: null, stoppedBy, reaped: 0, ...tails };
  };
}

/** How Node ends whose program is not there. */
function programGone(file: string) {
  const text = `node:internal/modules/esm/resolve:283
    throw new ERR_MODULE_NOT_FOUND(
          ^

Error [ERR_MODULE_NOT_FOUND]: Cannot find module '${file}' imported from /srv/app/
    at finalizeResolution (node:internal/modules/esm/resolve:283:11) {
  code: 'ERR_MODULE_NOT_FOUND',
  url: 'file://${file}'
}

Node.js v20.20.2
`;
  return { exitCode: 1, signal: null, errorCode: null, text };
}

async function refusedAtStart({ repository }: Workspace): Promise<Failure | null> {
  const reading = await readPolicies(diskReader(repository.root));
  return reading.ok ? null : failureOfRefusal(policiesRefusal(reading, `in ${repository.root}`));
}

const inputsOf = (git: HandGit, { sha }: TriggerId) => ({ tree: git.treeOf(sha), policy: 'one policy', target: null });

/** The same tree is not judged twice: the verdict of the first time stands. */
function blockedBefore(workspace: Workspace, git: HandGit, trigger: TriggerId): PhaseEnd | null {
  const block = standingBlock(workspace.verdicts.all(), trigger, inputsOf(git, trigger));
  if (block === null) return null;
  return failed({ ...ownFailure('merge', ownRules.standingBlock), signature: block.signature });
}

function writeBlock(workspace: Workspace, git: HandGit, trigger: TriggerId, failure: Failure): void {
  const { rule, signature, problem: why, remedy, tail = '' } = failure;
  const at = new Date(workspace.world.clock().wallMs).toISOString();
  const { branch, sha } = trigger;
  const inputs = inputsOf(git, trigger);
  workspace.verdicts.write({
    version: 1,
    verdict: 'blocked',
    branch,
    sha,
    inputs,
    rule,
    signature,
    why,
    remedy,
    tail,
    at,
  });
}

async function runStep(scene: Scene, step: PromotionStep): Promise<PhaseEnd> {
  const fault = await scene.runStep(step);
  if (fault === null) return ok;
  if ('id' in fault.how) return failed(ownFailure(step, fault.how));
  throw new GitFailed([step], { ...fault.how, signal: null });
}

async function runSteps(scene: Scene, git: HandGit, run: PromoteRun, workspace: Workspace): Promise<Failure | null> {
  for (const step of promotionSteps) {
    const blocked = step === 'merge' ? blockedBefore(workspace, git, run.trigger) : null;
    const act = () => runStep(scene, step);
    const isRemote = step === 'fetch' || step === 'push';
    const end = blocked ?? (await (isRemote ? attemptWithRetries(run, step, run.retry, act) : attempt(run, step, act)));
    if (end.ok) continue;
    const isJudged = end.failure.class === 'policy-terminal' && blocked === null;
    if (isJudged) writeBlock(workspace, git, run.trigger, end.failure);
    return end.failure;
  }
  return null;
}

/** A promotion that takes no real time; `entryPoint` is the file whose absence keeps it from starting. */
export function simulatedPromotion(scene: Scene, git: HandGit, entryPoint: string): SpawnPromotion {
  return async (workspace, runId, trigger, _print, signal) => {
    scene.score.promotionAttempts += 1;
    await scene.clock.pass(1000);
    const { policies } = workspace;
    const rules = [...policies.rules, ...builtInRules];
    if (!existsSync(entryPoint)) return endOfSpawn(null, programGone(entryPoint), rules);
    const refusedByBreaker = () => Promise.resolve(null);
    const world = openPromoteWorld({ workspace, runId, lockFd: -1, refusedByBreaker, signal, tell: () => undefined });
    const { promote: local, breaker } = policies;
    const run: PromoteRun = { runId, trigger, local, retry: breaker.retry, world, memory: newMemory() };
    const isNew = git.isAhead(trigger.sha);
    const refused = await refusedAtStart(workspace);
    const failure = refused ?? (await runSteps(scene, git, run, workspace));
    const ended = { exitCode: 0, signal: null, errorCode: null, text: '' };
    if (signal.aborted) return endOfSpawn(null, { ...ended, exitCode: 130 }, rules);
    if (failure !== null) {
      return endOfSpawn({ started: true, outcome: outcomeOfClass(failure.class), failure }, ended, rules);
    }
    if (!isNew) return endOfSpawn({ started: true, outcome: 'already-promoted' }, ended, rules);
    git.land(trigger.sha);
    scene.landed();
    return endOfSpawn({ started: true, outcome: 'promoted' }, ended, rules);
  };
}
