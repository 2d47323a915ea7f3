/**
 * When a limit ends, read from what is printed about it. Wordings: `Retry-After` of HTTP (RFC 9110, 10.2.3), git hosts
 * (`X-RateLimit-Reset`, "wait 60 seconds"), Claude Code ("resets 2pm (Europe/Berlin)",
 * "resets Oct 6, 1pm", "limit reached|1753077600"), Codex ("try again at 3:45 PM", "at Oct 6th, 2025 1:00 PM", "in 2 days
 * 17 hours 14 minutes", `resets_at`, `resets_in_seconds`), Gemini CLI ("will reset after 4h28m20s").
 */
import { epochMs } from './output-reader.ts';
import { isZone, momentsOf, type WallTime, wallTimeAt } from './zoned-time.ts';

/** What is needed to understand a stated time: the wall clock in ms, and the zone that bare clock times are in. */
export interface StatedClock {
  readonly wallMs: number;
  readonly zone: string;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A clock time that passed so short ago is the one that was meant: clocks differ, and output is read a little later. */
const justPassedMs = 10 * minuteMs;

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: secondMs,
  m: minuteMs,
  h: hourMs,
  d: dayMs,
  w: 7 * dayMs,
};

/** "4h28m20s", "2 days 17 hours 14 minutes", "1 hour and 5 min", "45.3s". */
function durationMs(text: string): number | null {
  const one =
    /^(?:,|and|\s)*(\d{1,9}(?:\.\d{1,9})?)\s*(ms|weeks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)(?![a-z])/i;
  let [sum, rest] = [0, text];
  for (let found = one.exec(rest); found !== null; found = one.exec(rest)) {
    const [whole, count = '', unit = ''] = found;
    sum += Number(count) * (units[unit.toLowerCase()] ?? units[unit.charAt(0).toLowerCase()] ?? 0);
    rest = rest.slice(whole.length);
  }
  if (rest !== text) return sum;
  return /^less than a minute/i.test(text) ? minuteMs : null;
}

function momentOf(text: string): number | null {
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? null : moment;
}

const isoPattern = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?\s?(?:Z|UTC|[+-]\d{2}:?\d{2})/i;

function isoMs(text: string): number | null {
  const found = isoPattern
    .exec(text)?.[0]
    .replace(/\s?UTC$/i, 'Z')
    .replace(' ', 'T');
  return found === undefined ? null : momentOf(found);
}

/** "2025-10-06 13:00", by the clocks of the zone. */
function localIsoMs(text: string, zone: string): number | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?/.exec(text)?.slice(1);
  if (found === undefined) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.map((part) => Number(part ?? 0));
  return momentsOf({ year, month, day, hour, minute, second }, zone)[0] ?? null;
}

interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** What follows in the text. */
  readonly rest: string;
}

