/** The clock and the zone by which stated times are understood. */
import type { StatedClock } from '../core/stated-time.ts';

/** The zone is that of this process, which the programs that we start share. */
export function statedClock(wallMs: number): StatedClock {
  return { wallMs, zone: Intl.DateTimeFormat().resolvedOptions().timeZone };
}
