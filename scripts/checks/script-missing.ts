/** Which targets of script lines the graded tree does not hold. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import { runnableAs } from '../core/script-built.ts';
import type { ScriptTarget } from '../core/script-lines.ts';
import type { GradedTree } from '../effects/tree.ts';
import { madeExecutable } from './script-evidence.ts';
import { fileOf, type ReadLine, type ScriptFacts } from './script-facts.ts';
import type { MissingTarget } from './script-findings.ts';
import type { ScriptLine, Standing } from './script-sources.ts';
import { shellWord } from './shell-word.ts';
import { treeIndex } from './tree-index.ts';

/** Links to links that are followed; more is a circle. */
const linksMax = 8;

/** The path with the tree's own links to folders followed; null when it leads out of what git holds. */
async function withoutLinks(tree: GradedTree, file: string, depth = 0): Promise<string | null> {
  const names = file.split('/');
  for (let length = 1; length <= names.length; length += 1) {
    const front = names.slice(0, length).join('/');
    const mode = tree.entries.get(front)?.mode;
    if (mode === '160000') return null;
    if (mode !== '120000' || length === names.length) continue;
    const target = (await tree.read(front)) ?? '';
    const led = path.posix.join(path.posix.dirname(front), target, ...names.slice(length));
    const isOutside = path.posix.isAbsolute(target) || led.startsWith('..') || depth >= linksMax;
    return isOutside ? null : await withoutLinks(tree, led, depth + 1);
  }
  return file;
}

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
    if (written === null || written === '.' || written.startsWith('..') || facts.isGenerated(written)) continue;
    const found = runnableAs(written, target.substitutes).find((candidate) => tree.has(candidate));
    placed.push({ line, target, file: found ?? written, there: found !== undefined });
  }
  return placed;
}

function executeBit(tree: GradedTree, { line, target, file }: Placed): readonly Finding[] {
  if (!target.direct || tree.entries.get(file)?.mode !== '100644') return [];
  const problem = `${line.name} executes ${file}, which git holds without the execute bit.`;
  const commands = [`chmod +x ${shellWord(file)}`, `git update-index --chmod=+x ${shellWord(file)}`];
  const remedy = 'give it the execute bit';
  return [{ code: 'not-executable', severity: 'error', problem, remedy, commands, path: file }];
}

const nearestFirst: readonly Standing[] = ['member', 'outsider', 'sample'];

function grouped(facts: ScriptFacts, absent: readonly Placed[]): readonly MissingTarget[] {
  const byFile = new Map<string, MissingTarget>();
  for (const { file, target, line } of absent) {
    const known = byFile.get(file);
    const both = [facts.standingOf(line), ...(known === undefined ? [] : [known.standing])];
    const standing = nearestFirst.find((one) => both.includes(one)) ?? 'member';
    byFile.set(file, { file, target, lines: [...(known?.lines ?? []), line], standing });
  }
  return [...byFile.values()];
}

export interface Missing {
  readonly missing: readonly MissingTarget[];
  /** Findings about targets that are there. */
  readonly findings: readonly Finding[];
}

/** The targets that are not there, each once with all the lines that run it. A folder of the tree counts as there. */
export async function findMissing(tree: GradedTree, facts: ScriptFacts): Promise<Missing> {
  const placed = (await Promise.all(facts.lines.map((line) => placedTargets(tree, facts, line)))).flat();
  const isMadeExecutable = madeExecutable(facts.lines);
  const asHeld = placed.filter(({ file }) => !isMadeExecutable(file));
  const bits = new Map(asHeld.flatMap((one) => executeBit(tree, one)).map((finding) => [finding.path, finding]));
  const { hasFolder } = treeIndex(tree);
  const absent = placed.filter(({ there, file }) => !there && !hasFolder(file));
  return { missing: grouped(facts, absent), findings: [...bits.values()] };
}
