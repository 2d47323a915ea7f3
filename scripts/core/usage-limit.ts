/** Usage limits: waiting, never a failure that counts (fact 32). A typed event beats text; both may lack a time. */
import { type FailureRule, ownFailure } from './classify.ts';
import type { Failure } from './failure.ts';
import { usageLimitRule } from './failure-rules-agents.ts';
import type { UsageLimit } from './output-reader.ts';
import { judgedText } from './signature.ts';
import { type StatedClock, statedReset } from './stated-time.ts';

function withRetryAt(failure: Failure, atMs: number | null): Failure {
  // Beyond what a Date can hold, nothing was stated that could be waited for.
  if (atMs === null || Number.isNaN(new Date(atMs).getTime())) return failure;
  return { ...failure, retryAt: new Date(atMs).toISOString() };
}

/** A rate-limited failure with the end that its text states; any other failure as it is. */
export function withStatedReset(failure: Failure, text: string, clock: StatedClock): Failure {
  if (failure.class !== 'rate-limited') return failure;
  return withRetryAt(failure, statedReset(judgedText(text), clock));
}

/** The failure of a run that ended at a limit which an event stated; `text` may say when it ends where the event does not. */
export function limitFailure(limit: UsageLimit, text: string, clock: StatedClock): Failure {
  const afterMs = limit.afterMs === null ? null : clock.wallMs + limit.afterMs;
  const atMs = limit.resetsAtMs ?? afterMs ?? statedReset(judgedText(text), clock);
  return withRetryAt(ownFailure('agent', usageLimitRule, { tail: text }), atMs);
}

/**
 * The limit that an agent names in the last line of what it printed and exits 0 all the same; null when it names none.
 * A user's own rules are asked too.
 */
export function limitInLastWords(text: string, rules: readonly FailureRule[], clock: StatedClock): Failure | null {
  const last = judgedText(text).trimEnd().split('\n').at(-1) ?? '';
  const rule = rules.find((one) => one.class === 'rate-limited' && saysSo(one, last));
  return rule === undefined ? null : withStatedReset(ownFailure('agent', rule, { tail: last }), last, clock);
}

function saysSo({ phases, contains, pattern }: FailureRule, line: string): boolean {
  if (phases !== undefined && !phases.includes('agent')) return false;
  if (contains === undefined && pattern === undefined) return false;
  return (contains === undefined || line.includes(contains)) && (pattern === undefined || pattern.test(line));
}
