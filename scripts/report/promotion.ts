/** How one promotion is told to a person, and its JSON. */
import type { Failure } from '../core/failure.ts';
import { tellingPart } from '../core/failure-excerpt.ts';
import { type Flake, flakeSentence } from '../core/flake.ts';
import type { PromoteOutcome } from '../core/outcome.ts';
import { ownRules } from '../core/own-failures.ts';
import type { PhaseReport } from '../core/phases.ts';
import { printable } from '../core/printable.ts';
import { shortBranch, type TriggerId } from '../core/verdict.ts';

/** What one run of auto-promote did: the JSON contract of `auto-promote --json`. */
export interface PromotionReport {
  readonly outcome: PromoteOutcome;
  readonly runId: string;
  readonly trigger: TriggerId | null;
  readonly candidate?: string | null;
  /** Whether the target contains the trigger's commit; `unknown` when the remote could not be asked. */
  readonly landed: 'yes' | 'no' | 'unknown';
  readonly target: { readonly remote: string; readonly branch: string; readonly sha: string | null } | null;
  readonly phases: readonly PhaseReport[];
  readonly why: string;
  /** Who accepted the protected changes of this commit; only where there were any. */
  readonly accepted?: { readonly by: string; readonly why: string; readonly at: string };
  /** Only where the gate of this run has contradicted itself. */
  readonly flake?: Flake;
  readonly failure?: Failure;
}

const shortSha = (sha: string): string => sha.slice(0, 10);

function headline(report: PromotionReport): string {
  const branch = report.trigger === null ? 'nothing' : shortBranch(report.trigger.branch);
  const sha = report.trigger === null ? '' : ` (${shortSha(report.trigger.sha)})`;
  const target = report.target === null ? '' : `${report.target.remote}/${report.target.branch}`;
  switch (report.outcome) {
    case 'promoted':
      return `promoted ${branch}${sha} to ${target}`;
    case 'already-promoted':
      return `${branch}${sha} is on ${target} already; nothing to do`;
    case 'blocked':
      return `blocked ${branch}${sha}`;
    case 'quarantined':
      return `not tried: ${branch}${sha} waits, promotion is stopped`;
    case 'try-later':
      // Not landed and cannot know are two things.
      return report.failure?.rule === ownRules.pushUnknown.id
        ? `cannot tell whether ${branch}${sha} landed on ${target}`
        : `not promoted ${branch}${sha}; try later`;
    case 'config-fatal':
      return `not promoted ${branch}${sha}; the configuration is broken`;
  }
}

/** So much of an output is shown, in characters; all of it is in the log that the remedy names. */
const shownOutputMax = 1000;

/** The report as lines for a terminal or a log: outcome, phases that ran, and for a failure the reason and the way out. */
export function promotionText(report: PromotionReport): string {
  const ran = report.phases.filter((phase) => phase.ran).map((phase) => `${phase.name} ${phase.durationMs} ms`);
  const lines = [`auto-promote: ${headline(report)}`];
  if (ran.length > 0) lines.push(`  phases: ${ran.join(', ')}`);
  const { accepted, failure, flake } = report;
  if (accepted !== undefined) lines.push(`  protected changes accepted by ${accepted.by}: ${accepted.why}`);
  if (flake !== undefined) lines.push(`  flaky: ${flakeSentence(flake)}`);
  if (failure === undefined) return printable(`${lines.join('\n')}\n`);
  lines.push(`  why: ${report.why} [${failure.rule}]`, `  to mend it: ${failure.remedy}`);
  const tail = tellingPart(failure.tail ?? '', shownOutputMax).split('\n');
  if (tail.join('') !== '') lines.push(...tail.map((line) => `  | ${line}`));
  return printable(`${lines.join('\n')}\n`);
}
