/** What `status` answers: alive? progressing? why not running? what would change that, and when? */
import { type Bypass, bypassSentence } from '../core/bypass.ts';
import type { Circuit } from '../core/circuit.ts';
import type { CircuitName } from '../core/controller.ts';
import type { FailureClass, Phase } from '../core/failure.ts';
import { type Flake, flakeSentence } from '../core/flake.ts';
import type { PromoteOutcome } from '../core/outcome.ts';
import type { Stop } from '../core/stop.ts';
import { spoken } from './loop.ts';
import { fitting, section, standingLines, triggerLines } from './standing.ts';

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

export interface ShownAttempt {
  readonly runId: string;
  readonly circuit: CircuitName;
  readonly phase: Phase;
  readonly owner: OwnerState;
  readonly startedAt: string;
  /** Processes of a run whose owner is gone: nobody waits for them. None are seen where there is no /proc. */
  readonly orphans: number;
  /** The agent of the run has ended, and its claim is being promoted. */
  readonly claimed: boolean;
  /** What a promotion has come to that outlived its loop: nobody has written that down yet. */
  readonly outcome: PromoteOutcome | null;
  /** The log that grew last, absolute; null when there is none, as of an agent's run. */
  readonly log: string | null;
}

/** The JSON contract of `status --json`. */
export interface StatusReport {
  readonly alive: boolean;
  readonly loops: readonly { readonly worktree: string; readonly pid: number; readonly alive: OwnerState }[];
  readonly state: 'read' | 'first-run' | 'unreadable';
  readonly circuits: Readonly<Record<CircuitName, ShownCircuit>>;
  readonly triggers: readonly ShownTrigger[];
  readonly attempts: readonly ShownAttempt[];
  readonly worktrees: readonly {
    readonly runId: string;
    readonly path: string;
    readonly owner: OwnerState;
    readonly branch: string | null;
  }[];
  /** Answers of the QA gate that contradict each other, newest first. */
  readonly flakes: readonly Flake[];
  /** Hooks that a person went round and that have not passed since. */
  readonly bypasses: readonly Bypass[];
  /** Retries that fetch and push may still do; each success gives a part of one back. */
  readonly retryBudget: { readonly tokens: number; readonly size: number };
  /** The last event of the journal. */
  readonly last: {
    readonly at: string;
    readonly event: string;
    readonly why: string | null;
    /** The refusal or stop that it names. */
    readonly code: string | null;
  } | null;
  readonly whyNotRunning: string | null;
  readonly whatWouldChangeIt: string | null;
  readonly nextEligibleAt: string | null;
}

function circuitLine(name: CircuitName, circuit: ShownCircuit): string {
  const { consecutiveFailures: failures, failedProbes: probes } = circuit;
  const counted = [
    ...(failures === 0 ? [] : [`${failures} ${failures === 1 ? 'failure' : 'failures'} in a row`]),
    ...(probes === 0 ? [] : [`${probes} failed ${probes === 1 ? 'probe' : 'probes'}`]),
  ];
  return [`${name.padEnd(9)}${circuit.state}`, ...counted].join(', ');
}

/** One thing that is under way: what, for how long, and where to look. */
function attemptLines(attempt: ShownAttempt, nowMs: number) {
  const { runId, circuit, phase, owner, startedAt, orphans, outcome, log, claimed } = attempt;
  if (outcome !== null) return [`promotion ${runId} has ended (${outcome}); the next npm run loop writes that down`];
  if (claimed && owner === 'alive') return [`agent run ${runId} has ended; its claim is being promoted`];
  const what = circuit === 'agent' ? 'agent run' : `promotion, phase ${phase},`;
  const left = orphans === 0 ? '' : `, and ${orphans === 1 ? 'a process' : `${orphans} processes`} of it still at work`;
  const first = `${what} ${runId} for ${spoken(Math.max(0, nowMs - Date.parse(startedAt)))}, owner ${owner}${left}`;
  return log === null ? [first] : [first, `  log: ${log}`];
}

/** The status as text, for a terminal of that many columns. `nowMs` is the wall clock. */
export function statusText(report: StatusReport, nowMs: number, width: number): string {
  const doing = report.attempts.flatMap((attempt) => attemptLines(attempt, nowMs));
  const worktrees = report.worktrees.map((worktree) => `${worktree.path}, owner ${worktree.owner}`);
  const lines = [
    ...standingLines(report, nowMs),
    ...section('circuits', [
      circuitLine('agent', report.circuits.agent),
      circuitLine('promote', report.circuits.promote),
      `retries  ${report.retryBudget.tokens} of ${report.retryBudget.size} left for fetch and push`,
    ]),
    ...section('in progress', doing),
    ...section('triggers', report.triggers.flatMap(triggerLines)),
    ...section('worktrees of ours', worktrees),
    ...section('hooks gone round', report.bypasses.map(bypassSentence)),
    ...section('flaky gate', report.flakes.map(flakeSentence)),
  ];
  return `${lines.flatMap((line) => fitting(line, width)).join('\n')}\n`;
}
