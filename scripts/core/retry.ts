/** Retries inside one attempt: how long to wait, and a budget of tokens that survives restarts. */
import type { RetryPolicy } from './policy.ts';

/** Wait before retry number `attempt` (1 is the first retry), ms. `random` in [0, 1) spreads the waits ("full jitter"). */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: number): number {
  const seconds = Math.min(policy.baseSeconds * policy.factor ** (attempt - 1), policy.capSeconds);
  return Math.round(seconds * 1000 * (policy.jitter === 'full' ? random : 1));
}

/** What is left after taking one retry out of the budget, or null when the budget does not hold a whole token. */
export function takeRetryToken(tokens: number): number | null {
  return tokens >= 1 ? tokens - 1 : null;
}

/** The budget after a success: a part of a token back, never above the policy's size. */
export function creditRetryTokens(tokens: number, policy: RetryPolicy): number {
  return Math.min(policy.budgetTokens, Math.round((tokens + policy.refillPerSuccess) * 1000) / 1000);
}