function clockIn(text: string): Clock | null {
  const word = /^(noon|midnight)\b/i.exec(text)?.[1]?.toLowerCase();
  if (word !== undefined)
    return { hour: word === 'noon' ? 12 : 0, minute: 0, second: 0, rest: text.slice(word.length) };
  const found = /^(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?(?!\d)(?:\s*([ap])\.?m\b\.?)?/i.exec(text);
  if (found === null) return null;
  const [whole, hours = '', minutes, seconds = '0', half] = found;
  // A bare number may be anything.
  if (minutes === undefined && half === undefined) return null;
  const isAfternoon = half?.toLowerCase() === 'p';
  const hour = half === undefined ? Number(hours) : (Number(hours) % 12) + (isAfternoon ? 12 : 0);
  const [minute, second] = [Number(minutes ?? 0), Number(seconds)];
  const isClock = hour < 24 && minute < 60 && second < 60 && (half === undefined || Number(hours) <= 12);
  return isClock ? { hour, minute, second, rest: text.slice(whole.length) } : null;
}

/** The zone that is named after a clock time, else the one that is assumed. */
function zoneAfter(rest: string, assumed: string): string {
  const named = /^\s*(?:\(([A-Za-z][\w+/-]{1,40})\)|(UTC|GMT)\b)/.exec(rest);
  const zone = named?.[1] ?? named?.[2];
  return zone !== undefined && isZone(zone) ? zone : assumed;
}

/** The first time, some days from now, that clocks show it; it may have passed just now. A null weekday is any. */
function nextMs(
  time: Clock,
  clock: StatedClock,
  weekday: number | null,
  daysFromNow: readonly number[],
): number | null {
  const zone = zoneAfter(time.rest, clock.zone);
  const { hour, minute, second } = time;
  const today = wallTimeAt(clock.wallMs, zone);
  // Days of the calendar: where clocks change, one of them is not 24 hours.
  const moments = daysFromNow.flatMap((days) => {
    const date = new Date(Date.UTC(today.year, today.month - 1, today.day + days));
    if (weekday !== null && date.getUTCDay() !== weekday) return [];
    const day = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
    return momentsOf({ ...day, hour, minute, second }, zone);
  });
  return moments.sort((a, b) => a - b).find((moment) => moment >= clock.wallMs - justPassedMs) ?? null;
}

/** "Oct 6, 1pm", "Oct 6th, 2025 1:00 PM", "Apr 23 at 4pm (America/Recife)". Without a year, the nearest such day. */
function dateMs(text: string, clock: StatedClock): number | null {
  const found = /^([a-z]{3})[a-z]*\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?(?:,|\s|at\b)*/i.exec(text);
  const month = months.indexOf(found?.[1]?.toLowerCase() ?? '') + 1;
  const day = Number(found?.[2]);
  if (found === null || month === 0 || day < 1 || day > 31) return null;
  const time = clockIn(text.slice(found[0].length)) ?? { hour: 0, minute: 0, second: 0, rest: '' };
  const zone = zoneAfter(time.rest, clock.zone);
  const thisYear = wallTimeAt(clock.wallMs, zone).year;
  const years = found[3] === undefined ? [thisYear - 1, thisYear, thisYear + 1] : [Number(found[3])];
  const { hour, minute, second } = time;
  const moments = years.flatMap((year) =>
    momentsOf({ year, month, day, hour, minute, second } satisfies WallTime, zone),
  );
  const far = (moment: number) => Math.abs(moment - clock.wallMs);
  return moments.sort((a, b) => far(a) - far(b))[0] ?? null;
}

function weekdayMs(text: string, clock: StatedClock): number | null {
  const found = /^([a-z]{3})[a-z]*(?:,|\s|at\b)+/i.exec(text);
  const weekday = weekdays.indexOf(found?.[1]?.toLowerCase() ?? '');
  const time = found === null || weekday === -1 ? null : clockIn(text.slice(found[0].length));
  return time === null ? null : nextMs(time, clock, weekday, [-1, 0, 1, 2, 3, 4, 5, 6, 7]);
}

/** Reads what stands right after the words that announce a time. */
function announcedMs(text: string, clock: StatedClock): number | null {
  const after = durationMs(text);
  if (after !== null) return clock.wallMs + after;
  const day = isoMs(text) ?? localIsoMs(text, clock.zone) ?? dateMs(text, clock) ?? weekdayMs(text, clock);
  if (day !== null) return day;
  const tomorrow = /^tomorrow(?:,|\s|at\b)+/i.exec(text)?.[0];
  const time = clockIn(text.slice(tomorrow?.length ?? 0));
  return time === null ? null : nextMs(time, clock, null, tomorrow === undefined ? [-1, 0, 1, 2] : [1]);
}

/** Times that programs write for programs, also inside of a message. */
function typedMs(text: string, clock: StatedClock): number | null {
  const epoch = /(?:limit reached\||\b(?:resets_?at|x-ratelimit-reset)\\?"?\s*[:=]\s*)(\d{9,13})\b/i.exec(text)?.[1];
  if (epoch !== undefined) return epochMs(Number(epoch));
  const seconds = /\b(?:resets_in_seconds|retry-?after)\\?"?\s*[:=]\s*"?(\d{1,9})\b/i.exec(text)?.[1];
  if (seconds !== undefined) return clock.wallMs + Number(seconds) * secondMs;
  const date = /\bretry-after:\s{0,4}([A-Z][a-z]{2}, [\w :]{10,30} GMT)/i.exec(text)?.[1];
  if (date !== undefined) return momentOf(date);
  const stamp = /\bquotaResetTimeStamp\\?"?\s*[:=]\s*\\?"([^"\\]{1,40})/i.exec(text)?.[1];
  return stamp === undefined ? null : isoMs(stamp);
}

const announcement =
  /\b(?:resets?|try(?:ing)? again|retry(?:ing)?|resume|wait)\b(?:[\s:·∙|-]|\b(?:using|this|model|will|be|on|at|in|after|until|date|for|at least|another)\b)*/gi;

/** How much is read after an announcement. */
const announcedMax = 80;

/**
 * The moment (epoch, ms) at which a text says that the limit ends; null when it names none that can be understood. Of
 * several the last one: retries come before the failure.
 */
export function statedReset(text: string, clock: StatedClock): number | null {
  const typed = typedMs(text, clock);
  if (typed !== null) return typed;
  // Terminals wrap sentences.
  const flat = text.replace(/\s+/g, ' ');
  let last: number | null = null;
  for (const found of flat.matchAll(announcement)) {
    const from = found.index + found[0].length;
    last = announcedMs(flat.slice(from, from + announcedMax), clock) ?? last;
  }
  return last;
}
