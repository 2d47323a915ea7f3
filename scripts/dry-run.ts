/** `auto-promote --dry-run`: what a run would find. It asks the remote for one ref and writes nothing: no ref, no file. */
import { admits } from './core/breaker.ts';
import { withEvent } from './core/controller.ts';
import { GitFailed } from './core/git-failed.ts';
import { ownRules } from './core/own-failures.ts';
import { withoutUrlSecrets } from './core/secrets.ts';
import { stopOf } from './core/stop.ts';
import { acceptanceOf, type TriggerId } from './core/verdict.ts';
import { readLockOwner } from './effects/lock.ts';
import { type Fetched, gateKey, observe, type PromoteFacts, type PromoteRun, verdictInputs } from './promote/facts.ts';
import { promotePhases } from './promote/phases.ts';
import { protectedChanges } from './promote/protection.ts';
import { blockStanding } from './promote/standing.ts';
import { newMemory } from './promote-run.ts';
import { openPromoteWorld } from './promote-world.ts';
import type { DryRunReport } from './report/dry-run.ts';
import type { Workspace } from './workspace.ts';

type Tip = DryRunReport['tip'];

async function tipOf({ git, policies }: Workspace, url: string | null): Promise<Tip> {
  const { remote, target } = policies.promote;
  if (url === null) return { sha: null, why: `there is no remote "${remote}" here` };
  try {
    const sha = await git.remoteBranch(url, target);
    return { sha, why: sha === null ? `the remote has no branch "${target}"` : null };
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    return { sha: null, why: `the remote could not be asked: ${error.message}` };
  }
}

/** Whether the breaker would admit a run now: time may have done its work, although nobody has written it down. */
function admissionNow({ store, policies }: Workspace): DryRunReport['admitted'] {
  const now = store.now();
  const ticked = withEvent(store.read().controller, 'promote', { type: 'tick' }, policies.breaker, now);
  const admission = admits(ticked.circuits.promote, now);
  if (admission.admitted) return { by: admission.as, why: null };
  return { by: null, why: stopOf('promote', ticked.circuits.promote, now)?.why ?? 'another attempt is at work' };
}

function lockNow({ store, world }: Workspace): DryRunReport['lock'] {
  const owner = readLockOwner(store.files.promoteLock);
  return owner === null ? null : { runId: owner.runId, pid: owner.pid, owner: world.liveness(owner) };
}

/** What a fetch would establish, where its commit is here already and its policies can be read. */
async function knownTarget(run: PromoteRun, url: string | null, tip: Tip): Promise<Fetched | null> {
  const { git, policiesAt } = run.world;
  if (url === null || tip.sha === null || (await git.commitOf(tip.sha)) === null) return null;
  const reading = await policiesAt(tip.sha);
  return reading.ok ? { url, targetSha: tip.sha, trusted: reading.policies } : null;
}

interface Depending {
  readonly gateRemembered: boolean | null;
  readonly protectedChanges: readonly string[] | null;
  readonly blocked: string | null;
}

/** What depends on the target's policies. The gate is asked of the branch's own tree, which only ff-only lands as it is. */
async function dependingOn(run: PromoteRun, fetched: Fetched | null): Promise<Depending> {
  if (fetched === null) return { gateRemembered: null, protectedChanges: null, blocked: null };
  const { git, verdicts, gateMemory } = run.world;
  const tree = await git.treeOf(run.trigger.sha);
  const isLandedAsItIs = fetched.trusted.promote.strategy === 'ff-only';
  const base = await git.mergeBase(fetched.targetSha, run.trigger.sha);
  const from = { ...fetched, targetSha: base ?? fetched.targetSha };
  const inputs = verdictInputs(tree, fetched, true);
  const block = await blockStanding(run.world, verdicts.readable().verdicts, run.trigger, inputs);
  const changes = await protectedChanges(run, from, run.trigger.sha);
  const accepted = acceptanceOf(verdicts.readable().verdicts, run.trigger) !== null;
  const protection = changes.length > 0 && !accepted ? ownRules.protectedPaths.problem : null;
  return {
    gateRemembered: isLandedAsItIs ? gateMemory.hasPass(await gateKey(run, fetched.trusted, tree)) : null,
    protectedChanges: changes,
    blocked: block?.why ?? protection,
  };
}

async function distance({ git }: Workspace, fetched: Fetched | null, sha: string) {
  if (fetched === null) return { ahead: null, behind: null };
  return await git.distance(fetched.targetSha, sha);
}

function nextPhase(facts: PromoteFacts): DryRunReport['nextPhase'] {
  return promotePhases.find((row) => row.needed(facts) && !row.done(facts))?.name ?? null;
}

/** Looks at everything that a run of this trigger would, and changes nothing. */
export async function dryRun(workspace: Workspace, trigger: TriggerId): Promise<DryRunReport> {
  const { git, policies, verdicts } = workspace;
  const { remote, target: branch } = policies.promote;
  const [runId, signal] = ['dry-run', new AbortController().signal];
  const world = openPromoteWorld({
    workspace,
    runId,
    lockFd: -1,
    refusedByBreaker: async () => null,
    signal,
    tell: () => undefined,
  });
  const memory = newMemory();
  const run: PromoteRun = { runId, trigger, local: policies.promote, retry: policies.breaker.retry, world, memory };
  const url = await git.remoteUrl(remote);
  const tip = await tipOf(workspace, url);
  const fetched = await knownTarget(run, url, tip);
  const [admitted, lock] = [admissionNow(workspace), lockNow(workspace)];
  memory.preflightPassed = admitted.by !== null && lock?.owner !== 'alive';
  memory.fetched = fetched;
  const facts = await observe(run);
  return {
    trigger: { branch: trigger.branch, sha: trigger.sha },
    target: { remote, branch, url: url === null ? null : withoutUrlSecrets(url) },
    tip,
    landed: fetched === null ? null : facts.landed,
    ...(await distance(workspace, fetched, trigger.sha)),
    strategy: fetched?.trusted.promote.strategy ?? null,
    admitted,
    lock,
    ...(await dependingOn(run, fetched)),
    accepted: acceptanceOf(verdicts.readable().verdicts, trigger) !== null,
    nextPhase: nextPhase(facts),
  };
}
