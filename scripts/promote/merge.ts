/** Phase merge: decides which commit would land, and whether that commit may be tested at all. */
import { ownFailure } from '../core/classify.ts';
import { exitCodes } from '../core/outcome.ts';
import { ownRules } from '../core/own-failures.ts';
import type { PhaseEnd } from '../core/phases.ts';
import { attempt, failed, ok } from './attempt.ts';
import { candidateRefusal, shallowRefusal } from './candidate.ts';
import { type DoctorAnswer, type Fetched, type PromoteRun, verdictInputs } from './facts.ts';
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

/** Of every other finding the branch is the cause, or could be; this one may be the target's own. */
const otherManager = 'gate-installs-other';

/** What an agent can do about it without going round the gate. */
const lockfileBack =
  'put the lockfile back that the install of the gate needs, as the target has it, or ask a person to change the gate on the target first';

/** Whose fault it is that the gate installs with another manager than the candidate has, and what helps there. */
async function otherManagerRefusal({ world }: PromoteRun, { targetSha, trusted }: Fetched, answer: DoctorAnswer) {
  const detail = { tail: answer.summary, about: answer.summary };
  const ofTarget = await world.doctor(targetSha);
  if (ofTarget.codes.includes(otherManager)) {
    const rule = ownRules.gateInstallsOther;
    const remedy = trusted.promote.strategy === 'ff-only' ? `${rule.remedy}, then rebase the branch` : rule.remedy;
    return ownFailure('merge', rule, { ...detail, remedy });
  }
  const isAll = answer.codes.every((code) => code === otherManager);
  const remedy = isAll ? lockfileBack : `${lockfileBack}; of the rest: ${ownRules.candidateRed.remedy}`;
  return ownFailure('merge', ownRules.candidateRed, { ...detail, remedy });
}

async function doctorsAnswer(run: PromoteRun, fetched: Fetched, commit: string): Promise<PhaseEnd> {
  const answer = await run.world.doctor(commit);
  if (answer.exitCode === exitCodes.ok) return ok;
  const isRefused = answer.exitCode === exitCodes.refused;
  if (isRefused && answer.codes.includes(otherManager)) return failed(await otherManagerRefusal(run, fetched, answer));
  const rule = isRefused ? ownRules.candidateRed : ownRules.candidateUnknown;
  return failed(ownFailure('merge', rule, { tail: answer.summary, about: answer.summary }));
}

async function judgeCandidate(run: PromoteRun, fetched: Fetched, sha: string): Promise<PhaseEnd> {
  const protection = await protectedRefusal(run, fetched, sha);
  if (protection !== null) return protection;
  const refusal = await candidateRefusal(run, sha);
  if (refusal !== null) return refusal;
  const healthy = await doctorsAnswer(run, fetched, sha);
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
