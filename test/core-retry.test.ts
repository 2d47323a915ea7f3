import assert from 'node:assert/strict';
import test from 'node:test';
import { creditRetryTokens, retryDelayMs, takeRetryToken } from '../scripts/core/retry.ts';
import { defaultBreakerPolicy } from './helpers/state.ts';

const policy = defaultBreakerPolicy().retry;

test('without jitter the waits grow by the factor up to the cap', () => {
  const plain = { ...policy, jitter: 'none' } as const;
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 60].map((attempt) => retryDelayMs(plain, attempt, 0.5)),
    [1000, 2000, 4000, 8000, 16_000, 20_000, 20_000],
  );
});

test('full jitter spreads a wait between nothing and its full length', () => {
  assert.equal(retryDelayMs(policy, 3, 0), 0);
  assert.equal(retryDelayMs(policy, 3, 0.5), 2000);
  assert.ok(retryDelayMs(policy, 3, 0.999999) <= 4000);
});

test('even a very late retry waits a finite time', () => {
  assert.equal(retryDelayMs({ ...policy, factor: 10, jitter: 'none' }, 5000, 0), 20_000);
});

test('each retry takes one whole token, and a budget with less than one gives none', () => {
  assert.equal(takeRetryToken(10), 9);
  assert.equal(takeRetryToken(1), 0);
  assert.equal(takeRetryToken(0.9), null);
  assert.equal(takeRetryToken(0), null);
});

test('ten successes buy one retry, without the dust of floating point', () => {
  let tokens = 0;
  for (let count = 0; count < 10; count += 1) tokens = creditRetryTokens(tokens, policy);
  assert.equal(tokens, 1);
  assert.equal(takeRetryToken(tokens), 0);
});

test('the budget is never larger than the policy says', () => {
  assert.equal(creditRetryTokens(policy.budgetTokens, policy), policy.budgetTokens);
  assert.equal(creditRetryTokens(1000, policy), policy.budgetTokens);
});
