/** Phase merge: decides which commit would land, and whether that commit may be tested at all. */
import { ownFailure } from '../core/classify.ts';
import { exitCodes } from '../core/outcome.ts';
import { ownRules } from '../core/own-failures.ts';
import type { PhaseEnd } from '../core/phases.ts';
import { attempt, failed, ok } from './attempt.ts';
import { candidateRefusal, shallowRefusal } from './candidate.ts';
import { type Fetched, type PromoteRun, verdictInputs } from './facts.ts';
import { integrate } from './integrate.ts';
import { protectedRefusal } from './protection.ts';
import { blockStanding } from './standing.ts';

/** A block that still stands. */
async function blockedBefore(run: PromoteRun, fetched: Fetched): Promise<PhaseEnd | null> {
  const { world, trigger } = run;
  const inputs = verdictInputs(await world.git.treeOf(trigger.sha), fetched, true);
  const block = await blockStanding(world, world.verdicts.all(), trigger, inputs);
  if (block === null) return null;
  run.memory.standing = block;
  // The signature is the first verdict's: the same reason again and again is one reason to the agent's circuit.
  const problem = `Blocked before, and nothing that mattered has changed: ${block.why}`;
  // The way out is that of the first verdict too: "change the branch" is no help where a server has to allow it.
  const remedy = `${block.remedy} (an empty commit does not re-arm it)`;
  const failure = ownFailure('merge', ownRules.standingBlock, { problem, remedy, tail: block.tail });
  return failed({ ...failure, signature: block.signature });
}

async function doctorsAnswer(run: PromoteRun, commit: string): Promise<PhaseEnd> {
  const answer = await run.world.doctor(commit);
  if (answer.exitCode === exitCodes.ok) return ok;
  // Of every other finding the branch is the cause, or could be; this one is the target's own.
  const refused = answer.codes.includes('gate-installs-other') ? ownRules.gateInstallsOther : ownRules.candidateRed;
  const rule = answer.exitCode === exitCodes.refused ? refused : ownRules.candidateUnknown;
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
      const blocked = await blockedBefore(run, fetched);
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
