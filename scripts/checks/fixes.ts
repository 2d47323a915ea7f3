/** What `--fix` may do: only what a check offers for something that it found, one after the other, each told apart. */
import type { DoctorResult, FixResult } from '../core/doctor.ts';
import { clipped } from '../core/doctor-limits.ts';
import { messageOf } from '../core/outcome.ts';
import type { Check, CheckContext, Fix } from './check.ts';

interface OfferedFix {
  readonly check: string;
  readonly fix: Fix;
}

interface Offers {
  readonly offered: readonly OfferedFix[];
  /** Checks that could not say what they can mend. */
  readonly failed: readonly FixResult[];
}

/** Whether the check has found something that nobody has accepted. */
function hasTrouble(result: DoctorResult, id: string): boolean {
  const found = result.checks.find((check) => check.id === id)?.findings ?? [];
  return found.some((finding) => finding.severity !== 'note');
}

/** The fixes of the checks that found something. Throws nothing; a check that throws is among `failed`. */
async function offersFor(context: CheckContext, checks: readonly Check[], found: DoctorResult): Promise<Offers> {
  const offered: OfferedFix[] = [];
  const failed: FixResult[] = [];
  for (const check of checks) {
    if (check.fixes === undefined || !hasTrouble(found, check.id)) continue;
    try {
      for (const fix of await check.fixes(context)) offered.push({ check: check.id, fix });
    } catch (error) {
      const what = 'find out what can be mended unattended';
      failed.push({ check: check.id, what, outcome: 'failed', why: clipped(messageOf(error)) });
    }
  }
  return { offered, failed };
}

/** What would be done; nothing is touched. */
function proposed({ offered, failed }: Offers): readonly FixResult[] {
  const results = offered.map(({ check, fix }): FixResult => ({ check, what: fix.what, outcome: 'proposed' }));
  return [...results, ...failed];
}

/** Does what is offered, in order; one that throws does not keep the next from being tried. */
async function applied({ offered, failed }: Offers): Promise<readonly FixResult[]> {
  const results: FixResult[] = [];
  for (const { check, fix } of offered) {
    try {
      await fix.apply();
      results.push({ check, what: fix.what, outcome: 'done' });
    } catch (error) {
      results.push({ check, what: fix.what, outcome: 'failed', why: clipped(messageOf(error)) });
    }
  }
  return [...results, ...failed];
}

/** One look at the tree, and the world that was looked at. */
export interface Look {
  readonly context: CheckContext;
  readonly found: DoctorResult;
}

/**
 * The result after the fixes that the checks offer were done, or with `dryRun` only named. It is that of a second look,
 * so a fix that did nothing cannot look like a mended tree.
 */
export async function mending(
  look: () => Promise<Look>,
  checks: readonly Check[],
  { dryRun }: { readonly dryRun: boolean },
): Promise<DoctorResult> {
  const { context, found } = await look();
  const offers = await offersFor(context, checks, found);
  if (dryRun) return { ...found, fixes: proposed(offers) };
  const fixes = await applied(offers);
  const after = offers.offered.length === 0 ? found : (await look()).found;
  return { ...after, fixes };
}
