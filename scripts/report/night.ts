/** The night on one screen, and one run line by line. */
import { detailOf, type JournalRecord, type Night, type NightEvent } from '../core/night.ts';
import { clockTime, spoken } from './loop.ts';
import { printable, wrapped } from './terminal.ts';

const row = (name: string, text: string): string => `  ${name.padEnd(14)}${text}`;

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** Where a line goes on: further in than where it began. */
function hanging(line: string, indent: number, width: number): readonly string[] {
  const [first = '', ...rest] = wrapped(line, indent, width);
  return rest.length === 0
    ? [first]
    : [first, ...wrapped(rest.map((one) => one.trimStart()).join(' '), indent + 2, width)];
}

/** `2026-01-05T`, before the time of day. */
const dateLength = 11;

/** What an event may take on a narrower terminal too: the text that one line of 80 columns holds. */
const eventWidthMin = 80;

/** Cut to one line, so that a night is one screen; on a terminal that is narrower than most, to what one line elsewhere holds. */
function eventLines({ at, event, about, why, until }: NightEvent, width: number): readonly string[] {
  const end = until === null ? '' : `, until ${clockTime(Date.parse(until))}`;
  const what = [event, about].filter((part) => part !== null).join(' ');
  const line = `${clockTime(Date.parse(at)).slice(dateLength)} ${what}${end}${why === null ? '' : `: ${why}`}`;
  const text = printable(line.replaceAll(/\s+/g, ' ').trimEnd());
  const room = Math.max(width, eventWidthMin) - 2;
  return hanging(text.length <= room ? text : `${text.slice(0, room - 1)}…`, 2, width);
}

/** The date once for all events of a day: what happened needs the room. */
function eventsOfDays(events: readonly NightEvent[], width: number): readonly string[] {
  return events.flatMap((event, index) => {
    const day = event.at.slice(0, dateLength - 1);
    const isNew = events[index - 1]?.at.slice(0, dateLength - 1) !== day;
    return [...(isNew ? [`  ${day}`] : []), ...eventLines(event, width)];
  });
}

/** The same time as clocks here show it, where that is another: `--since` may be a time of day here, all others are UTC. */
function hereAt(wallMs: number): string {
  const time = new Date(wallMs);
  return time.getTimezoneOffset() === 0 ? '' : `, ${time.toTimeString().slice(0, 5)} here; times are UTC`;
}

/** What happened since a time, for a terminal of that many columns. */
export function nightText(night: Night, width: number): string {
  const { counts } = night;
  const [from, to] = [Date.parse(night.since), Date.parse(night.until)];
  const failures = night.agentFailures.map(({ rule, count }) => `${rule} ${count}`).join(', ');
  const refused = counts.claimsRefused === 0 ? '' : `; ${counts.claimsRefused} more with nothing to promote`;
  const lines = [
    `since ${clockTime(from)}${hereAt(from)} (${spoken(to - from)})`,
    ...(night.whole ? [] : ['  the journal begins later: what was before is not known']),
    row('loops', plural(counts.loops, 'start')),
    row('agent runs', `${counts.agentRuns} paid${failures === '' ? '' : `; failed: ${failures}`}`),
    row('claims', `${counts.claims}${refused}`),
    row('promotions', `${plural(counts.promotions, 'attempt')}: ${counts.promoted} landed, ${counts.blocked} blocked`),
    row('stops', `${counts.stops}, ${plural(counts.waits, 'wait')}, ${plural(counts.abandoned, 'dead run')}`),
    ...(counts.alerts === 0 ? [] : [row('alerts', String(counts.alerts))]),
    ...(night.events.length === 0 ? ['', 'nothing that stands out'] : ['', 'what happened']),
    ...(night.leftOut === 0 ? [] : [`  … and ${plural(night.leftOut, 'event')} before (--json has them)`]),
  ];
  const shown = lines.flatMap((line) => hanging(line.trimStart(), line.length - line.trimStart().length, width));
  return `${[...shown, ...eventsOfDays(night.events, width)].join('\n')}\n`;
}

const ownColumns = ['at', 'event', 'run', 'revision', 'severity', 'why'];

/** Every line of one run, oldest first. */
export function runText(lines: readonly JournalRecord[], width: number): string {
  const shown = lines.flatMap((line) => {
    const details = Object.keys(line)
      .filter((name) => !ownColumns.includes(name) && detailOf(line, name) !== null)
      .map((name) => `${name}=${detailOf(line, name)}`);
    const why = detailOf(line, 'why');
    const text = [clockTime(Date.parse(line.at)), line.event, ...details].join(' ');
    return hanging(why === null ? text : `${text}: ${why}`, 0, width);
  });
  return `${shown.join('\n')}\n`;
}
