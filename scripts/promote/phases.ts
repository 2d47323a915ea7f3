/** The phase table of auto-promote (design section 9): order is everything here, so it is one table in one file. */
import { ownFailure } from '../core/classify.ts';
import { ownRules } from '../core/own-failures.ts';
import type { PhaseEnd, PhaseRow } from '../core/phases.ts';
import { attempt, failed, ok } from './attempt.ts';
import type { PromoteFacts, PromoteRun } from './facts.ts';
import { fetchPhase } from './fetch.ts';
import { qaPhase, worktreePhase } from './gate.ts';
import { mergePhase } from './merge.ts';
import { pushPhase } from './push.ts';

async function preflightPhase(run: PromoteRun): Promise<PhaseEnd> {
  const refusal = await run.world.refusedByBreaker();
  if (refusal !== null) return failed(refusal);
  run.memory.preflightPassed = true;
  return ok;
}

/** Removes the checkout of this run, and keep refs that have done their work. */
function cleanupPhase(run: PromoteRun, facts: PromoteFacts): Promise<PhaseEnd> {
  return attempt(run, 'cleanup', async () => {
    for (const checkout of facts.leftovers) await run.world.checkouts.remove(checkout.runId);
    for (const { ref, sha } of facts.keepRefs) await run.world.git.deleteRef(ref, sha);
    return ok;
  });
}

/** Deletes the promoted branch from the remote, last, by compare-and-swap; a branch that has moved on is left alone. */
function deleteRemotePhase(run: PromoteRun): Promise<PhaseEnd> {
  return attempt(run, 'delete-remote', async () => {
    const { fetched } = run.memory;
    if (fetched === null) throw new Error('delete-remote ran before fetch');
    const name = run.trigger.branch.replace(/^refs\/heads\//, '');
    const there = await run.world.git.remoteBranch(fetched.url, name);
    if (there === run.trigger.sha) await run.world.git.deleteRemoteBranch(fetched.url, name, there, run.world.lockFd);
    run.memory.remoteBranch = there === null ? 'absent' : there === run.trigger.sha ? 'deleted' : 'moved';
    return ok;
  });
}

const gateNeeded = (facts: PromoteFacts) =>
  facts.fetched !== null && !facts.landed && facts.hasGate && !facts.gatePassed;

/** First row that is needed and not done is run; see core/phases.ts. */
export const promotePhases: readonly PhaseRow<PromoteFacts, PromoteRun>[] = [
  {
    name: 'preflight',
    needed: (facts) => !facts.preflightPassed,
    done: (facts) => facts.preflightPassed,
    run: preflightPhase,
  },
  {
    name: 'fetch',
    needed: (facts) => facts.fetched === null,
    done: (facts) => facts.fetched !== null,
    run: fetchPhase,
  },
  {
    name: 'merge',
    needed: (facts) => !facts.landed,
    done: (facts) => facts.candidate !== null,
    run: mergePhase,
  },
  { name: 'worktree', needed: gateNeeded, done: (facts) => facts.checkoutReady, run: worktreePhase },
  { name: 'qa', needed: gateNeeded, done: (facts) => facts.gatePassed, run: qaPhase },
  {
    name: 'push',
    needed: (facts) => !facts.landed,
    done: (facts) => facts.landed,
    run: pushPhase,
  },
  {
    name: 'cleanup',
    needed: (facts) => facts.leftovers.length > 0 || facts.keepRefs.length > 0,
    done: (facts) => facts.leftovers.length === 0 && facts.keepRefs.length === 0,
    run: cleanupPhase,
  },
  {
    name: 'delete-remote',
    needed: (facts) => facts.remoteBranchPending,
    done: (facts) => !facts.remoteBranchPending,
    run: deleteRemotePhase,
  },
];

/** The failure of a table that did not come to an end. */
export const exhaustedFailure = ownFailure('cleanup', ownRules.stepsExhausted);
