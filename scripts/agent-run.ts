/** One run of the agent: written down first, streamed, limited, judged; recorded by the caller when all is known. */
import { createHash, randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import path from 'node:path';
import { evidenceFor } from './circuit-evidence.ts';
import { claimsCompletion, completionToken, renderPrompt } from './core/completion.ts';
import { type Attempt, attemptOf, withAgentRun, withAttempt, withEvent, withoutAttempt } from './core/controller.ts';
import { type Evidence, withoutOwnChanges } from './core/evidence.ts';
import type { Failure } from './core/failure.ts';
import { builtInRules } from './core/failure-rules.ts';
import {
  type IterationEnd,
  judgeIteration,
  noProgressSignature,
  remedyForPerson,
  type Snapshot,
  withOwnRewriting,
} from './core/iteration.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { openOutputReader } from './core/output.ts';
import type { OutputEnd } from './core/output-reader.ts';
import type { LoopPolicy } from './core/policy.ts';
import { failureEvent } from './core/promotion.ts';
import { secretValues, withoutSecrets } from './core/secrets.ts';
import { childEnvironment } from './effects/agent.ts';
import { agentEvidence } from './effects/agent-evidence.ts';
import { runVariable } from './effects/runs.ts';
import { statedClock } from './effects/stated-clock.ts';
import { targetRef } from './promote/facts.ts';
import { diskReader, localPolicies, momentOf, type Workspace } from './workspace.ts';

/** The agent circuit's policy: no-progress has a limit of its own. */
export function agentPolicy({ policies }: Workspace) {
  return { ...policies.breaker, signatureLimits: { [noProgressSignature]: policies.loop.noProgressMax } };
}

/** Content of changed and untracked files, by name, size and time: enough to see that something was done. */
function fingerprintOf(root: string, paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of paths) {
    const stat = lstatSync(path.join(root, name), { throwIfNoEntry: false });
    hash.update(`${name}\0${stat?.size ?? 'gone'}\0${stat?.mtimeMs ?? ''}\n`);
  }
  return hash.digest('hex');
}

/** The branch, its head and the state of the work tree, as git tells them now. */
export async function takeSnapshot(workspace: Workspace): Promise<Snapshot> {
  const { git, repository } = workspace;
  const dirtyPaths = await git.dirtyPaths();
  const fingerprint = fingerprintOf(repository.root, dirtyPaths);
  return { branch: await git.headBranch(), sha: await git.commitOf('HEAD'), dirtyPaths, fingerprint };
}

/** Whether the target, as far as this repository knows it, lacks commits of `sha`. Auto-promote asks the remote. */
async function isAhead(workspace: Workspace, sha: string | null): Promise<boolean> {
  if (sha === null) return false;
  const { git, policies, verdicts } = workspace;
  // It may have landed as another commit, or after the target was last fetched.
  if (verdicts.readable().verdicts.some((one) => one.verdict === 'promoted' && one.sha === sha)) return false;
  const { remote, target } = policies.promote;
  for (const ref of [targetRef(remote, target), `refs/remotes/${remote}/${target}`]) {
    const known = await git.commitOf(ref);
    if (known !== null && (await git.isAncestor(sha, known))) return false;
  }
  return true;
}

async function readPrompt(workspace: Workspace): Promise<string> {
  const { agent } = workspace.policies.loop;
  const text = await diskReader(workspace.repository.root)(agent.prompt);
  if (text !== null) return text;
  throw new Refusal({
    code: 'prompt-missing',
    exitCode: exitCodes.configFatal,
    problem: `The prompt file ${agent.prompt} is missing, so there is nothing to tell the agent.`,
    remedy: `git checkout HEAD -- ${agent.prompt}, or correct "agent.prompt" in policy/loop.json`,
  });
}

async function writeIntent(workspace: Workspace, runId: string): Promise<void> {
  const { world, store } = workspace;
  await store.update((controller, now) => {
    const base = { runId, circuit: 'agent', era: 0, phase: 'agent', owner: world.self } as const;
    const attempt: Attempt = { ...base, startedAt: now, trigger: null };
    const counted = withAgentRun(controller, now);
    return {
      controller: withAttempt(counted, attempt, agentPolicy(workspace), now),
      entries: [{ event: 'agent-begun', severity: 'info', run: runId }],
    };
  });
}

/**
 * A probe of the agent runs what policy/loop.json says of it now: that is what a person may have corrected while the loop
 * waited. Throws the refusal (78) of policies that cannot be used any more.
 */
export async function withCorrectedAgent(workspace: Workspace): Promise<Workspace> {
  const { agent: circuit } = workspace.store.read().controller.circuits;
  if (circuit.state !== 'half-open' || circuit.evidence?.kind !== 'agent') return workspace;
  const { loop } = await localPolicies(workspace.repository.root);
  return { ...workspace, policies: { ...workspace.policies, loop: { ...workspace.policies.loop, agent: loop.agent } } };
}

