/** Clock times in time zones, with Intl alone: agents state the end of a limit as people do, "2pm (Europe/Berlin)". */

/** A time as a clock on the wall shows it; month 1-12. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Whether Intl knows the zone, by IANA name or by a usual abbreviation such as UTC. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function utcOf({ year, month, day, hour, minute, second }: WallTime): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** What clocks of the zone show at a moment. */
export function wallTimeAt(epochMs: number, zone: string): WallTime {
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const parts = new Map(format.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const [year, month, day] = [part('year'), part('month'), part('day')];
  return { year, month, day, hour: part('hour'), minute: part('minute'), second: part('second') };
}

function offsetAt(epochMs: number, zone: string): number {
  const whole = Math.floor(epochMs / 1000) * 1000;
  return utcOf(wallTimeAt(whole, zone)) - whole;
}

/**
 * The moments at which clocks of the zone show that time, earliest first: two where clocks are put back over it; where
 * they are put forward over it, the one as far after the gap as the time lies in it.
 */
export function momentsOf(time: WallTime, zone: string): readonly number[] {
  const asUtc = utcOf(time);
  const offsets = [offsetAt(asUtc - dayMs, zone), offsetAt(asUtc + dayMs, zone)];
  const exact = offsets.map((offset) => asUtc - offset).filter((moment) => offsetAt(moment, zone) === asUtc - moment);
  const moments = exact.length > 0 ? exact : [asUtc - (offsets[0] ?? 0)];
  return [...new Set(moments)].sort((a, b) => a - b);
}
