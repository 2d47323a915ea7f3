/** Phase push: the one irreversible act. Landed, not landed and cannot know are three different answers. */
import { ownFailure } from '../core/classify.ts';
import { GitFailed } from '../core/git-failed.ts';
import { ownRules } from '../core/own-failures.ts';
import type { PhaseEnd } from '../core/phases.ts';
import type { PushEnd } from '../effects/git-questions.ts';
import { attemptWithRetries, failed, failureOfGit, ok } from './attempt.ts';
import type { Fetched, PromoteRun } from './facts.ts';

/** The remote's target after a push, or "unknown" when the remote cannot be asked. */
async function targetNow(run: PromoteRun, fetched: Fetched): Promise<string | null | 'unknown'> {
  try {
    return await run.world.git.remoteBranch(fetched.url, run.local.target);
  } catch (error) {
    if (error instanceof GitFailed) return 'unknown';
    throw error;
  }
}

/** The target moved under us: no failure, fetch and merge are needed again, so often as policy allows. */
function integrateAgain(run: PromoteRun, fetched: Fetched): PhaseEnd {
  run.memory.fetched = null;
  run.memory.reintegrations += 1;
  if (run.memory.reintegrations <= fetched.trusted.promote.reintegrationsMax) return ok;
  return failed(ownFailure('push', ownRules.reintegrationsExhausted));
}

function refused(run: PromoteRun, end: PushEnd): PhaseEnd {
  const { exitCode, signal, text } = end;
  return failed(failureOfGit(run, 'push', { exitCode, signal, text }));
}

async function judgePush(run: PromoteRun, fetched: Fetched, candidate: string, end: PushEnd): Promise<PhaseEnd> {
  const now = await targetNow(run, fetched);
  if (now === 'unknown') return failed(ownFailure('push', ownRules.pushUnknown));
  if (now === candidate) {
    run.memory.fetched = { ...fetched, targetSha: candidate };
    return ok;
  }
  if (now !== fetched.targetSha) return integrateAgain(run, fetched);
  return end.exitCode === 0 ? failed(ownFailure('push', ownRules.pushUnknown)) : refused(run, end);
}

/** Pushes the candidate by a proved fast-forward under a lease, then asks the remote what became of it. */
export async function pushPhase(run: PromoteRun): Promise<PhaseEnd> {
  const { fetched, candidate } = run.memory;
  if (fetched === null || candidate === null) throw new Error('push ran before fetch and merge');
  let isAnswered = true;
  const end = await attemptWithRetries(run, 'push', fetched.trusted.breaker.retry, async () => {
    const { git } = run.world;
    const proof = await git.proveFastForward(run.local.target, fetched.targetSha, candidate.sha);
    if (proof === null) return integrateAgain(run, fetched);
    isAnswered = false;
    const pushed = await git.pushFastForward(fetched.url, proof, run.world.lockFd);
    const judged = await judgePush(run, fetched, candidate.sha, pushed);
    isAnswered = judged.ok || judged.failure.rule !== ownRules.pushUnknown.id;
    return judged;
  });
  // A later try that did not come so far as to ask has not answered for an earlier one.
  return end.ok || isAnswered ? end : failed(ownFailure('push', ownRules.pushUnknown));
}