export interface AgentRun {
  readonly runId: string;
  readonly end: IterationEnd;
  /** What its start depended on, as it was then; what it has changed itself is not watched. */
  readonly evidence: Evidence;
  /** policy/loop.json says another thing of the agent than before it: nobody can tell whether the agent wrote that. */
  readonly isPolicyRewritten: boolean;
}

/** What is kept of the agent's words and told again; its final message is only looked at. */
function withoutSecretsIn(said: OutputEnd, secrets: readonly string[]): OutputEnd {
  const failure = said.failure === null ? null : withoutSecrets(said.failure, secrets);
  return { ...said, failure, noise: withoutSecrets(said.noise, secrets) };
}

/**
 * What the start of a run depended on, once the run is over. Where the run has rewritten its own policy, and with it what is
 * watched, only a change of what it has left there says anything of a cure.
 */
async function evidenceAfter(
  { evidence, policies, repository, env }: Workspace,
  atStart: Evidence,
  toldBefore: LoopPolicy['agent'] | null,
): Promise<Pick<AgentRun, 'evidence' | 'isPolicyRewritten'>> {
  const toldAfter = await evidence.askAgent();
  if (toldAfter !== null && JSON.stringify(toldAfter) !== JSON.stringify(toldBefore))
    return { evidence: agentEvidence(toldAfter, repository.root, env), isPolicyRewritten: true };
  const now = agentEvidence(policies.loop.agent, repository.root, env);
  return { evidence: withoutOwnChanges(atStart, now), isPolicyRewritten: false };
}

/**
 * Runs the agent once and judges what came of it; `home` is the branch that the loop works on. The attempt stays open
 * until `recordAgentRun`.
 */
export async function runAgent(
  workspace: Workspace,
  home: string,
  feedback: string | null,
  print: (chunk: Buffer) => Promise<void> | undefined,
  abort: AbortSignal,
): Promise<AgentRun> {
  const { policies, repository, env, world } = workspace;
  const { agent, completion } = policies.loop;
  const token = completionToken(completion.token, randomBytes(8).toString('hex'));
  const prompt = renderPrompt(await readPrompt(workspace), token, feedback);
  const runId = world.newRunId();
  const before = await takeSnapshot(workspace);
  const atStart = agentEvidence(agent, repository.root, env);
  const toldBefore = await workspace.evidence.askAgent();
  await writeIntent(workspace, runId);
  const reader = openOutputReader(agent.output);
  const end = await workspace.runChild({
    argv: agent.command,
    cwd: repository.root,
    // Whoever starts the loop with the hooks switched off does not switch them off for the agent.
    env: childEnvironment({ ...env, HUSKY: undefined }, runId, {
      LOOPBREAKER_COMPLETION_TOKEN: token,
      [runVariable]: runId,
    }),
    marker: runId,
    input: prompt,
    timeoutMs: agent.timeoutSeconds * 1000,
    idleTimeoutMs: agent.idleTimeoutSeconds * 1000,
    onOutput: (chunk, stream) => {
      if (stream === 'stdout') reader.push(chunk);
      return print(chunk);
    },
    signal: abort,
  });
  const after = await takeSnapshot(workspace);
  const inputs = await evidenceAfter(workspace, atStart, toldBefore);
  const said = withoutSecretsIn(reader.end(), secretValues(env));
  const claimed = said.finalMessage !== null && claimsCompletion(said.finalMessage, token, prompt);
  const judged = {
    end: { ...end, said, program: agent.command[0] ?? '' },
    claimed,
    home,
    before,
    after,
    isAhead: await isAhead(workspace, after.sha),
  };
  const rules = [...policies.rules, ...builtInRules];
  const judgement = judgeIteration({ ...judged, rules, clock: statedClock(world.clock().wallMs) });
  return { runId, end: judgement, ...inputs };
}

/** Records the one event of an agent run: a success (null), or the failure that its iteration ended with. */
export async function recordAgentRun(
  workspace: Workspace,
  { runId, evidence: atStart, isPolicyRewritten }: Omit<AgentRun, 'end'>,
  ended: Failure | null,
): Promise<void> {
  const failure = ended !== null && isPolicyRewritten ? withOwnRewriting(ended) : ended;
  const evidence = await evidenceFor(workspace, failure, atStart);
  await workspace.store.update((controller, now) => {
    const attempt = attemptOf(controller, runId);
    if (attempt === null) return { controller, entries: [] };
    const moment = momentOf(workspace, now);
    const from = { runId, era: attempt.era };
    const told = failure === null ? null : { ...failure, remedy: remedyForPerson(failure, runId) };
    const event =
      told === null ? ({ ...from, type: 'success' } as const) : failureEvent(attempt, told, evidence, moment);
    const moved = withEvent(controller, 'agent', event, agentPolicy(workspace), now);
    const detail = { class: failure?.class ?? null, rule: failure?.rule ?? null, why: failure?.problem };
    return {
      controller: withoutAttempt(moved, runId),
      entries: [{ event: 'agent-ended', severity: failure === null ? 'info' : 'warning', run: runId, ...detail }],
    };
  });
}
