/** The phase runner: takes the first row of a table that is needed and not done, runs it, looks at the world again. */
import type { Failure, Phase } from './failure.ts';

export type PhaseEnd = { readonly ok: true } | { readonly ok: false; readonly failure: Failure };

/** One row of a phase table. `needed` and `done` are asked of facts that were observed, never of memory. */
export interface PhaseRow<Facts, Context> {
  readonly name: Phase;
  readonly needed: (facts: Facts) => boolean;
  readonly done: (facts: Facts) => boolean;
  readonly run: (context: Context, facts: Facts) => Promise<PhaseEnd>;
}

export interface PhaseReport {
  readonly name: Phase;
  readonly ran: boolean;
  readonly durationMs: number;
}

export interface Advance<Facts, Context> {
  readonly table: readonly PhaseRow<Facts, Context>[];
  readonly context: Context;
  /** Asks the world; called before the first row and after every row. */
  readonly observe: (context: Context) => Promise<Facts>;
  readonly stepsMax: number;
  readonly monotonicMs: () => number;
  /** Told before a row runs: the written-ahead intent. */
  readonly intend: (phase: Phase) => Promise<void>;
}

export interface AdvanceEnd<Facts> {
  readonly facts: Facts;
  readonly phases: readonly PhaseReport[];
  readonly failure: Failure | null;
  /** A row was still needed after `stepsMax` steps: the table does not converge, which is a bug or a race without end. */
  readonly exhausted: boolean;
}

/**
 * Runs rows until none is needed, at most `stepsMax` of them. After a failure only `cleanup` is considered, and the
 * first failure is the one that is reported.
 */
export async function advance<Facts, Context>(input: Advance<Facts, Context>): Promise<AdvanceEnd<Facts>> {
  const spent = new Map<Phase, number>();
  let failure: Failure | null = null;
  let facts = await input.observe(input.context);
  for (let step = 0; ; step += 1) {
    const rows: readonly PhaseRow<Facts, Context>[] =
      failure === null ? input.table : input.table.filter((row) => row.name === 'cleanup');
    const row = rows.find((candidate) => candidate.needed(facts) && !candidate.done(facts));
    if (row === undefined) return { facts, phases: reports(input.table, spent), failure, exhausted: false };
    if (step >= input.stepsMax) return { facts, phases: reports(input.table, spent), failure, exhausted: true };
    await input.intend(row.name);
    const startedMs = input.monotonicMs();
    const end = await row.run(input.context, facts);
    spent.set(row.name, (spent.get(row.name) ?? 0) + input.monotonicMs() - startedMs);
    if (!end.ok) {
      if (row.name === 'cleanup')
        return { facts, phases: reports(input.table, spent), failure: failure ?? end.failure, exhausted: false };
      failure ??= end.failure;
    }
    facts = await input.observe(input.context);
  }
}

function reports<Facts, Context>(
  table: readonly PhaseRow<Facts, Context>[],
  spent: ReadonlyMap<Phase, number>,
): readonly PhaseReport[] {
  return table.map(({ name }) => ({ name, ran: spent.has(name), durationMs: Math.round(spent.get(name) ?? 0) }));
}
