/** Things that are compared run in turn; of each the median is kept. */

export interface Contestant {
  readonly name: string;
  /** Not timed: what this round needs to be a fair one. */
  readonly prepare?: () => Promise<unknown> | unknown;
  readonly run: () => Promise<unknown> | unknown;
}

/** Milliseconds. */
export interface Timing {
  readonly name: string;
  readonly medianMs: number;
  readonly minMs: number;
}

/** The median and the least of some times, in ms. */
export function timingOf(name: string, times: readonly number[]): Timing {
  const sorted = [...times].sort((a, b) => a - b);
  return { name, medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0, minMs: sorted[0] ?? 0 };
}

/** Runs all contestants in each of `rounds` rounds, after one that is not counted. */
export async function inTurn(contestants: readonly Contestant[], rounds: number): Promise<readonly Timing[]> {
  const times = contestants.map((): number[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, contestant] of contestants.entries()) {
      await contestant.prepare?.();
      const start = performance.now();
      await contestant.run();
      if (round > 0) times[index]?.push(performance.now() - start);
    }
  }
  return contestants.map(({ name }, index) => timingOf(name, times[index] ?? []));
}

/** One line: both medians, their ratio, n, and the bar. */
export function comparison(timing: Timing, base: Timing, rounds: number, bar: number): string {
  const ratio = timing.medianMs / base.medianMs;
  const verdict = `bar ${bar} ${ratio <= bar ? 'kept' : 'MISSED'}`;
  const show = ({ name, medianMs, minMs }: Timing) => `${name} ${medianMs.toFixed(1)} ms (min ${minMs.toFixed(1)})`;
  return `${ratio.toFixed(2)} x  ${show(timing)} / ${show(base)}, n=${rounds}, ${verdict}`;
}
