/**
 * Version ranges as package.json and the manifest write them: `>=20.19`, `^1.2.3`, `~1.2`, `20.x`, `1.2 - 3`, `||`.
 * A range is a list of intervals, so that two ranges can be compared. Where npm's own reader is subtler (pre-releases
 * of other versions than the named one), this one lets the version in: it is used to refuse, and must not refuse wrongly.
 */

/** Major, minor, patch, and -1 for a pre-release, which comes before its release; +1 is "just after". */
type Version = readonly [number, number, number, number];

interface Interval {
  readonly from: Version;
  /** Not included. */
  readonly to: Version;
}

export type VersionRange = readonly Interval[];

const lowest: Version = [0, 0, 0, 0];
const highest: Version = [Infinity, 0, 0, 0];

function compare(a: Version, b: Version): number {
  for (const [index, number] of a.entries()) {
    const other = b[index] ?? 0;
    if (number !== other) return number - other;
  }
  return 0;
}

/** The first version in what a tool prints, such as `v20.20.2` or `git version 2.39.5 (Apple Git-154)`; null without one. */
export function versionIn(text: string): string | null {
  return /(?<![\w.])v?(\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?)/.exec(text)?.[1] ?? null;
}

function parseVersion(text: string): Version | null {
  const match = /^[v=]*(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.\d+)*(-[0-9A-Za-z.-]+)?(?:\+.*)?/.exec(text);
  if (match === null) return null;
  const [, major, minor, patch, prerelease] = match;
  return [Number(major), Number(minor ?? 0), Number(patch ?? 0), prerelease === undefined ? 0 : -1];
}

interface Partial {
  readonly numbers: readonly number[];
  readonly prerelease: boolean;
}

/** `20`, `20.x`, `1.2.3-rc.1`, `*`; null when it is nothing of the kind. */
function parsePartial(text: string): Partial | null {
  if (text === '' || /^[*xX]$/.test(text)) return { numbers: [], prerelease: false };
  const match = /^v?(\d+)(?:\.(\d+|[*xX]))?(?:\.(\d+|[*xX]))?(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/.exec(text);
  if (match === null) return null;
  const numbers: number[] = [];
  for (const part of match.slice(1, 4)) {
    if (part === undefined || /[*xX]/.test(part)) break;
    numbers.push(Number(part));
  }
  return { numbers, prerelease: match[4] !== undefined };
}

/** The first version after all that share the first `count` numbers. */
function after({ numbers }: Partial, count: number): Version {
  if (count === 0) return highest;
  const [major = 0, minor = 0, patch = 0] = numbers;
  // A pre-release of the upper bound is outside too: ^1.2.3 does not mean 2.0.0-rc.1.
  if (count === 1) return [major + 1, 0, 0, -1];
  return count === 2 ? [major, minor + 1, 0, -1] : [major, minor, patch + 1, -1];
}

function start({ numbers, prerelease }: Partial): Version {
  const [major = 0, minor = 0, patch = 0] = numbers;
  return numbers.length === 0 ? lowest : [major, minor, patch, prerelease ? -1 : 0];
}

/** How many numbers must stay the same under `^`: up to the first that is not 0, as far as they are written. */
function caretCount({ numbers }: Partial): number {
  const index = numbers.findIndex((number) => number !== 0);
  return index === -1 ? numbers.length : index + 1;
}

function comparator(operator: string, partial: Partial): Interval {
  const from = start(partial);
  const next: Version =
    partial.numbers.length === 3 ? [from[0], from[1], from[2], from[3] + 1] : after(partial, partial.numbers.length);
  switch (operator) {
    case '>=':
      return { from, to: highest };
    case '>':
      return { from: next, to: highest };
    case '<':
      return { from: lowest, to: partial.prerelease ? from : [from[0], from[1], from[2], -1] };
    case '<=':
      return { from: lowest, to: next };
    case '^':
      return { from, to: after(partial, caretCount(partial)) };
    case '~':
      return { from, to: after(partial, Math.min(2, partial.numbers.length)) };
    default:
      return { from, to: next };
  }
}

const isEmpty = ({ from, to }: Interval): boolean => compare(from, to) >= 0;

function both(a: Interval, b: Interval): Interval {
  return { from: compare(a.from, b.from) > 0 ? a.from : b.from, to: compare(a.to, b.to) < 0 ? a.to : b.to };
}

function parseAlternative(text: string): Interval | null {
  const hyphen = /^\s*(\S+)\s+-\s+(\S+)\s*$/.exec(text);
  const words = hyphen === null ? text : `>=${hyphen[1]} <=${hyphen[2]}`;
  const joined = words.replaceAll(/(>=|<=|[<>=^~])\s+/g, '$1').replaceAll('~>', '~');
  let interval: Interval = { from: lowest, to: highest };
  for (const word of joined.split(/[\s,]+/).filter((part) => part !== '')) {
    const [, operator = '', version = ''] = /^(>=|<=|[<>=^~])?(.*)$/.exec(word) ?? [];
    const partial = parsePartial(version);
    if (partial === null) return null;
    interval = both(interval, comparator(operator, partial));
  }
  return interval;
}

function merged(intervals: readonly Interval[]): VersionRange {
  const result: Interval[] = [];
  const sorted = intervals.filter((one) => !isEmpty(one)).sort((a, b) => compare(a.from, b.from));
  for (const interval of sorted) {
    const last = result.at(-1);
    // 19 ends before the pre-releases of 20.0.0, and 20 begins after them: they touch all the same.
    const gapEnd: Version | undefined = last && [last.to[0], last.to[1], last.to[2], Math.max(0, last.to[3])];
    if (last === undefined || gapEnd === undefined || compare(interval.from, gapEnd) > 0) result.push(interval);
    else if (compare(interval.to, last.to) > 0) result[result.length - 1] = { from: last.from, to: interval.to };
  }
  return result;
}

/** The range that a text means, or null when it is none, such as `latest` or a URL. */
export function parseRange(text: string): VersionRange | null {
  const alternatives = text.split('||').map(parseAlternative);
  const known = alternatives.filter((one) => one !== null);
  return known.length === alternatives.length ? merged(known) : null;
}

/** Whether a version lies in the range; null when the text is no version. */
export function isInRange(version: string, range: VersionRange): boolean | null {
  const parsed = parseVersion(version);
  if (parsed === null) return null;
  return range.some(({ from, to }) => compare(from, parsed) <= 0 && compare(parsed, to) < 0);
}

/** Whether every version of the one range lies in the other. */
export function isWithin(inner: VersionRange, outer: VersionRange): boolean {
  return inner.every((one) => outer.some(({ from, to }) => compare(from, one.from) <= 0 && compare(one.to, to) <= 0));
}
