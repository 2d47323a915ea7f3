/** What the world outside does in a night, the same for every loop that lives through it; and what it cost. */
import { seededRandom } from '../core/seeded-random.ts';
import { type HandClock, handClock, minutes, nightBegins, nightMs } from './hand-clock.ts';
import { type AgentTurn, goodTurn, type Night, type PromotionStep, type StepFault } from './nights.ts';

/** What a night cost and brought. */
export interface Score {
  promotionAttempts: number;
  agentRuns: number;
  promotions: number;
  /** When the first promotion after the cure landed, ms since the night began. */
  promotedMs: number | null;
}

export interface Scene {
  readonly night: Night;
  readonly clock: HandClock;
  readonly random: () => number;
  readonly score: Score;
  readonly isFaulty: () => boolean;
  /** One run of the agent: takes its time and is paid for. */
  readonly runAgent: () => Promise<AgentTurn>;
  /** One step of a promotion: takes its time; the fault it ends with, or null. */
  readonly runStep: (step: PromotionStep) => Promise<StepFault | null>;
  /** A promotion landed. */
  readonly landed: () => void;
  /** The work is on the target, or the night is over. */
  readonly isOver: () => boolean;
}

/** How long a step takes; one that fails at the remote waits for it in vain. */
const stepSeconds: Readonly<Record<PromotionStep, number>> = { fetch: 10, merge: 1, worktree: 3, qa: 240, push: 5 };

export function openScene(night: Night): Scene {
  const clock = handClock();
  const random = seededRandom(night.name.length);
  const score: Score = { promotionAttempts: 0, agentRuns: 0, promotions: 0, promotedMs: null };
  const [from, cured] = [minutes(night.fromMinute), minutes(night.curedMinute ?? Number.POSITIVE_INFINITY)];
  const isFaulty = () => clock.elapsedMs() >= from && clock.elapsedMs() < cured;
  return {
    night,
    clock,
    random,
    score,
    isFaulty,
    runAgent: async () => {
      score.agentRuns += 1;
      const turn = isFaulty() ? (night.agent ?? goodTurn) : goodTurn;
      await clock.pass(minutes(turn.minutes));
      const curedAt = Math.ceil((nightBegins + cured) / 1000);
      return { ...turn, says: turn.says.replace('{{curedAt}}', String(curedAt)) };
    },
    runStep: async (step) => {
      await clock.pass(stepSeconds[step] * 1000);
      if (!isFaulty()) return null;
      return night.promotion?.find((fault) => fault.step === step && random() < (fault.chance ?? 1)) ?? null;
    },
    landed: () => {
      score.promotions += 1;
      if (night.curedMinute === null || !isFaulty()) score.promotedMs ??= clock.elapsedMs();
    },
    isOver: () => clock.elapsedMs() >= nightMs || (score.promotions > 0 && night.goesOn !== true),
  };
}

/** Minutes from the cure to the promotion; null where there was no cure, or no promotion after it. */
export function minutesToPromotion({ night, score }: Scene): number | null {
  if (night.curedMinute === null || score.promotedMs === null) return null;
  return Math.round(score.promotedMs / minutes(1) - night.curedMinute);
}
