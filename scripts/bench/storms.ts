/** Storms: nights of 24 hours, lived through by the real loop, by a naive one, and by one with a plain breaker. */
import { makeSandbox } from '../demo/sandbox.ts';
import { type GuardedNight, playGuarded } from './guarded-loop.ts';
import { nights } from './nights.ts';
import { playNaively, playWithPlainBreaker } from './plain-loops.ts';
import { minutesToPromotion, type Scene } from './scene.ts';
import { barsOf } from './storm-bars.ts';

type Print = (line: string) => void;

const nameWidth = 38;
const numberWidth = 9;

function row(name: string, cells: readonly (string | number)[]): string {
  return name.padEnd(nameWidth) + cells.map((cell) => String(cell).padStart(numberWidth)).join('');
}

function numbers(scene: Scene): readonly (string | number)[] {
  const { promotionAttempts, agentRuns } = scene.score;
  return [promotionAttempts, agentRuns, minutesToPromotion(scene) ?? '-'];
}

/** The same night, lived through by each loop. */
interface Played {
  readonly ours: GuardedNight;
  readonly naive: Scene;
  readonly plain: Scene;
}

const scenesOf = ({ ours, naive, plain }: Played): readonly Scene[] => [ours.scene, naive, plain];

function printHead(print: Print): void {
  const titles = ['loopbreaker', 'naive loop', 'plain breaker'];
  print('24 hours a night: promotion attempts, agent runs paid, minutes from the cure to the promotion');
  print(' '.repeat(nameWidth) + titles.map((title) => title.padStart(3 * numberWidth)).join(''));
  const heads = titles.flatMap(() => ['attempts', 'runs', 'minutes']);
  print(row('night', heads));
}

function totals(played: readonly Played[]): readonly (string | number)[] {
  const columns = [0, 1, 2].map((column) => played.flatMap((night) => scenesOf(night).slice(column, column + 1)));
  return columns.flatMap((scenes) => {
    const attempts = scenes.reduce((sum, { score }) => sum + score.promotionAttempts, 0);
    const runs = scenes.reduce((sum, { score }) => sum + score.agentRuns, 0);
    return [attempts, runs, ''];
  });
}

async function playAll(print: Print): Promise<readonly Played[]> {
  const sandbox = await makeSandbox();
  const played: Played[] = [];
  try {
    for (const night of nights) {
      const ours = await playGuarded(night, { sandbox, whenQuarantined: 'wait', restartsAfterMs: null });
      const each = { ours, naive: await playNaively(night), plain: await playWithPlainBreaker(night) };
      print(row(night.name, scenesOf(each).flatMap(numbers)) + (ours.isHeld ? '  held' : ''));
      played.push(each);
    }
  } finally {
    sandbox.dispose();
  }
  return played;
}

/** Prints the table; true when every bar of every night is kept. */
export async function measure(print: Print): Promise<boolean> {
  printHead(print);
  const played = await playAll(print);
  print(row('all', totals(played)));
  const bars = played.flatMap(({ ours, naive }) =>
    barsOf(ours, naive).map((bar) => ({ ...bar, says: `${ours.scene.night.name}: ${bar.says}` })),
  );
  const missed = bars.filter((bar) => !bar.isKept);
  print(`${bars.length - missed.length} of ${bars.length} bars kept`);
  for (const bar of missed) print(`MISSED  ${bar.says}`);
  return missed.length === 0;
}
