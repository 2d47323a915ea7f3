/** Runs checks and makes one result of them: what throws is unknown, what is accepted is a note, nothing is hidden. */
import {
  type CheckOutcome,
  type CheckResult,
  type DoctorResult,
  type Finding,
  isInForce,
  isUsed,
  resultOf,
  statusOf,
  summarise,
  withSuppressions,
} from '../core/doctor.ts';
import { findingCodes, isFindingCode } from '../core/finding-codes.ts';
import { manifestPath, type Suppression } from '../core/manifest.ts';
import { messageOf, Refusal } from '../core/outcome.ts';
import type { Check, CheckContext } from './check.ts';
import { manifestPlace } from './place.ts';
import { committing } from './recommit.ts';

interface Run {
  readonly check: Check;
  readonly outcome: CheckOutcome;
  readonly durationMs: number;
}

async function runOne(check: Check, context: CheckContext): Promise<Run> {
  const start = context.elapsedMs();
  const done = (outcome: CheckOutcome): Run => ({
    check,
    outcome,
    durationMs: Math.round(context.elapsedMs() - start),
  });
  try {
    const outcome = await check.run(context);
    return done({ ...outcome, findings: await committing(context, outcome.findings) });
  } catch (error) {
    const remedy = error instanceof Refusal ? ` To mend it: ${error.detail.remedy}` : '';
    return done({ findings: [], unknown: `the check could not be done: ${messageOf(error)}${remedy}` });
  }
}

/** Whether every check that can emit the code was done to its end, so that "not found" means "not there". */
function wasLookedFor(code: string, runs: readonly Run[]): boolean {
  if (!isFindingCode(code)) return false;
  return findingCodes[code].checks.every((id) => {
    const run = runs.find(({ check }) => check.id === id);
    return run !== undefined && !['skip', 'unknown'].includes(statusOf(run.outcome));
  });
}

function unusedFinding(context: CheckContext, { code, path }: Suppression, index: number): Finding {
  const problem = `The suppression of ${code} for ${path} suppresses nothing.`;
  const remedy = `remove it from "suppress" in ${manifestPath}`;
  const place = manifestPlace(context, `/suppress/${index}`);
  return { code: 'suppression-unused', severity: 'warning', problem, remedy, commands: [], ...place };
}

function withUnused(context: CheckContext, runs: readonly Run[], suppressions: readonly Suppression[]): readonly Run[] {
  const { today } = context;
  const outcomes = runs.map((run) => run.outcome);
  const unused = [...suppressions.entries()]
    .filter(([, one]) => isInForce(one, today) && wasLookedFor(one.code, runs) && !isUsed(one, outcomes))
    .map(([index, one]) => unusedFinding(context, one, index));
  if (unused.length === 0) return runs;
  return runs.map((run) => {
    if (run.check.id !== 'manifest') return run;
    return { ...run, outcome: { ...run.outcome, findings: [...run.outcome.findings, ...unused] } };
  });
}

/** Runs the checks on one tree, all at once: they share its listing and its reads. Throws nothing that a check throws. */
export async function diagnose(context: CheckContext, checks: readonly Check[]): Promise<DoctorResult> {
  const runs = await Promise.all(checks.map((check) => runOne(check, context)));
  const suppressions = context.manifest.ok ? context.manifest.manifest.suppress : [];
  const results: readonly CheckResult[] = withUnused(context, runs, suppressions).map(
    ({ check, outcome, durationMs }) =>
      resultOf(check, withSuppressions(outcome, suppressions, context.today), durationMs),
  );
  return summarise(context.tree.name, context.tree.population, results);
}
