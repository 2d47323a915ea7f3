/** Phase fetch: reads the remote's target now, pins the branch, reads the policies that count from the target's tip. */
import { ownFailure } from '../core/classify.ts';
import { describeProblem } from '../core/documents.ts';
import { ownRules } from '../core/own-failures.ts';
import type { PhaseEnd } from '../core/phases.ts';
import type { PromotePolicy } from '../core/policy.ts';
import type { Policies, PoliciesReading } from '../effects/policies.ts';
import { attemptWithRetries, failed, ok } from './attempt.ts';
import { redirectRefusal } from './candidate.ts';
import { type PromoteRun, targetRef } from './facts.ts';

function untrusted(reading: Extract<PoliciesReading, { ok: false }>): PhaseEnd {
  if (reading.missing.includes('runtime-manifest.json')) {
    return failed(ownFailure('fetch', ownRules.trustedManifestMissing));
  }
  const lines = [...reading.missing.map((path) => `${path} is missing`), ...reading.problems.map(describeProblem)];
  const problem = `${ownRules.trustedPolicyBroken.problem} ${lines.join('; ')}`;
  return failed(ownFailure('fetch', ownRules.trustedPolicyBroken, { problem, about: lines.join('\n') }));
}

function disagreement(local: PromotePolicy, trusted: Policies): PhaseEnd | null {
  const { promote } = trusted;
  if (promote.remote !== local.remote || promote.target !== local.target) {
    const here = `${local.remote}/${local.target}`;
    const there = `${promote.remote}/${promote.target}`;
    const problem = `${ownRules.trustedPolicyDiffers.problem} Here ${here}, there ${there}.`;
    return failed(ownFailure('fetch', ownRules.trustedPolicyDiffers, { problem }));
  }
  if (promote.command !== null && JSON.stringify(promote.command) !== JSON.stringify(local.command)) {
    const problem = `${ownRules.trustedPolicyDiffers.problem} There, a promote command of its own is set.`;
    return failed(ownFailure('fetch', ownRules.trustedPolicyDiffers, { problem }));
  }
  return null;
}

async function fetchTarget(run: PromoteRun, url: string): Promise<PhaseEnd> {
  const { git } = run.world;
  const { remote, target } = run.local;
  const listed = await git.remoteBranch(url, target);
  if (listed === null) {
    const problem = `The target branch "${target}" does not exist on the remote "${remote}".`;
    return failed(ownFailure('fetch', ownRules.targetMissing, { problem, about: target }));
  }
  const ref = targetRef(remote, target);
  await git.fetchBranch(url, target, ref);
  const targetSha = (await git.commitOf(ref)) ?? listed;
  const reading = await run.world.policiesAt(targetSha);
  if (!reading.ok) return untrusted(reading);
  const refused = disagreement(run.local, reading.policies);
  if (refused !== null) return refused;
  run.memory.fetched = { url, targetSha, trusted: reading.policies };
  return ok;
}

async function checkBranch(run: PromoteRun): Promise<PhaseEnd | null> {
  const { branch, sha } = run.trigger;
  const head = await run.world.git.commitOf(branch);
  if (head === null) return failed(ownFailure('fetch', ownRules.branchMissing, { about: branch }));
  if (await run.world.git.isAncestor(sha, head)) return null;
  return failed(ownFailure('fetch', ownRules.branchMoved, { about: branch }));
}

/** Fetches the target into our own namespace and moves nothing else. */
export function fetchPhase(run: PromoteRun): Promise<PhaseEnd> {
  return attemptWithRetries(run, 'fetch', run.retry, async () => {
    const { git } = run.world;
    // Asked once: it is pinned from then on, and a push that lost a race may have landed although the branch has gone.
    const gone = run.memory.reintegrations === 0 ? await checkBranch(run) : null;
    if (gone !== null) return gone;
    const url = await git.remoteUrl(run.local.remote);
    if (url !== null) return (await redirectRefusal(run, url)) ?? (await fetchTarget(run, url));
    const problem = `There is no remote "${run.local.remote}" in this repository.`;
    return failed(ownFailure('fetch', ownRules.remoteMissing, { problem, about: run.local.remote }));
  });
}
