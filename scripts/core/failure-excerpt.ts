/**
 * Which lines of a long output tell a person, and an agent, what failed. Runners announce a failed test where it happened
 * and print on: what passed, coverage, a summary. So the end alone often says only how many there were. Pure.
 */

/** Lines that announce one failed test, of TAP, node:test, vitest, jest, mocha, RSpec, go, pytest, unittest, cargo, googletest. */
const headlines: readonly RegExp[] = [
  /^\s*not ok \d+\b(?!.*# (?:TODO|SKIP)\b)/i,
  /^\s*[✖✗✘×✕●❌] \s*\S/,
  /^\s*\d{1,4}\) \S/,
  /^\s*(?:--- )?FAIL(?:ED|URE)?\b[: \t]/,
  /\bFAIL(?:ED|URE)?!?\s*(?:\[\s*\d{1,3}%\])?$/,
  /^_{3,} .{1,200} _{3,}$/,
  /^---- .{1,200} ----$/,
  /^\[\s*FAILED\s*\]/,
];

/** Lines with which something else begins: a test that passed, the next test, what jest collected from the console. */
const elsewhere: readonly RegExp[] = [
  /^\s*(?:ok \d+\b|[✓✔√] |PASS\b|(?:--- )?PASS:|# Subtest:)/,
  /(?:\.\.\. ok|\bPASSED\s*(?:\[\s*\d{1,3}%\])?)$/,
  /^\[\s*(?:OK|RUN)\s*\]/,
  /^\s*● Console$/,
];

/** Lines that say what is wrong: exceptions, assertions, compilers. */
const complaints: readonly RegExp[] = [
  /(?:^|[\s([>])\w{0,60}(?:Error|Exception)\b(?: \[\w{1,60}\])?:/,
  /(?:^|[\s:)])error(?:\[\w{1,20}\])?(?: [A-Z]{1,10}\d{1,6})?(?::(?: |$)| {2}\S)/,
  /^\s*(?:expected|received|actual|got|want|left)\b ?[:=]/i,
  /^npm (?:error|ERR!) code E(?!LIFECYCLE\b)[A-Z]/,
  /^E {2,}\S|^Traceback \(|\bpanicked at |^panic: |Failure\/Error:|\b[Aa]ssertion\b.{0,200}\bfailed\b/,
];

/** A place, and what is said of it; of warnings there may be hundreds. */
const place = /^\s*[\w./@-]{1,300}\.\w{1,10}:\d+(?::\d+)?:? (?!.{0,20}\bwarning\b)\S/;

type Kind = 'headline' | 'elsewhere' | 'complaint' | 'place' | 'other';

const saysWhy = (kind: Kind): boolean => kind === 'complaint' || kind === 'place';

function kindOf(line: string): Kind {
  if (elsewhere.some((one) => one.test(line))) return 'elsewhere';
  if (headlines.some((one) => one.test(line))) return 'headline';
  if (place.test(line)) return 'place';
  return complaints.some((one) => one.test(line)) ? 'complaint' : 'other';
}

/** Lines from `begin` up to and without `end`. */
interface Block {
  readonly begin: number;
  readonly end: number;
}

/** A failure is looked at for so many lines; what a program prints about one of them is rarely longer. */
const blockLinesMax = 40;

/** Biome and others say the place first, above a blank line. */
const placeLinesMax = 2;

/** From each headline, and a place above it, to where something else begins, of those that say what is wrong. */
function failureBlocks(kinds: readonly Kind[]): readonly Block[] {
  return kinds.flatMap((kind, begin) => {
    if (kind !== 'headline') return [];
    const rest = kinds.slice(begin + 1, begin + blockLinesMax);
    const next = rest.findIndex((other) => other === 'headline' || other === 'elsewhere');
    const end = begin + 1 + (next < 0 ? rest.length : next);
    const above = Math.max(0, begin - placeLinesMax);
    const placed = kinds.slice(above, begin).indexOf('place');
    if (placed >= 0) return [{ begin: above + placed, end }];
    return kinds.slice(begin, end).some(saysWhy) ? [{ begin, end }] : [];
  });
}

/** Where no announced test says why, as of a compiler, a linter or a crash: from the line before the first sign on. */
function firstSign(kinds: readonly Kind[]): readonly Block[] {
  const complaint = kinds.findIndex(saysWhy);
  const at = complaint < 0 ? kinds.indexOf('headline') : complaint;
  return at < 0 ? [] : [{ begin: Math.max(0, at - 1), end: kinds.length }];
}

/** What Node and Rust do between a test and its failure. */
const runtimeFrame = /^\s+(?:at )?(?:.{0,200}\()?node:\w|^\s+at \/rustc\//;

/** A longer line is cut: one that was meant for a machine must not take the place of all others. */
const lineMax = 300;

/** What the mark of a gap may take. */
const gapLength = 32;

/** Chooses lines, in this order, as long as they fit into `room` characters; returns how many they take. */
function choose(chosen: Set<number>, lines: readonly string[], order: readonly number[], room: number): number {
  let used = 0;
  for (const index of order) {
    const length = chosen.has(index) ? 0 : (lines[index] ?? '').length + 1;
    if (used + length > room) break;
    chosen.add(index);
    used += length;
  }
  return used;
}

function withGapsMarked(lines: readonly string[], chosen: ReadonlySet<number>): string {
  let next = 0;
  const shown = [...chosen]
    .sort((a, b) => a - b)
    .flatMap((index) => {
      const between = lines.slice(next, index);
      next = index + 1;
      const line = lines[index] ?? '';
      // A short line takes no more room than the mark that it was left out.
      if (between.length < 2 && between.join('').length < gapLength) return [...between, line];
      return [`… (${between.length} ${between.length === 1 ? 'line' : 'lines'} left out)`, line];
    });
  return shown.join('\n');
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

/** npm ends a refusal with the help of its command, which is longer than what it says of the cause. */
function withoutUsage(lines: readonly string[]): readonly string[] {
  let isHelp = false;
  return lines.filter((line) => {
    isHelp = /^npm (?:error|ERR!) Usage:$/.test(line) || (isHelp && /^npm (?:error|ERR!)(?: |$)/.test(line));
    const isLeftOut = isHelp;
    if (/^npm \S{4,5} Run "npm help /.test(line)) isHelp = false;
    return !isLeftOut;
  });
}

/**
 * The text itself, but for help that npm adds, where it has at most `max` characters; else the last lines, for at most a third of the room, and the
 * first failures that say what is wrong. What lies between is marked. Of an output that announces nothing, its end.
 */
export function tellingPart(text: string, max: number): string {
  const whole = withoutUsage(text.trim().split('\n')).join('\n').trim();
  if (whole.length <= max) return whole;
  const cut = (line: string) => (line.length > lineMax ? `${line.slice(0, lineMax - 1)}…` : line);
  const lines = whole
    .split('\n')
    .map(cut)
    .filter((line) => !runtimeFrame.test(line));
  const kinds = lines.map(kindOf);
  const told = failureBlocks(kinds);
  const blocks = told.length > 0 ? told : firstSign(kinds);
  const chosen = new Set<number>();
  const isSilent = blocks.length === 0;
  const begin = isSilent ? 0 : kinds.lastIndexOf('elsewhere') + 1;
  const backwards = range(begin, lines.length).reverse();
  let left = max - gapLength;
  left -= choose(chosen, lines, backwards, isSilent ? left : Math.floor(max / 3));
  for (const block of blocks) {
    if (left <= gapLength) break;
    left -= gapLength;
    left -= choose(chosen, lines, range(block.begin, block.end), left);
  }
  return withGapsMarked(lines, chosen);
}
