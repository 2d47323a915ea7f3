/** How the crash matrix is told: one table of points, one of invariants, and each violation with the way to see it again. */

/** One thing that was done to a run. */
export interface CrashRow {
  readonly strategy: string;
  readonly at: number;
  readonly phase: string;
  readonly words: string;
  readonly moment: string;
  readonly victim: string;
  readonly line: number;
  /** What became of a system call, where one was meant; null: the victim was killed. */
  readonly fault: string | null;
  readonly happened: boolean;
  /** Runs that were needed after the first. */
  readonly later: number;
  readonly seconds: number;
  readonly violations: readonly { readonly invariant: string; readonly found: string }[];
  readonly told: string;
  readonly kept: string | null;
}

export interface CrashReport {
  readonly ok: boolean;
  readonly seed: number;
  /** Git commands of a clean run, and points that there are, by strategy. */
  /** What was not done, and why; the renames that were not durable in a clean run. */
  readonly remarks: readonly string[];
  readonly strategies: readonly { readonly name: string; readonly commands: number; readonly points: number }[];
  readonly invariants: readonly string[];
  readonly rows: readonly CrashRow[];
  readonly seconds: number;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_name, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return [head, ...rows].map((row) => `  ${line(row).trimEnd()}\n`).join('');
}

function countBy(rows: readonly CrashRow[], column: (row: CrashRow) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(column(row), (counts.get(column(row)) ?? 0) + 1);
  return counts;
}

function phaseTable(rows: readonly CrashRow[]): string {
  const kinds = [...countBy(rows, kindOf).keys()].sort();
  const phases = [...new Set(rows.map(({ phase }) => phase))];
  const body = [...phases, 'all'].map((phase) => {
    const mine = phase === 'all' ? rows : rows.filter((row) => row.phase === phase);
    const counts = countBy(mine, kindOf);
    const broken = mine.filter(({ violations }) => violations.length > 0).length;
    return [phase, ...kinds.map((kind) => String(counts.get(kind) ?? 0)), String(mine.length), String(broken)];
  });
  return table(['phase', ...kinds, 'points', 'violated'], body);
}

function kindOf({ moment, victim, fault }: CrashRow): string {
  if (fault !== null) return `${victim} ${fault}`;
  return victim === 'rival' ? 'rival' : `${moment} ${victim}`;
}

/** One point in words. */
function pointText({ strategy, at, phase, words, moment, victim, line, fault }: CrashRow): string {
  if (fault !== null) return `${strategy}, ${fault} at ${words.trim()} (${phase})`;
  const where = line === 0 ? '' : `, after line ${line} of its trace`;
  return `${strategy}, ${phase}, command ${at} (git ${words.slice(0, 60)}), ${moment}${where}, victim ${victim}`;
}

/** A point and what was broken there. */
export function violationText(row: CrashRow): string {
  const found = row.violations.map(({ invariant, found }) => `      ${invariant}\n        ${found}\n`).join('');
  return `  ${pointText(row)}\n${found}${row.kept === null ? '' : `      kept in ${row.kept}\n`}`;
}

const shownMax = 20;

/** The report as lines for a terminal. */
export function crashText(report: CrashReport): string {
  const { rows, strategies, seed, seconds } = report;
  const hit = rows.filter(({ happened }) => happened);
  const missed = rows.length - hit.length;
  const broken = rows.filter(({ violations }) => violations.length > 0);
  const again = hit.filter(({ later }) => later > 1).length;
  const held = report.invariants.map((name) => {
    const count = rows.filter(({ violations }) => violations.some(({ invariant }) => invariant === name)).length;
    return [name, count === 0 ? 'held' : `BROKEN ${count} times`];
  });
  return [
    ...strategies.map((one) => `${one.name}: ${one.commands} git commands in a clean run, ${one.points} points\n`),
    `\n${phaseTable(hit)}\n`,
    table(['invariant', `in ${rows.length} points`], held),
    broken.length === 0 ? '' : `\nviolations:\n${broken.slice(0, shownMax).map(violationText).join('')}`,
    `\n${hit.length} points, seed ${seed}, ${Math.round(seconds)} s; ${broken.length} with a violation`,
    missed === 0 ? '' : `; ${missed} did not come about (the run took another course)`,
    ...report.remarks.map((remark) => `\n${remark}`),
    again === 0
      ? ''
      : `; after ${again} the next run had to wait for what outlived the first, or for a person to say that the disk has room`,
    '\n',
  ].join('');
}

/** One mutant: what catches it, or that nothing does. */
export function mutantText(end: {
  readonly name: string;
  readonly caughtBy: string | null;
  readonly where: string;
  readonly asItShould: boolean;
}): string {
  const { name, caughtBy, where, asItShould } = end;
  const word = caughtBy === null ? 'not caught' : 'caught';
  return `${name}: ${word}${asItShould ? '' : ', WHICH IS WRONG'}\n${caughtBy === null ? '' : `    ${caughtBy}${where}\n`}`;
}
