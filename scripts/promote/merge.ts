/** Phase merge: decides which commit would land, and whether that commit may be tested at all. */
import { ownFailure } from '../core/classify.ts';
import { exitCodes } from '../core/outcome.ts';
import { ownRules } from '../core/own-failures.ts';
import type { PhaseEnd } from '../core/phases.ts';
import { standingBlock, type Verdict } from '../core/verdict.ts';
import { attempt, failed, ok } from './attempt.ts';
import { candidateRefusal, shallowRefusal } from './candidate.ts';
import { type Fetched, type PromoteRun, verdictInputs } from './facts.ts';
import { integrate } from './integrate.ts';
import { protectedRefusal } from './protection.ts';

/** A block that still stands. What costs nothing to ask is asked afresh each time, and no old answer to it counts. */
function blockedBefore(run: PromoteRun, fetched: Fetched, tree: string): PhaseEnd | null {
  const inputs = verdictInputs(tree, fetched, true);
  const verdicts = run.world.verdicts.all().filter((verdict) => !isJudgedAfresh(verdict));
  const block = standingBlock(verdicts, run.trigger, inputs);
  if (block === null) return null;
  run.memory.standing = block;
  // The signature is the first verdict's: the same reason again and again is one reason to the agent's circuit.
  const problem = `Blocked before, and nothing that mattered has changed: ${block.why}`;
  return failed({ ...ownFailure('merge', ownRules.standingBlock, { problem }), signature: block.signature });
}

const judgedAfresh: readonly string[] = [
  ownRules.notFastForward.id,
  ownRules.mergeConflict.id,
  ownRules.protectedPaths.id,
];

function isJudgedAfresh(verdict: Verdict): boolean {
  return verdict.verdict === 'blocked' && judgedAfresh.includes(verdict.rule);
}

async function doctorsAnswer(run: PromoteRun, commit: string): Promise<PhaseEnd> {
  const answer = await run.world.doctor(commit);
  if (answer.exitCode === exitCodes.ok) return ok;
  const rule = answer.exitCode === exitCodes.refused ? ownRules.candidateRed : ownRules.candidateUnknown;
  return failed(ownFailure('merge', rule, { tail: answer.summary, about: answer.summary }));
}

async function judgeCandidate(run: PromoteRun, fetched: Fetched, sha: string): Promise<PhaseEnd> {
  const protection = await protectedRefusal(run, fetched, sha);
  if (protection !== null) return protection;
  const refusal = await candidateRefusal(run, sha);
  if (refusal !== null) return refusal;
  const healthy = await doctorsAnswer(run, sha);
  if (!healthy.ok) return healthy;
  run.memory.candidate = { sha, tree: await run.world.git.treeOf(sha), target: fetched.targetSha };
  return ok;
}

async function judge(run: PromoteRun, fetched: Fetched): Promise<PhaseEnd> {
  const integration = await integrate(run, fetched);
  switch (integration.kind) {
    case 'failure':
      return (await shallowRefusal(run, integration.failure)) ?? failed(integration.failure);
    case 'nothing':
      run.memory.nothingLeftFor = fetched.targetSha;
      return ok;
    case 'candidate': {
      const blocked = blockedBefore(run, fetched, await run.world.git.treeOf(run.trigger.sha));
      return blocked ?? (await judgeCandidate(run, fetched, integration.sha));
    }
  }
}

/** Establishes the candidate; needs a fetch of this run. */
export function mergePhase(run: PromoteRun): Promise<PhaseEnd> {
  return attempt(run, 'merge', async () => {
    const { fetched } = run.memory;
    if (fetched === null) throw new Error('merge ran before fetch');
    return await judge(run, fetched);
  });
}
