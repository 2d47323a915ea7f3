/**
 * Time as the breaker believes it. Within one boot it follows the monotonic clock, so that setting the wall clock
 * neither frees a quarantine early nor prolongs it; after a reboot a wall clock that went forward is believed and one
 * that went back is not (it costs at most what was left of one quarantine).
 */

export interface ClockReading {
  /** Wall clock, ms since the epoch. */
  readonly wallMs: number;
  /** Time since boot, suspension included, ms. */
  readonly monotonicMs: number;
  readonly bootId: string;
}

/** What the controller remembers of the last write: `atMs` is believed time, not necessarily the wall's. */
export interface ClockAnchor {
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly bootId: string;
}

/** Believed time now, in ms. Without an anchor (a first run) the wall clock is all there is. */
export function believedNow(anchor: ClockAnchor | null, reading: ClockReading): number {
  if (anchor === null) return reading.wallMs;
  if (anchor.bootId === reading.bootId && reading.monotonicMs >= anchor.monotonicMs) {
    return Math.round(anchor.atMs + (reading.monotonicMs - anchor.monotonicMs));
  }
  return Math.max(anchor.atMs, reading.wallMs);
}

/**
 * The anchor to store with a write that happens at `nowMs`. Rounded down: an anchor ahead of its own reading would look
 * like a clock that went back at the next write, and the wall clock would be believed.
 */
export function anchorAt(nowMs: number, reading: ClockReading): ClockAnchor {
  return { atMs: nowMs, monotonicMs: Math.floor(reading.monotonicMs), bootId: reading.bootId };
}
