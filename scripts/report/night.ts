/** The night on one screen, and one run line by line. */
import { detailOf, type JournalRecord, type Night, type NightEvent } from '../core/night.ts';
import { clockTime, spoken } from './loop.ts';
import { printable } from './terminal.ts';

const row = (name: string, text: string): string => `  ${name.padEnd(14)}${text}`;

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** Cut to the width: a screenful has no second lines. */
function fitted(line: string, width: number): string {
  const text = printable(line.replaceAll(/\s+/g, ' ').trimEnd());
  return text.length <= width - 2 ? text : `${text.slice(0, width - 3)}…`;
}

function eventLine({ at, event, about, why, until }: NightEvent, width: number): string {
  const end = until === null ? '' : `, until ${clockTime(Date.parse(until))}`;
  const what = [event, about].filter((part) => part !== null).join(' ');
  return `  ${fitted(`${clockTime(Date.parse(at))} ${what}${end}${why === null ? '' : `: ${why}`}`, width)}`;
}

/** What happened since a time, for a terminal of that many columns. */
export function nightText(night: Night, width: number): string {
  const { counts } = night;
  const [from, to] = [Date.parse(night.since), Date.parse(night.until)];
  const failures = night.agentFailures.map(({ rule, count }) => `${rule} ${count}`).join(', ');
  const lines = [
    `since ${clockTime(from)} (${spoken(to - from)})`,
    ...(night.whole ? [] : ['  the journal begins later: what was before is not known']),
    row('loops', plural(counts.loops, 'start')),
    row('agent runs', `${counts.agentRuns} paid${failures === '' ? '' : `; failed: ${failures}`}`),
    row('claims', String(counts.claims)),
    row('promotions', `${plural(counts.promotions, 'attempt')}: ${counts.promoted} landed, ${counts.blocked} blocked`),
    row('stops', `${counts.stops}, ${plural(counts.waits, 'wait')}, ${plural(counts.abandoned, 'dead run')}`),
    ...(counts.alerts === 0 ? [] : [row('alerts', String(counts.alerts))]),
    ...(night.events.length === 0 ? ['', 'nothing that stands out'] : ['', 'what happened']),
    ...(night.leftOut === 0 ? [] : [`  … and ${plural(night.leftOut, 'event')} before (--json has them)`]),
    ...night.events.map((event) => eventLine(event, width)),
  ];
  return `${lines.join('\n')}\n`;
}

const ownColumns = ['at', 'event', 'run', 'revision', 'severity', 'why'];

/** Every line of one run, oldest first. */
export function runText(lines: readonly JournalRecord[], width: number): string {
  const shown = lines.map((line) => {
    const details = Object.keys(line)
      .filter((name) => !ownColumns.includes(name) && detailOf(line, name) !== null)
      .map((name) => `${name}=${detailOf(line, name)}`);
    const why = detailOf(line, 'why');
    const text = [clockTime(Date.parse(line.at)), line.event, ...details].join(' ');
    return fitted(why === null ? text : `${text}: ${why}`, width);
  });
  return `${shown.join('\n')}\n`;
}
