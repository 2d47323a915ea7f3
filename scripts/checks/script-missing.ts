/** Which targets of script lines the graded tree does not hold. */
import type { Finding } from '../core/doctor.ts';
import type { ScriptTarget } from '../core/script-lines.ts';
import type { GradedTree } from '../effects/tree.ts';
import type { CheckContext } from './check.ts';
import { executeBitFinding } from './execute-bit.ts';
import { madeExecutable } from './script-evidence.ts';
import { fileOf, type ReadLine, type ScriptFacts } from './script-facts.ts';
import type { MissingTarget } from './script-findings.ts';
import { takenAs, takenAsFound, withoutLinks } from './script-placing.ts';
import type { ScriptLine, Standing } from './script-sources.ts';

interface Placed {
  readonly line: ScriptLine;
  readonly target: ScriptTarget;
  /** From the root of the repository. */
  readonly file: string;
  /** Whether the tree holds it, perhaps with the ending that its runner adds. */
  readonly there: boolean;
}

async function placedTargets(
  tree: GradedTree,
  facts: ScriptFacts,
  { line, reading }: ReadLine,
): Promise<readonly Placed[]> {
  const placed: Placed[] = [];
  for (const target of reading.targets) {
    if (target.glob || facts.hasScript(line, target.unlessScript)) continue;
    const written = await withoutLinks(tree, fileOf(line, target));
    // Outside of the repository, in a submodule, the package itself: not ours to judge.
    if (written === null || written.startsWith('..') || facts.isGenerated(written)) continue;
    const taken =
      target.found === undefined
        ? await takenAs(tree, written, target.taking)
        : takenAsFound(tree, written, target.found);
    if (!taken.there && facts.isGenerated(taken.file)) continue;
    placed.push({ line, target, ...taken });
  }
  return placed;
}

function executeBit(context: CheckContext, { line, target, file }: Placed): readonly Finding[] {
  const found = target.direct ? executeBitFinding(context, file, `${line.name} executes ${file}`) : undefined;
  return found === undefined ? [] : [found];
}

const nearestFirst: readonly Standing[] = ['member', 'outsider', 'sample'];

function grouped(facts: ScriptFacts, absent: readonly Placed[]): readonly MissingTarget[] {
  const byFile = new Map<string, MissingTarget>();
  for (const { file, target, line } of absent) {
    const known = byFile.get(file);
    const both = [facts.standingOf(line), ...(known === undefined ? [] : [known.standing])];
    const standing = nearestFirst.find((one) => both.includes(one)) ?? 'member';
    const certain = known === undefined || known.target.tentative ? target : known.target;
    byFile.set(file, { file, target: certain, lines: [...(known?.lines ?? []), line], standing });
  }
  return [...byFile.values()];
}

export interface Missing {
  readonly missing: readonly MissingTarget[];
  /** Findings about targets that are there. */
  readonly findings: readonly Finding[];
}

/** The targets that are not there, each once with all the lines that run it. */
export async function findMissing(context: CheckContext, facts: ScriptFacts): Promise<Missing> {
  const { tree } = context;
  const placed = (await Promise.all(facts.lines.map((line) => placedTargets(tree, facts, line)))).flat();
  const isMadeExecutable = madeExecutable(facts.lines);
  const asHeld = placed.filter(({ file }) => !isMadeExecutable(file));
  const bits = new Map(asHeld.flatMap((one) => executeBit(context, one)).map((finding) => [finding.path, finding]));
  const absent = placed.filter((one) => !one.there);
  return { missing: grouped(facts, absent), findings: [...bits.values()] };
}
