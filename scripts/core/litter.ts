/** Lock files that a killed git has left in the repository: which of them are provably ours to remove (fact 8). */
import type { Phase } from './failure.ts';

export interface LitterFacts {
  /** Path in the common directory, with `/`, such as `refs/loopbreaker/keep/run-1.lock`. */
  readonly name: string;
  readonly madeMs: number;
  readonly nowMs: number;
  /** Whether any git works in this repository. */
  readonly gitAtWork: 'yes' | 'no' | 'unknown';
  /** Some process has the file open. */
  readonly isOpen: boolean;
  /** The phase that a dead run had begun and not ended, and when; null when there is none. */
  readonly deadPhase: { readonly name: Phase; readonly beganMs: number } | null;
}

/** Where nobody but loopbreaker writes. */
export const ourRefs = 'refs/loopbreaker/';

/** No git holds the lock of one ref for so long; asked only where processes cannot be seen. */
const oldMs = 10 * 60 * 1000;

/** Shared locks that a phase of ours takes, and the phase: deleting a ref rewrites packed-refs, fetching may deepen. */
const sharedLocks: Readonly<Record<string, Phase>> = { 'packed-refs.lock': 'cleanup', 'shallow.lock': 'fetch' };

/** So long after a phase of a dead run began, a lock is taken for made in it. */
const phaseMaxMs = 10 * 60 * 1000;

function madeInDeadPhase({ name, madeMs, deadPhase }: LitterFacts): boolean {
  if (deadPhase === null || sharedLocks[name] !== deadPhase.name) return false;
  // File systems keep times as coarse as a second.
  const sinceMs = madeMs - deadPhase.beganMs;
  return sinceMs >= -1000 && sinceMs <= phaseMaxMs;
}

/**
 * Why a lock may be removed, or null: then it is only reported. Ours by its name, or made in the phase in which a run of
 * ours died; and in no case one that a living process may hold. The promote lock is held by who asks.
 */
export function litterProof(facts: LitterFacts): string | null {
  const { name, gitAtWork, isOpen, nowMs, madeMs } = facts;
  if (isOpen || gitAtWork === 'yes') return null;
  if (name.startsWith(ourRefs)) {
    if (gitAtWork === 'no') return 'it is a lock of a ref of ours, and no git is at work';
    return nowMs - madeMs > oldMs ? 'it is a lock of a ref of ours, and older than any git holds one' : null;
  }
  if (gitAtWork !== 'no' || !madeInDeadPhase(facts)) return null;
  return `it was made in the phase ${facts.deadPhase?.name} in which a run of ours died, and no git is at work`;
}
