/** Trying one thing inside a phase: a failing git becomes a classified failure, a transient one is tried again in bounds. */
import { classify } from '../core/classify.ts';
import type { Failure, Phase } from '../core/failure.ts';
import { GitFailed } from '../core/git-failed.ts';
import type { PhaseEnd } from '../core/phases.ts';
import type { RetryPolicy } from '../core/policy.ts';
import { retryDelayMs } from '../core/retry.ts';
import { withStatedReset } from '../core/usage-limit.ts';
import { type PromoteRun, rulesOf } from './facts.ts';

export const ok: PhaseEnd = { ok: true };

/** The end of a phase that failed. */
export function failed(failure: Failure): PhaseEnd {
  return { ok: false, failure };
}

/** What a git that failed says: its class, and of a limit the end that the server states. */
export function failureOfGit(
  run: PromoteRun,
  phase: Phase,
  end: Pick<GitFailed, 'exitCode' | 'signal' | 'text'> & { readonly errorCode?: string | null },
): Failure {
  return withStatedReset(classify({ phase, ...end }, rulesOf(run)), end.text, run.world.statedClock());
}

/** Runs an act of a phase; a git that fails in it is classified, anything else that is thrown passes through. */
export async function attempt(run: PromoteRun, phase: Phase, act: () => Promise<PhaseEnd>): Promise<PhaseEnd> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    const { exitCode, signal, errorCode, text } = error;
    return failed(failureOfGit(run, phase, { exitCode, signal, errorCode, text }));
  }
}

/** The same, tried again while it fails as transient and attempts, time and the shared budget allow. */
export async function attemptWithRetries(
  run: PromoteRun,
  phase: Phase,
  retry: RetryPolicy,
  act: () => Promise<PhaseEnd>,
): Promise<PhaseEnd> {
  const startedMs = run.world.monotonicMs();
  for (let retries = 1; ; retries += 1) {
    const end = await attempt(run, phase, act);
    if (end.ok || end.failure.class !== 'transient' || retries >= retry.attemptsMax) return end;
    const delayMs = retryDelayMs(retry, retries, run.world.random());
    const elapsedMs = run.world.monotonicMs() - startedMs + delayMs;
    if (elapsedMs > retry.elapsedMaxSeconds * 1000 || !(await run.world.takeRetryToken())) return end;
    await run.world.sleep(delayMs);
  }
}
