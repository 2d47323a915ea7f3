/**
 * A child that records failures of the promote circuit. It says `ready`; each line that it hears is a job
 * `{directory, policy}`; it answers `recorded <ms>`, or why it could not.
 */
import { createInterface } from 'node:readline';
import { withEvent } from '../../scripts/core/controller.ts';
import { messageOf, Refusal } from '../../scripts/core/outcome.ts';
import type { BreakerPolicy } from '../../scripts/core/policy.ts';
import { kernelLocks, ownerRecordLocks } from '../../scripts/effects/lock.ts';
import { openStore } from '../../scripts/effects/store.ts';
import { openWorld } from '../../scripts/effects/world.ts';

interface Job {
  readonly directory: string;
  readonly policy: BreakerPolicy;
  readonly locks: 'kernel' | 'owner-record';
}

const [runId = ''] = process.argv.slice(2);
const world = openWorld();

async function recordOne({ directory, policy, locks }: Job): Promise<void> {
  const takeLock = locks === 'kernel' ? kernelLocks(world) : ownerRecordLocks(world);
  const store = openStore({
    directory,
    policy,
    retryTokens: 10,
    world,
    // The store waits for five seconds. 64 of them may need more on a busy machine, and this is not about speed.
    takeLock: (file, _waitMs, owner) => takeLock(file, 60_000, owner),
    onHighSeverity: () => undefined,
    onJournalLost: (why) => {
      throw new Error(`journal lost: ${why}`);
    },
  });
  await store.update((controller, now) => {
    const { era } = controller.circuits.promote;
    const failed = { type: 'failure', runId, era, class: 'transient', signature: 'E1', why: 'it failed' } as const;
    const after = withEvent(controller, 'promote', failed, policy, now);
    return { controller: after, entries: [{ event: 'recorded', severity: 'info', run: runId }] };
  });
}

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const begin = process.hrtime.bigint();
  try {
    await recordOne(JSON.parse(line));
    process.stdout.write(`recorded ${Number(process.hrtime.bigint() - begin) / 1e6}\n`);
  } catch (error) {
    process.stdout.write(`${error instanceof Refusal ? error.detail.code : 'bug'} ${messageOf(error)}\n`);
  }
}
