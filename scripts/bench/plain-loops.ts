/** What people run instead: a loop that tries again at once, and the same one behind a plain circuit breaker. */
import { nightMs } from './hand-clock.ts';
import type { Night } from './nights.ts';
import { promotionSteps } from './nights.ts';
import { openScene, type Scene } from './scene.ts';

/** Between two tries. */
const pauseMs = 5000;

/** How long a program runs that cannot be loaded. */
const startMs = 1000;

interface PlainBreaker {
  /** ms that it stays open from now; 0 when it lets a call through. */
  readonly openForMs: () => number;
  readonly record: (succeeded: boolean) => void;
}

const noBreaker: PlainBreaker = { openForMs: () => 0, record: () => undefined };

/** Opens for 60 s after 5 failures in a row; then one call decides. */
function plainBreaker({ clock }: Scene): PlainBreaker {
  let failures = 0;
  let openUntil = 0;
  return {
    openForMs: () => Math.max(0, openUntil - clock.elapsedMs()),
    record: (succeeded) => {
      failures = succeeded ? 0 : failures + 1;
      if (failures >= 5) openUntil = clock.elapsedMs() + 60_000;
    },
  };
}

async function promotes(scene: Scene): Promise<boolean> {
  scene.score.promotionAttempts += 1;
  if (scene.night.missing !== undefined && scene.isFaulty()) {
    await scene.clock.pass(startMs);
    return false;
  }
  for (const step of promotionSteps) if ((await scene.runStep(step)) !== null) return false;
  return true;
}

/** What the agent has claimed: nothing, that it is done although nothing is new, or work. */
type Claim = 'none' | 'empty' | 'work';

async function runAgent(scene: Scene, breaker: PlainBreaker): Promise<Claim> {
  const turn = await scene.runAgent();
  breaker.record(turn.exitCode === 0 && (turn.claim || turn.commit !== null));
  if (!turn.claim) return 'none';
  return turn.commit === null ? 'empty' : 'work';
}

/** A claim stays until it has landed; one of nothing is over once it was promoted. */
async function promote(scene: Scene, breaker: PlainBreaker, claim: Claim): Promise<Claim> {
  const landed = (await promotes(scene)) && claim === 'work';
  breaker.record(landed);
  if (landed) scene.landed();
  return landed || claim === 'empty' ? 'none' : claim;
}

/** Lives through a night: the agent until it claims, then the promotion until it works. Generous: every cure suffices. */
async function live(scene: Scene, agent: PlainBreaker, promotion: PlainBreaker): Promise<void> {
  let claim: Claim = 'none';
  while (!scene.isOver()) {
    const breaker = claim === 'none' ? agent : promotion;
    await scene.clock.pass(breaker.openForMs());
    if (scene.clock.elapsedMs() >= nightMs) return;
    claim = claim === 'none' ? await runAgent(scene, agent) : await promote(scene, promotion, claim);
    await scene.clock.pass(pauseMs);
  }
}

/** The night of a loop without any breaker. */
export async function playNaively(night: Night): Promise<Scene> {
  const scene = openScene(night);
  await live(scene, noBreaker, noBreaker);
  return scene;
}

/** The night of a loop whose agent and promotion each have a plain breaker: 5 failures, 60 s. */
export async function playWithPlainBreaker(night: Night): Promise<Scene> {
  const scene = openScene(night);
  await live(scene, plainBreaker(scene), plainBreaker(scene));
  return scene;
}
