/** When a server says that it may be asked again: `Retry-After` of HTTP (RFC 9110, 10.2.3), and what git hosts write. */

/** No stated pause is believed beyond this; a wrong year must not stop a loop for one. Milliseconds. */
const pauseMaxMs = 7 * 24 * 3600 * 1000;

const secondsOf = { second: 1, minute: 60, hour: 3600 } as const;

function statedMs(text: string, nowMs: number): number | null {
  const header = /^[<\s]{0,4}retry-after: {0,4}(\d{1,7}|[A-Z][a-z]{2}, [\w :]{10,30} GMT)\s*$/im.exec(text)?.[1];
  if (header !== undefined) return /^\d+$/.test(header) ? nowMs + Number(header) * 1000 : Date.parse(header);
  const reset = /^[<\s]{0,4}x-ratelimit-reset: {0,4}(\d{9,11})\s*$/im.exec(text)?.[1];
  if (reset !== undefined) return Number(reset) * 1000;
  const words = /\b(?:again|wait|after|in) (?:for )?(\d{1,5}) (second|minute|hour)s?\b/i.exec(text);
  const unit = words?.[2]?.toLowerCase();
  if (unit === 'second' || unit === 'minute' || unit === 'hour') {
    return nowMs + Number(words?.[1]) * secondsOf[unit] * 1000;
  }
  return null;
}

/** The stated time, ISO 8601; undefined when none is stated, or it cannot be meant (not a date, past, over a week away). */
export function statedRetryAt(text: string, nowMs: number): string | undefined {
  const atMs = statedMs(text, nowMs);
  if (atMs === null || !(atMs > nowMs) || atMs > nowMs + pauseMaxMs) return undefined;
  return new Date(atMs).toISOString();
}
