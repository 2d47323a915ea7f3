/** Waiting for what other processes do. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

/** Waits until something is so; the limit of two minutes is only for a test that is going to fail. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; waited < 120_000 && !isSo(); waited += 20) await pause(20);
  assert.ok(isSo());
}
