/** What `status` answers: alive? progressing? why not running? what would change that, and when? */
import type { Circuit } from '../core/circuit.ts';
import type { CircuitName } from '../core/controller.ts';
import type { FailureClass, Phase } from '../core/failure.ts';
import type { Stop } from '../core/stop.ts';
import { clockTime, spoken } from './loop.ts';

export type OwnerState = 'alive' | 'dead' | 'other-boot' | 'unknown';

/** A stop with wall-clock times, ISO 8601. */
export type ShownStop = Omit<Stop, 'since' | 'until'> & {
  readonly since: string | null;
  readonly until: string | null;
};

export interface ShownCircuit {
  readonly state: Circuit['state'];
  readonly era: number;
  readonly consecutiveFailures: number;
  readonly failedProbes: number;
  readonly lastFailureClass: FailureClass | null;
  readonly stop: ShownStop | null;
}

export interface ShownTrigger {
  readonly branch: string;
  readonly sha: string;
  readonly state: 'pending' | 'quarantined' | 'blocked' | 'promoted';
  readonly why: string | null;
  readonly remedy: string | null;
}

/** The JSON contract of `status --json`. */
export interface StatusReport {
  readonly alive: boolean;
  readonly loops: readonly { readonly worktree: string; readonly pid: number; readonly alive: OwnerState }[];
  readonly state: 'read' | 'first-run' | 'unreadable';
  readonly circuits: Readonly<Record<CircuitName, ShownCircuit>>;
  readonly triggers: readonly ShownTrigger[];
  readonly attempts: readonly {
    readonly runId: string;
    readonly circuit: CircuitName;
    readonly phase: Phase;
    readonly owner: OwnerState;
    readonly startedAt: string;
  }[];
  readonly worktrees: readonly {
    readonly runId: string;
    readonly path: string;
    readonly owner: OwnerState;
    readonly branch: string | null;
  }[];
  readonly whyNotRunning: string | null;
  readonly whatWouldChangeIt: string | null;
  readonly nextEligibleAt: string | null;
}

const shortBranch = (branch: string): string => branch.replace(/^refs\/heads\//, '');

function circuitLines(name: CircuitName, circuit: ShownCircuit, nowMs: number): readonly string[] {
  const failures = circuit.consecutiveFailures === 0 ? '' : `, ${circuit.consecutiveFailures} failures in a row`;
  const first = `${name.padEnd(8)} ${circuit.state}${failures}`;
  const { stop } = circuit;
  if (stop === null) return [first];
  const until =
    stop.until === null ? 'a person clears it' : `${stop.until} (in ${spoken(Date.parse(stop.until) - nowMs)})`;
  const inputs = stop.inputs.length === 0 ? [] : [`         depends on: ${stop.inputs.slice(0, 4).join(', ')}`];
  const since = stop.since === null ? '' : `since ${clockTime(Date.parse(stop.since))}, `;
  return [
    first,
    `         ${since}until ${until}`,
    `         why: ${stop.why}`,
    ...inputs,
    `         to free it: ${stop.remedy}`,
  ];
}

function triggerLines(trigger: ShownTrigger): readonly string[] {
  const first = `${trigger.state.padEnd(12)}${shortBranch(trigger.branch)} at ${trigger.sha.slice(0, 10)}`;
  const why = trigger.why === null ? [] : [`            why: ${trigger.why}`];
  return [first, ...why, ...(trigger.remedy === null ? [] : [`            to mend it: ${trigger.remedy}`])];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

/** The status as text. `nowMs` is the wall clock. */
export function statusText(report: StatusReport, nowMs: number): string {
  const living = report.loops.filter((loop) => loop.alive === 'alive');
  const alive = living.map((loop) => `pid ${loop.pid} in worktree ${loop.worktree}`).join(', ');
  const doing = report.attempts.map(
    (attempt) =>
      `${attempt.circuit === 'agent' ? 'agent run' : 'promotion'} ${attempt.runId} since ${attempt.startedAt}, owner ${attempt.owner}`,
  );
  const worktrees = report.worktrees.map((worktree) => `${worktree.path}, owner ${worktree.owner}`);
  const lines = [
    alive === '' ? 'No loop is running.' : `A loop is running: ${alive}.`,
    ...(report.whyNotRunning === null ? [] : [`Not able to run: ${report.whyNotRunning}`]),
    ...(report.whatWouldChangeIt === null ? [] : [`What would change it: ${report.whatWouldChangeIt}`]),
    ...(report.nextEligibleAt === null ? [] : [`Next try: ${report.nextEligibleAt}`]),
    ...section('circuits', [
      ...circuitLines('agent', report.circuits.agent, nowMs),
      ...circuitLines('promote', report.circuits.promote, nowMs),
    ]),
    ...section('in progress', doing),
    ...section('triggers', report.triggers.flatMap(triggerLines)),
    ...section('worktrees of ours', worktrees),
  ];
  return `${lines.join('\n')}\n`;
}
