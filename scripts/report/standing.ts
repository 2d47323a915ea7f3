/** What stands now, in words: is a loop alive, what stops it, which branch is blocked, and the command for each. */
import { refusalCodes } from '../core/refusal-codes.ts';
import { shortBranch } from '../core/verdict.ts';
import { clockTime, stopLines } from './loop.ts';
import type { ShownStop, ShownTrigger, StatusReport } from './status.ts';
import { wrapped } from './terminal.ts';

/** Why a circuit stops everything, as the loop says it. */
function stoppedLines(stop: ShownStop | null, nowMs: number): readonly string[] {
  if (stop === null) return [];
  const [since, until] = [stop.since, stop.until].map((time) => (time === null ? null : Date.parse(time)));
  return stopLines({ ...stop, since: since ?? null, until: until ?? null }, 0, nowMs);
}

/** A claim and what became of it; of a blocked one why, and what mends it. */
export function triggerLines(trigger: ShownTrigger): readonly string[] {
  const first = `${trigger.state.padEnd(12)}${shortBranch(trigger.branch)} at ${trigger.sha.slice(0, 10)}`;
  const why = trigger.why === null ? [] : [`  why: ${trigger.why}`];
  return [first, ...why, ...(trigger.remedy === null ? [] : [`  to mend it: ${trigger.remedy}`])];
}

/** The lines under their title, a blank one before it; none without lines. */
export function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

/** The line in lines of at most `width` columns, each as far in as the first; a command stays whole. */
export function fitting(line: string, width: number): readonly string[] {
  const text = line.trimStart();
  return text.startsWith('npm run ') ? [line] : wrapped(text, line.length - text.length, width);
}

const isAtWork = (attempts: StatusReport['attempts']): boolean => attempts.some(({ orphans }) => orphans > 0);

function loopLine({ loops, attempts }: StatusReport): string {
  const living = loops.filter((loop) => loop.alive === 'alive');
  const alive = living.map((loop) => `pid ${loop.pid} in worktree ${loop.worktree}`).join(', ');
  if (alive !== '') return `A loop is running: ${alive}.`;
  return isAtWork(attempts)
    ? 'No loop is running, but what a dead one has started is still at work.'
    : 'No loop is running.';
}

/** What was heard last; and of a loop that was killed, that it was. */
function lastLines({ last, alive, attempts }: StatusReport): readonly string[] {
  if (last === null) return [];
  const died = !alive && attempts.some(({ owner }) => owner === 'dead' || owner === 'other-boot');
  const said = `last: ${last.event} at ${clockTime(Date.parse(last.at))}${last.why === null ? '' : `: ${last.why}`}`;
  if (!died) return [said];
  const next = isAtWork(attempts) ? 'ends what is left of it, settles that' : 'settles that';
  return [said, `It was ended in the middle of a run; npm run loop ${next} and goes on.`];
}

const nothingToMend = 'Nothing has to be mended; npm run loop begins, or goes on.';

/** What a person has to do where nothing of the rest says it. */
function nextLines({ alive, attempts, triggers, whyNotRunning, last }: StatusReport): readonly string[] {
  const saysIt = alive || attempts.length > 0 || whyNotRunning !== null;
  if (saysIt || triggers.some(({ state }) => state === 'blocked')) return [];
  const refusal = refusalCodes.find(({ code }) => code === last?.code && !code.startsWith('circuit-'));
  return [refusal === undefined ? nothingToMend : `to mend it: ${refusal.remedy}`];
}

/** Whether a loop is alive, what was heard last, and what stops it, each with what frees it. `nowMs` is the wall clock. */
export function standingLines(report: StatusReport, nowMs: number): readonly string[] {
  const stops = [report.circuits.promote.stop, report.circuits.agent.stop];
  const unreadable =
    report.state === 'unreadable' ? ['The state could not be read, so both circuits count as open.'] : [];
  return [
    loopLine(report),
    ...lastLines(report),
    ...unreadable,
    ...stops.flatMap((stop) => stoppedLines(stop, nowMs)),
    ...(stops.every((stop) => stop === null) && report.whyNotRunning !== null
      ? [`promotion is stopped: ${report.whyNotRunning}`, `  to free it: ${report.whatWouldChangeIt}`]
      : []),
    ...nextLines(report),
  ];
}

/** How a night is to be ended in the morning: what stands now, as the status says it, for that many columns. */
export function standingText(report: StatusReport, nowMs: number, width: number): string {
  const unfinished = report.triggers.filter(({ state }) => state !== 'promoted');
  const lines = section('now', [...standingLines(report, nowMs), ...unfinished.flatMap(triggerLines)]);
  return `${lines.flatMap((line) => fitting(line, width)).join('\n')}\n`;
}
