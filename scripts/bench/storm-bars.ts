/** The bars of a night, from the policy and the promises: P1 (no storm) and P5 (a way out). */
import type { GuardedNight } from './guarded-loop.ts';
import { minutes } from './hand-clock.ts';
import { goodTurn } from './nights.ts';
import { minutesToPromotion, type Scene } from './scene.ts';

/** A sentence that holds, or does not; a bar that is not about this kind of night is not there. */
export interface Bar {
  readonly says: string;
  readonly isKept: boolean;
}

/** A promotion that succeeds, from its start. */
const promotionMinutes = 5;

/** A run of the agent that was under way when the cause was cured, and a good one after it. */
const twoRunsMinutes = 2 * goodTurn.minutes;

function atMost(what: string, count: number, max: number): Bar {
  return { says: `${what}: ${count}, at most ${max}`, isKept: count <= max };
}

/** After the cure a promotion, within so many minutes. */
function promotedWithin(night: GuardedNight, max: number): Bar {
  const wait = minutesToPromotion(night.scene);
  const says = `minutes from the cure to the promotion: ${wait ?? 'none'}, at most ${Math.ceil(max)}`;
  return { says, isKept: wait !== null && wait <= max };
}

/** Nothing that heals stays stopped longer than what it was waiting for when it healed. */
function withinItsProbe(night: GuardedNight): Bar {
  const startMs = (night.waitAtCureMs ?? 0) + (night.restartsAfterMs ?? 0);
  return promotedWithin(night, startMs / minutes(1) + twoRunsMinutes + promotionMinutes);
}

/** What is never cured ends up held, and is told; what is cured does not. */
function heldOnlyFor(night: GuardedNight): Bar {
  const isIncurable = night.scene.night.curedMinute === null;
  const isTold = night.alarms.some((alarm) => alarm.startsWith('circuit-held'));
  const says = isIncurable ? 'it is held in the end, and said so' : 'it is not held';
  return { says, isKept: night.isHeld === isIncurable && isTold === isIncurable };
}

function fatalBars(night: GuardedNight): readonly Bar[] {
  const { promotionAttempts, agentRuns } = night.scene.score;
  const noticedMinutes = 1 + (night.restartsAfterMs ?? 0) / minutes(1);
  return [
    // One with the broken inputs and one with the mended ones: the recheck of a day does not come round in a night.
    { says: `promotion attempts: ${promotionAttempts}, exactly 2`, isKept: promotionAttempts === 2 },
    { says: `agent runs: ${agentRuns}, exactly 1`, isKept: agentRuns === 1 },
    promotedWithin(night, noticedMinutes + promotionMinutes),
    { says: 'it was said', isKept: night.alarms.length > 0 },
    heldOnlyFor(night),
  ];
}

function repeatedBars(night: GuardedNight): readonly Bar[] {
  const { sameSignatureMax, quarantine } = night.policies.breaker;
  const { curedMinute } = night.scene.night;
  const { promotionAttempts, agentRuns } = night.scene.score;
  const untilHeld = Math.max(sameSignatureMax, night.policies.loop.noProgressMax) + quarantine.failedProbesMax;
  return [
    atMost('promotion attempts', promotionAttempts, untilHeld),
    atMost('agent runs', agentRuns, untilHeld),
    heldOnlyFor(night),
    ...(curedMinute === null ? [] : [withinItsProbe(night)]),
  ];
}

function limitedBars(night: GuardedNight): readonly Bar[] {
  const { agentRuns, promotionAttempts } = night.scene.score;
  return [
    // One that meets the limit and one after its stated end; two clocks may differ by a minute, which costs a third.
    atMost('agent runs', agentRuns, 3),
    atMost('promotion attempts', promotionAttempts, 1),
    withinItsProbe(night),
    { says: 'a limit is no failure: nothing opened', isKept: night.alarms.length === 0 },
  ];
}

/** The bars of a night, beside the naive loop's own night. */
export function barsOf(night: GuardedNight, naive: Scene): readonly Bar[] {
  const { score } = night.scene;
  switch (night.scene.night.kind) {
    case 'fatal':
      return fatalBars(night);
    case 'repeated':
      return repeatedBars(night);
    case 'limited':
      return limitedBars(night);
    case 'flaky': {
      const least = Math.floor(naive.score.promotions * 0.8);
      const says = `promotions: ${score.promotions}, at least ${least} (the naive loop has ${naive.score.promotions})`;
      return [
        { says, isKept: score.promotions >= least },
        atMost('promotion attempts', score.promotionAttempts, naive.score.promotionAttempts),
        { says: 'it is not held', isKept: !night.isHeld },
      ];
    }
    case 'busy':
      return [
        atMost('agent runs', score.agentRuns, night.policies.loop.iterationsMax),
        atMost('promotion attempts', score.promotionAttempts, 0),
      ];
  }
}
