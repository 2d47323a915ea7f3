/** What the loop says while it runs: one line a step, and the agent's own output as it comes. */
import type { IterationEnd } from '../core/iteration.ts';
import type { PromotionEnd } from '../core/promotion.ts';
import type { Step } from '../core/steering.ts';
import type { Stop } from '../core/stop.ts';
import { shortBranch, type TriggerId } from '../core/verdict.ts';
import { openChildOutput, type Sink } from './child-output.ts';

export interface LoopReport {
  /** How the delivery of an alert ended could not be written down. */
  readonly alertLost: (why: string) => void;
  /** The checked-out branch is the target itself. */
  readonly onTarget: (target: string) => void;
  /** What dead loops had left: promotions that landed without them, and processes that were ended now. */
  readonly recovered: (promoted: readonly string[], orphansEnded: number) => void;
  readonly iteration: (number: number, max: number) => void;
  /**
   * Output of the agent or of auto-promote, passed on byte for byte as it comes. Returns a promise when whoever reads
   * ours is slower, which is kept when there is room again.
   */
  readonly childOutput: (chunk: Buffer) => Promise<void> | undefined;
  readonly judged: (end: IterationEnd) => void;
  readonly promoting: (trigger: TriggerId, runId: string) => void;
  readonly promoted: (end: PromotionEnd) => void;
  readonly waiting: (why: string, stop: Stop | null, leftMs: number | null) => void;
  /** The first Ctrl-C: what is running is being ended. */
  readonly interrupted: () => void;
  readonly stopped: (step: Extract<Step, { do: 'stop' }>) => void;
}

/** A duration as a person says it: "45 s", "5 min", "3 h 20 min". */
export function spoken(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function judgement(end: IterationEnd): string {
  switch (end.kind) {
    case 'claim':
      return `the agent claims completion of ${shortBranch(end.trigger.branch)} at ${end.trigger.sha.slice(0, 10)}`;
    case 'progress':
      return 'progress, no claim yet';
    case 'failure':
      return `${end.failure.problem} [${end.failure.rule}]`;
  }
}

const subjects: Readonly<Record<Stop['circuit'], string>> = { agent: 'the agent', promote: 'promotion' };

const states: Readonly<Record<Stop['code'], string>> = {
  'circuit-held': 'is held',
  'circuit-config-fatal': 'is quarantined: something has to change first',
  'circuit-quarantined': 'is quarantined after repeated failures',
  'circuit-unreadable': 'is stopped, because its state could not be read',
  'circuit-probing': 'is being probed by another run',
  'circuit-limited': 'waits for a stated limit to end',
};

/** A time as UTC to the second. */
export function clockTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Since when and until when, in wall-clock time. */
function span(stop: Stop, shiftMs: number, nowMs: number): string {
  const since = stop.since === null ? '' : `since ${clockTime(stop.since + shiftMs)}, `;
  if (stop.until === null) return `${since}until a person clears it`;
  return `${since}until ${clockTime(stop.until + shiftMs)} (in ${spoken(stop.until + shiftMs - nowMs)})`;
}

/** The way out as lines: our own command, which is long, stands whole on a line of its own. */
function wayOut(remedy: string): readonly string[] {
  // The last one: what the failure itself recommends may be one too, about its branch.
  const command = /npm run clear (?:(?!npm run clear ).)*$/.exec(remedy)?.[0];
  if (command === undefined) return [`  to free it: ${remedy}`];
  return [`  to free it: ${remedy.slice(0, -command.length)}`.trimEnd(), `      ${command}`];
}

/** Inputs that are named before the rest is only counted. */
const namedInputsMax = 3;

/** What would have to change, of what a failure depended on. */
function inputLines(inputs: readonly string[]): readonly string[] {
  if (inputs.length === 0) return [];
  const rest = inputs.length - namedInputsMax;
  const named = inputs.slice(0, namedInputsMax).join(', ');
  return [`  depends on: ${named}${rest > 0 ? ` and ${rest} more (npm run status -- --json)` : ''}`];
}

/**
 * Lines that say why a circuit stops the loop, since when, until when, and what frees it; the why is left out where
 * `said` is that very sentence. `shiftMs` turns believed time into wall-clock time, `nowMs` is the wall clock.
 */
export function stopLines(stop: Stop, shiftMs: number, nowMs: number, said: string | null = null): readonly string[] {
  return [
    `${subjects[stop.circuit]} ${states[stop.code]} [${stop.code}]`,
    `  ${span(stop, shiftMs, nowMs)}`,
    ...(stop.why === said ? [] : [`  why: ${stop.why}`]),
    ...inputLines(stop.inputs),
    ...wayOut(stop.remedy),
  ];
}

/** A report that writes lines to stdout, or, with --json, one object at the end and everything else to stderr. */
export function openLoopReport(
  call: { readonly json: boolean; readonly stdout: Sink; readonly stderr: Sink },
  shiftMs: () => number,
): LoopReport {
  const out = call.json ? call.stderr : call.stdout;
  const child = openChildOutput(out);
  const line = (text: string) => {
    child.leave();
    out.write(`loop: ${text}\n`);
  };
  let lastWait = '';
  let iterations = 0;
  let lastEnd: PromotionEnd | null = null;
  let said: string | null = null;
  return {
    alertLost: (why) => line(`what became of an alert could not be written down: ${why}`),
    onTarget: (target) => line(`working on ${target}, the target itself; a branch of its own is easier to throw away`),
    recovered: (promoted, orphansEnded) => {
      const processes = orphansEnded === 1 ? 'a process' : `${orphansEnded} processes`;
      if (orphansEnded > 0) line(`ended ${processes} that a dead loop had left at work`);
      for (const branch of promoted)
        line(`${shortBranch(branch)} has landed: its promotion outlived the loop that began it`);
    },
    iteration: (number, max) => {
      iterations = number;
      lastWait = '';
      line(`iteration ${number} of at most ${max}`);
    },
    childOutput: child.write,
    judged: (end) => {
      if (end.kind === 'failure') said = end.failure.problem;
      line(judgement(end));
    },
    promoting: (trigger, runId) => line(`promoting ${shortBranch(trigger.branch)} (${runId})`),
    promoted: (end) => {
      lastEnd = end;
      said = end.why;
      line(end.failure === null ? end.outcome : `${end.outcome}: ${end.why} [${end.failure.rule}]`);
    },
    waiting: (why, stop, leftMs) => {
      if (why === lastWait) return;
      lastWait = why;
      line(`waiting${leftMs === null ? '' : ` ${spoken(leftMs)}`}: ${why}`);
      // Its why is what it waits for: said just now.
      for (const text of stop === null ? [] : stopLines(stop, shiftMs(), Date.now(), why)) line(text);
    },
    interrupted: () =>
      line('ending what runs; once more ends it at once. Commits, uncommitted files and claims are kept as they are'),
    stopped: (step) => {
      if (step.stop === null) line(`stopped: ${step.why} (exit ${step.exitCode})`);
      else
        for (const text of [`stopped, exit ${step.exitCode}`, ...stopLines(step.stop, shiftMs(), Date.now(), said)])
          line(text);
      if (!call.json) return;
      const { exitCode, why, stop } = step;
      const promotion = lastEnd === null ? null : { outcome: lastEnd.outcome, why: lastEnd.why };
      call.stdout.write(`${JSON.stringify({ exitCode, why, iterations, promotion, stop })}\n`);
    },
  };
}
