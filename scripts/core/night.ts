/** The journal read for people: what happened since a time, in numbers and in the lines that matter. Pure. */
import { bypassEvent, type JournalEntry } from './journal.ts';
import { ownRules } from './own-failures.ts';

/** A line of events.jsonl. Nobody vouches for its details: they are read by `detailOf`. */
export type JournalRecord = JournalEntry & { readonly at: string };

export interface NightEvent {
  readonly at: string;
  readonly event: string;
  readonly run: string | null;
  /** What it was about: a hook, a circuit, a branch, an outcome, a rule. */
  readonly about: string | null;
  readonly why: string | null;
  readonly until: string | null;
}

/** The JSON contract of `status --since`. */
export interface Night {
  readonly since: string;
  readonly until: string;
  /** False: the journal begins later than asked for, and what was before is not known. */
  readonly whole: boolean;
  readonly counts: {
    readonly loops: number;
    readonly agentRuns: number;
    readonly agentFailures: number;
    readonly claims: number;
    /** Claims with nothing that could be promoted: not committed, no commit, another branch. */
    readonly claimsRefused: number;
    readonly promotions: number;
    readonly promoted: number;
    readonly blocked: number;
    readonly stops: number;
    readonly waits: number;
    readonly abandoned: number;
    readonly alerts: number;
  };
  /** How often the agent failed, by rule, the most frequent first. */
  readonly agentFailures: readonly { readonly rule: string; readonly count: number }[];
  readonly events: readonly NightEvent[];
  /** Older events than those shown. */
  readonly leftOut: number;
}

/** A detail of a line as text; null when it has none. */
export function detailOf(line: JournalRecord, name: string): string | null {
  const value: unknown = line[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

const silent = ['controller-written', 'phase', 'agent-begun', 'promotion-begun', 'loop-begun', 'circuit-half-open'];

/** An agent run that ended well, only made progress, or ended with the block that was just told, is counted and not listed. */
function matters(line: JournalRecord, before: JournalRecord | undefined): boolean {
  if (line.event !== 'agent-ended') return true;
  const rule = detailOf(line, 'rule');
  return rule !== null && !(before?.event === 'promotion-ended' && detailOf(before, 'rule') === rule);
}

function eventOf(line: JournalRecord): NightEvent {
  const word = (name: string) => detailOf(line, name);
  const exit = word('exitCode') === null ? null : `exit ${word('exitCode')}`;
  const named = [word('outcome'), word('hook'), word('circuit'), word('branch'), word('rule'), word('code'), exit];
  const about = named.filter((one) => one !== null).join(' ');
  return {
    at: line.at,
    event: line.event,
    run: word('run'),
    about: about === '' ? null : about.replaceAll('refs/heads/', ''),
    why: word('why'),
    until: word('until'),
  };
}

const refusedClaims: readonly string[] = [ownRules.claimDirty.id, ownRules.claimMoved.id];

/** A claim with nothing to promote has the rule of any run without progress: only its sentence tells them apart. */
function isRefusedClaim(line: JournalRecord): boolean {
  const isEmpty = detailOf(line, 'why') === ownRules.nothingToPromote.problem;
  return isEmpty || refusedClaims.includes(detailOf(line, 'rule') ?? '');
}

function byRule(failed: readonly JournalRecord[]): Night['agentFailures'] {
  const counts = new Map<string, number>();
  for (const line of failed) {
    const rule = detailOf(line, 'rule') ?? 'unknown';
    counts.set(rule, (counts.get(rule) ?? 0) + 1);
  }
  return [...counts].map(([rule, count]) => ({ rule, count })).sort((one, other) => other.count - one.count);
}

/** The bypasses put where they belong; other events keep their order, also over a clock that was set back. */
function byTime(events: readonly NightEvent[]): readonly NightEvent[] {
  const sorted = events.filter(({ event }) => event !== bypassEvent);
  for (const late of events.filter(({ event }) => event === bypassEvent)) {
    const next = sorted.findIndex(({ at }) => Date.parse(at) > Date.parse(late.at));
    sorted.splice(next === -1 ? sorted.length : next, 0, late);
  }
  return sorted;
}

/** Processes that died at work: one may have left an agent run and the promotion of its claim, and is told for each. */
function deathsIn(lines: readonly JournalRecord[]): number {
  const dead = lines.filter(({ event }) => event === 'abandoned');
  return new Set(dead.map((line, at) => detailOf(line, 'process') ?? at)).size;
}

/** What the journal tells of the time from `sinceMs` to `nowMs`; of its events the last `eventsMax` that matter. */
export function nightOf(lines: readonly JournalRecord[], sinceMs: number, nowMs: number, eventsMax: number): Night {
  const inside = lines.filter((line) => Date.parse(line.at) >= sinceMs);
  const count = (event: string, outcome?: string) =>
    inside.filter((line) => line.event === event && (outcome === undefined || detailOf(line, 'outcome') === outcome))
      .length;
  const failed = inside.filter((line) => line.event === 'agent-ended' && detailOf(line, 'rule') !== null);
  const told = inside.filter(({ event }) => !silent.includes(event));
  // A hook writes down late what went round it; everything else is in its order already.
  const events = byTime(told.filter((line, at) => matters(line, told[at - 1])).map(eventOf));
  // A line of a hook has no revision, and says nothing of where the journal begins.
  const first = lines.find(({ event }) => event !== bypassEvent);
  return {
    since: new Date(sinceMs).toISOString(),
    until: new Date(nowMs).toISOString(),
    // A journal that has never been full begins with the first run there was.
    whole: first === undefined || inside.length < lines.length || detailOf(first, 'revision') === '1',
    counts: {
      loops: count('loop-begun'),
      agentRuns: count('agent-begun'),
      agentFailures: failed.length,
      claims: count('claimed'),
      claimsRefused: failed.filter(isRefusedClaim).length,
      promotions: count('promotion-begun'),
      promoted: count('promotion-ended', 'promoted'),
      blocked: count('promotion-ended', 'blocked'),
      stops: count('circuit-open') + count('circuit-held'),
      waits: count('loop-waiting'),
      abandoned: deathsIn(inside),
      alerts: count('alert-delivered'),
    },
    agentFailures: byRule(failed),
    events: events.slice(-eventsMax),
    leftOut: Math.max(0, events.length - eventsMax),
  };
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The time that "22:00" (the last one, here), "8h" (ago) or an ISO time means at `nowMs`; null when it means none. */
export function sinceMs(text: string, nowMs: number): number | null {
  const ago = /^(\d{1,4})\s?([mhd])$/.exec(text);
  if (ago !== null) return nowMs - Number(ago[1]) * (units[ago[2] ?? ''] ?? 0);
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (clock !== null) {
    const time = new Date(nowMs);
    time.setHours(Number(clock[1]), Number(clock[2]), 0, 0);
    // Yesterday's by the calendar, so that a change of summer time is none of ours.
    if (time.getTime() > nowMs) time.setDate(time.getDate() - 1);
    return time.getTime();
  }
  const stated = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(stated) || stated > nowMs ? null : stated;
}
