/** What the doctor says: findings, statuses, suppressions and the exit code. Pure; the checks themselves are in checks/. */
import { boundedList, clipped } from './doctor-limits.ts';
import type { FindingCode } from './finding-codes.ts';
import type { Suppression } from './manifest.ts';
import { type ExitCode, exitCodes } from './outcome.ts';

export type Severity = 'error' | 'warning' | 'note';

/** That a person accepted a finding for a while: an entry of "suppress" in the manifest. */
export interface Acceptance {
  readonly reason: string;
  /** Its last day, YYYY-MM-DD. */
  readonly until: string;
}

/** One thing that a check found. Its why is in the registry of codes. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** One sentence: what is wrong. */
  readonly problem: string;
  /** The one command or edit that mends it, in words. */
  readonly remedy: string;
  /** What to type, in order; empty when it takes an edit. */
  readonly commands: readonly string[];
  /** The file in which it is mended, relative to the root of the worktree. */
  readonly path?: string;
  /** The line of `path` in which it is mended, from 1. */
  readonly line?: number;
  /** What it is about, where that is not `path`: a missing file, for which `path` is the file that names it. */
  readonly target?: string;
  /** Set by a suppression; the severity is then "note". */
  readonly accepted?: Acceptance;
}

export const statuses = ['pass', 'warn', 'fail', 'unknown', 'skip'] as const;
export type Status = (typeof statuses)[number];

/** What a check answers: its findings, and why it, or a part of it, was skipped or could not be checked. */
export interface CheckOutcome {
  readonly findings: readonly Finding[];
  /** How many more there are of which it says nothing, none of them worse than the worst that it tells. */
  readonly leftOut?: number;
  /** It does not apply here. Only without errors. */
  readonly skipped?: string;
  /** It could not be checked: never shown as fine. */
  readonly unknown?: string;
}

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly status: Status;
  readonly durationMs: number;
  readonly reason?: string;
  readonly findings: readonly Finding[];
  /** How many findings more there are, none of them worse than the worst of `findings`; absent when that is all. */
  readonly leftOut?: number;
}

/** What became of one thing that `--fix` could do. */
export interface FixResult {
  /** The id of the check that offered it. */
  readonly check: string;
  /** One sentence: what it does. */
  readonly what: string;
  /** `proposed` with --dry-run: nothing was touched. */
  readonly outcome: 'proposed' | 'done' | 'failed';
  /** Why it failed. */
  readonly why?: string;
}

export interface DoctorResult {
  readonly ok: boolean;
  /** As asked: `worktree`, `index` or a revision. */
  readonly tree: string;
  readonly population: string;
  readonly summary: Readonly<Record<Status, number>>;
  readonly checks: readonly CheckResult[];
  /** With --fix only: everything that was offered. The checks are those of the run after it. */
  readonly fixes?: readonly FixResult[];
}

/** The status that an outcome amounts to: an error is worse than not knowing, which is worse than a warning. */
export function statusOf(outcome: CheckOutcome): Status {
  if (outcome.findings.some((finding) => finding.severity === 'error')) return 'fail';
  if (outcome.unknown !== undefined) return 'unknown';
  if (outcome.findings.some((finding) => finding.severity === 'warning')) return 'warn';
  return outcome.skipped === undefined ? 'pass' : 'skip';
}

/** One check's line of the result, within the limits of its contract. */
export function resultOf(
  check: { readonly id: string; readonly title: string },
  outcome: CheckOutcome,
  durationMs: number,
): CheckResult {
  const reason = outcome.unknown ?? outcome.skipped;
  const base = { id: check.id, title: check.title, status: statusOf(outcome), durationMs };
  const said = reason === undefined ? {} : { reason: clipped(reason) };
  const findings = boundedList(outcome.findings);
  const leftOut = outcome.findings.length - findings.length + (outcome.leftOut ?? 0);
  return { ...base, ...said, findings, ...(leftOut === 0 ? {} : { leftOut }) };
}

/** The whole result; the summary counts every check that ran. */
export function summarise(tree: string, population: string, checks: readonly CheckResult[]): DoctorResult {
  const count = (status: Status): number => checks.filter((check) => check.status === status).length;
  const summary = {
    pass: count('pass'),
    warn: count('warn'),
    fail: count('fail'),
    unknown: count('unknown'),
    skip: count('skip'),
  };
  return { ok: summary.fail === 0 && summary.unknown === 0, tree, population, summary, checks };
}

/** 1 on any failed check, else 75 on any unknown, else 0. */
export function doctorExitCode(result: DoctorResult): ExitCode {
  if (result.summary.fail > 0) return exitCodes.refused;
  return result.summary.unknown > 0 ? exitCodes.tryLater : exitCodes.ok;
}

/** Findings about suppressions stand for any number of others: to accept one of them would be to accept a class. */
const unacceptable: readonly FindingCode[] = ['suppression-unknown-code', 'suppression-expired', 'suppression-unused'];

/** The path that a finding is about: by it one is told from another, accepted, and known again. */
export function subjectOf({ target, path }: Finding): string | undefined {
  return target ?? path;
}

function matches(suppression: Suppression, finding: Finding): boolean {
  if (unacceptable.includes(finding.code)) return false;
  return suppression.code === finding.code && suppression.path === subjectOf(finding);
}

/** Whether a suppression still counts on `today` (YYYY-MM-DD, its last day included). */
export function isInForce(suppression: Suppression, today: string): boolean {
  return today <= suppression.until;
}

/** The outcome with accepted findings turned into notes that say why and until when: never hidden. */
export function withSuppressions(
  outcome: CheckOutcome,
  suppressions: readonly Suppression[],
  today: string,
): CheckOutcome {
  const findings = outcome.findings.map((finding): Finding => {
    const accepted = suppressions.find((suppression) => matches(suppression, finding) && isInForce(suppression, today));
    if (accepted === undefined) return finding;
    const { until, reason } = accepted;
    const problem = `${acceptedWords({ until, reason })}${finding.problem}`;
    return { ...finding, severity: 'note', problem, accepted: { until, reason } };
  });
  return { ...outcome, findings };
}

/** What stands before the problem of an accepted finding. */
export function acceptedWords({ until, reason }: Acceptance): string {
  return `accepted until ${until} (${reason}): `;
}

/** Whether any finding of the results is one that the suppression names. */
export function isUsed(suppression: Suppression, outcomes: readonly CheckOutcome[]): boolean {
  return outcomes.some((outcome) => outcome.findings.some((finding) => matches(suppression, finding)));
}
