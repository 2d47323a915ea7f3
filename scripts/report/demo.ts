/** How the demo tells its story. */
import type { Fact } from '../demo/chapters.ts';
import { wrapped } from './terminal.ts';

/** One chapter as it was played. */
export interface PlayedChapter {
  readonly chapter: string;
  readonly story: string;
  readonly facts: readonly Fact[];
  readonly promotionAttempts: number;
  readonly agentRuns: number;
  readonly seconds: number;
  readonly output: string;
}

/** The JSON of `demo --json`. */
export interface DemoReport {
  readonly ok: boolean;
  readonly chapters: readonly Omit<PlayedChapter, 'output'>[];
  readonly naive: { readonly seconds: number; readonly attempts: number };
  readonly leftBehind: boolean;
}

const indent = (text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');

/** A chapter for a terminal of that width: its story, what the loop printed as it was, and each fact with what was seen. */
export function chapterText(number: number, played: PlayedChapter, width: number): string {
  const facts = played.facts.flatMap(({ fact, held, saw }) => {
    const [first = '', ...rest] = wrapped(held ? fact : `${fact}; saw: ${saw}`, 8, width);
    return [`  ${held ? 'ok   ' : 'WRONG'} ${first.trimStart()}`, ...rest];
  });
  const head = wrapped(`${number} ${played.chapter}: ${played.story}`, 0, width);
  return `${head.join('\n')}\n\n${indent(played.output)}\n\n${facts.join('\n')}\n\n`;
}

/** The table at the end, and the verdict. */
export function demoSummary(report: DemoReport): string {
  const header = ['chapter', 'attempts', 'agent runs', 'facts', 'seconds'];
  const rows = report.chapters.map((played) => [
    played.chapter,
    String(played.promotionAttempts),
    String(played.agentRuns),
    `${played.facts.filter((fact) => fact.held).length}/${played.facts.length}`,
    played.seconds.toFixed(1),
  ]);
  const { attempts, seconds } = report.naive;
  rows.push([`a naive loop in the incident`, String(attempts), '-', '-', seconds.toFixed(1)]);
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  const verdict = report.ok
    ? 'All facts were checked against git and hold.'
    : 'Some facts do not hold: see WRONG above.';
  const left = report.leftBehind ? 'The sandbox could not be removed.' : 'The sandbox is gone.';
  return `${[header, ...rows].map((row) => line(row).trimEnd()).join('\n')}\n\n${verdict} ${left}\n`;
}
