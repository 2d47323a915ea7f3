/** A clock that is moved by hand: a night of hours passes as fast as the code under it can think. */

const minuteMs = 60_000;

/** The length of a night. */
export const nightMs = 24 * 60 * minuteMs;

/** When every night begins, wall clock. */
export const nightBegins = Date.UTC(2026, 0, 5, 22);

type Change = () => Promise<void> | void;

export interface HandClock {
  /** ms since the night began. */
  readonly elapsedMs: () => number;
  readonly wallMs: () => number;
  /** Lets time pass; what is to happen meanwhile happens at its time. The night's end ends it. */
  readonly pass: (ms: number) => Promise<void>;
  /** Something that happens at this time, ms since the night began. */
  readonly at: (ms: number, change: Change) => void;
  /** When the next such thing happens; the end of the night when nothing does. */
  readonly nextChangeMs: () => number;
}

export function handClock(): HandClock {
  let elapsed = 0;
  let changes: readonly { readonly ms: number; readonly change: Change }[] = [];
  const nextChange = () => changes[0];
  return {
    elapsedMs: () => elapsed,
    wallMs: () => nightBegins + elapsed,
    pass: async (ms) => {
      const until = Math.min(elapsed + ms, nightMs);
      for (let next = nextChange(); next !== undefined && next.ms <= until; next = nextChange()) {
        changes = changes.slice(1);
        elapsed = Math.max(elapsed, next.ms);
        await next.change();
      }
      elapsed = until;
    },
    at: (ms, change) => {
      changes = [...changes, { ms, change }].sort((a, b) => a.ms - b.ms);
    },
    nextChangeMs: () => nextChange()?.ms ?? nightMs,
  };
}

/** Minutes to ms. */
export const minutes = (count: number): number => count * minuteMs;
