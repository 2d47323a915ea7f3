/** The world of one simulated loop: its time is the night's, its randomness is seeded, nobody else is alive. */
import type { Controller } from '../core/controller.ts';
import type { World } from '../effects/world.ts';
import { nightBegins, nightMs } from './hand-clock.ts';
import type { Scene } from './scene.ts';

/** Every time that the controller itself names: what it waits for. */
function namedTimes({ circuits, triggers }: Controller): readonly number[] {
  const times = Object.values(circuits).flatMap((circuit) => [
    circuit.nextEligibleAt,
    circuit.state === 'open' ? circuit.quarantineUntil : null,
    circuit.state === 'half-open' ? (circuit.lease?.expiresAt ?? null) : null,
  ]);
  return [...times, ...triggers.map((trigger) => trigger.notBefore)].filter((time) => time !== null);
}

/** How far the time jumps in whole sleeps, when nothing can be found before. */
function jump(scene: Scene, ms: number, controller: Controller): number {
  const nowMs = scene.clock.elapsedMs();
  const ahead = namedTimes(controller)
    .map((time) => time - nightBegins)
    .filter((time) => time > nowMs);
  const next = Math.min(scene.clock.nextChangeMs(), nightMs, ...ahead);
  return Math.max(1, Math.floor((next - nowMs) / ms)) * ms;
}

/**
 * A loop that polls finds the same as long as nothing happens and no time comes that the controller names. From the
 * second poll in a row that changed nothing, sleeping jumps over the polls in between, and never past such a moment.
 */
export function openHandWorld(scene: Scene, read: () => Controller): World {
  const { clock, random, score } = scene;
  let runs = 0;
  let before = '';
  const monotonicMs = () => clock.elapsedMs() + 1_000_000;
  return {
    clock: () => ({ wallMs: clock.wallMs(), monotonicMs: monotonicMs(), bootId: 'one-boot' }),
    random,
    newRunId: () => {
      runs += 1;
      return `run-${runs.toString(16).padStart(12, '0')}`;
    },
    self: { host: 'bench', bootId: 'one-boot', pid: process.pid, startTime: null },
    liveness: () => 'alive',
    sleep: async (ms, signal) => {
      if (signal?.aborted === true || ms <= 0) return;
      const controller = read();
      const now = `${controller.revision} ${score.agentRuns} ${score.promotionAttempts} ${ms}`;
      const isIdle = now === before;
      before = now;
      await clock.pass(isIdle ? jump(scene, ms, controller) : ms);
    },
  };
}
