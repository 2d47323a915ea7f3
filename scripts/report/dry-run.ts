/** What `auto-promote --dry-run` answers, and how a person is told. */
import type { Phase } from '../core/failure.ts';
import { printable } from '../core/printable.ts';
import type { TriggerId } from '../core/verdict.ts';
import type { OwnerState } from './status.ts';

/** The JSON contract of `auto-promote --dry-run --json`. null: it cannot be known without a fetch. */
export interface DryRunReport {
  readonly trigger: TriggerId;
  /** `url` is without secrets; null where there is no such remote. */
  readonly target: { readonly remote: string; readonly branch: string; readonly url: string | null };
  /** The target's tip on the remote, asked now; `why` where there is none, or the remote did not answer. */
  readonly tip: { readonly sha: string | null; readonly why: string | null };
  readonly landed: boolean | null;
  readonly ahead: number | null;
  readonly behind: number | null;
  readonly strategy: string | null;
  readonly admitted: { readonly by: 'attempt' | 'probe' | null; readonly why: string | null };
  readonly lock: { readonly runId: string | null; readonly pid: number; readonly owner: OwnerState } | null;
  /** A pass of the gate for this very tree is remembered. */
  readonly gateRemembered: boolean | null;
  readonly protectedChanges: readonly string[] | null;
  /** A person has accepted them. */
  readonly accepted: boolean;
  /** The reason for which the branch is blocked, as far as it is known. */
  readonly blocked: string | null;
  readonly nextPhase: Phase | null;
}

const known = (value: boolean | null): string => (value === null ? 'unknown before a fetch' : value ? 'yes' : 'no');

function lockText({ lock }: DryRunReport): string {
  if (lock === null) return 'free';
  const run = lock.runId === null ? '' : ` (${lock.runId})`;
  return lock.owner === 'alive' ? `held by process ${lock.pid}${run}` : `free; last held by process ${lock.pid}${run}`;
}

function protectedText({ protectedChanges, accepted }: DryRunReport): string {
  if (protectedChanges === null) return 'unknown before a fetch';
  if (protectedChanges.length === 0) return 'none changed';
  return `${protectedChanges.slice(0, 5).join(', ')}${accepted ? ', accepted by a person' : ', accepted by nobody'}`;
}

/** The gate judges a commit that is made anew, of which nothing is known before. */
function gateText({ gateRemembered, strategy }: DryRunReport): string {
  if (gateRemembered === null && strategy !== null) return `it judges what "${strategy}" makes of the branch`;
  return `passed before for this tree: ${known(gateRemembered)}`;
}

/** The report as lines for a terminal. */
export function dryRunText(report: DryRunReport): string {
  const { trigger, target, tip, ahead, behind, admitted } = report;
  const distance = ahead === null ? 'unknown before a fetch' : `${ahead} ahead, ${behind} behind`;
  const rows: readonly (readonly [string, string])[] = [
    ['trigger', `${trigger.branch} at ${trigger.sha}`],
    ['target', `${target.remote}/${target.branch} at ${target.url ?? 'no such remote'}`],
    ['its tip', tip.sha ?? tip.why ?? 'unknown'],
    ['landed', known(report.landed)],
    ['distance', distance],
    ['strategy', report.strategy ?? 'unknown before a fetch'],
    [
      'breaker',
      admitted.by === null
        ? `admits nothing: ${admitted.why}`
        : admitted.by === 'probe'
          ? 'admits it, as a probe'
          : 'admits it',
    ],
    ['lock', lockText(report)],
    ['gate', gateText(report)],
    ['protected', protectedText(report)],
    ['blocked', report.blocked ?? 'no'],
    ['next', report.nextPhase ?? 'nothing to do'],
  ];
  const lines = rows.map(([name, text]) => `  ${name.padEnd(10)} ${text}`);
  return printable(`${['auto-promote: dry run, nothing was changed', ...lines].join('\n')}\n`);
}
