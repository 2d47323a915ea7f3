/** The verdict on a script's target that the graded tree does not hold: generated, moved, deleted, hidden, unknowable. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import {
  hidesWrittenProgram,
  isAmongScripts,
  isCatchAll,
  isCompiled,
  isEndingRule,
  isHandWritten,
  isInBuildFolder,
  isInOutputFolder,
  sourcesBeside,
  sourcesElsewhere,
} from '../core/script-built.ts';
import { findAbsence } from './absence.ts';
import type { CheckContext } from './check.ts';
import { nearName } from './near-name.ts';
import type { Place } from './place.ts';
import { type Departure, isTellingName } from './script-copies.ts';
import { elseMeant } from './script-else.ts';
import type { Evidence, Reason } from './script-evidence.ts';
import {
  asWritten,
  built,
  departed,
  error,
  type MissingTarget,
  runBy,
  stagedRemoval,
  type Verdict,
} from './script-findings.ts';
import type { StagedRemoval } from './script-head.ts';
import type { PathHistory } from './script-history.ts';
import type { IgnoreRule } from './script-ignored.ts';
import { lostBeside, lostSource } from './script-lost-source.ts';
import { lostOnBranch } from './script-merges.ts';
import { scriptPlace } from './script-place.ts';
import { rewriteCommands } from './script-rewrite.ts';
import { treeIndex } from './tree-index.ts';

export interface Knowledge {
  readonly context: CheckContext;
  readonly rules: ReadonlyMap<string, IgnoreRule>;
  readonly history: PathHistory;
  /** What this very commit would remove. */
  readonly staged: ReadonlyMap<string, StagedRemoval>;
  /** Whether another commit is graded than the one that is checked out. */
  readonly elsewhere: boolean;
  /** Files of the disk that nobody added to git yet. */
  readonly toAdd: ReadonlySet<string>;
  readonly evidence: Evidence;
}

function departureOf({ file }: MissingTarget, { departures }: PathHistory): Departure | undefined {
  return departures.get(file) ?? ['.js', '.ts', '.mjs', '.cjs'].map((end) => departures.get(file + end)).find(Boolean);
}

/** A compiled file that a rule hides, and that no build can be the reason for. */
function isHiddenByAccident({ file }: MissingTarget, rule: IgnoreRule): boolean {
  return isCatchAll(rule.pattern) && !isInOutputFolder(file);
}

/**
 * A rule for an ending hides written files too: what was deleted was written. And so was what git once held among scripts,
 * as settings, or with an ending that only people write, whichever rule hides it now.
 */
function isDeletedSource(missing: MissingTarget, rule: IgnoreRule, { history }: Knowledge): boolean {
  const { file, target } = missing;
  const isSettings = (target.taking === 'settings' || target.taking === 'project') && !isInBuildFolder(file);
  const isWritten = isEndingRule(rule.pattern) || isHandWritten(file) || isAmongScripts(file) || isSettings;
  return isWritten && departureOf(missing, history) !== undefined;
}

/** Why it is built, when a source lies beside it. */
function sourceOf({ file }: MissingTarget, { context }: Knowledge): string | undefined {
  const source = sourcesBeside(file).find((one) => context.tree.has(one));
  return source === undefined ? undefined : `it is what ${source} compiles to`;
}

/** What is built, unless tsc builds it and its source is gone. */
function builtBecause(missing: MissingTarget, { why, isCompiler }: Reason, known: Knowledge): Verdict {
  const lost = isCompiler === true ? lostSource(missing, sourcesElsewhere(missing.file), known) : undefined;
  return lost ?? built(missing, why);
}

async function ignoredVerdict(missing: MissingTarget, rule: IgnoreRule, known: Knowledge): Promise<Verdict> {
  const { context, history, evidence } = known;
  const beside = sourceOf(missing, known);
  const reason = (await evidence(missing.file)) ?? (beside === undefined ? undefined : { why: beside });
  if (reason !== undefined) return builtBecause(missing, reason, known);
  const lost = lostBeside(missing, known);
  if (lost !== undefined) return lost;
  const written =
    (isHandWritten(missing.file) && !isInOutputFolder(missing.file)) || hidesWrittenProgram(rule.pattern, missing.file);
  const suspicious = written || isDeletedSource(missing, rule, known);
  if (!suspicious && !(isCompiled(missing.file) && isHiddenByAccident(missing, rule)))
    return built(missing, `it is ignored (${rule.text})`);
  const departure = departureOf(missing, history);
  if (departure !== undefined) return departed(missing, departure);
  if (known.toAdd.has(missing.file)) return await onDisk(missing, context);
  const never = history.gap === undefined ? 'was never committed' : 'is not in this tree';
  const problem = `${missing.file} ${never}, and an ignore rule hides it from git add (${rule.text})`;
  return error(missing, 'path-ignored', problem, 'change that rule and add the file, or take the script away');
}

/** The line that runs the target. */
async function placeOf({ lines: [line], target, file }: MissingTarget, context: CheckContext): Promise<Place> {
  return line === undefined ? { path: file } : await scriptPlace(context, line, target.path);
}

async function onDisk(missing: MissingTarget, context: CheckContext): Promise<Verdict> {
  const finding = await findAbsence(
    context,
    { path: missing.file, neededBy: runBy(missing), place: () => placeOf(missing, context) },
    { symlinkAllowed: true },
  );
  return finding === undefined ? { unknowable: `${missing.file}, which is on disk` } : { finding };
}

/** The one file of the tree that has this name, where the name says something. */
function namesake({ tree }: CheckContext, file: string): string | undefined {
  const name = path.posix.basename(file);
  if (!isTellingName(name)) return undefined;
  const same = treeIndex(tree)
    .named(name)
    .filter((one) => tree.has(one));
  return same.length === 1 ? same[0] : undefined;
}

async function absent(missing: MissingTarget, known: Knowledge): Promise<Verdict> {
  const { file } = missing;
  const other = elseMeant(missing, known.context);
  if (other !== undefined) return { unknowable: `${file}, ${other}` };
  const lost = await lostOnBranch(known.context, file);
  if (lost !== undefined) return departed(missing, lost);
  const near = namesake(known.context, file) ?? nearName(known.context, file);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  const { gap } = known.history;
  const how =
    gap === undefined ? ', neither on disk nor in the history of git' : ` (when it went cannot be said, as ${gap})`;
  const remedy = near === undefined ? 'correct the path, or take the script away' : `write ${asWritten(missing, near)}`;
  const commands = near === undefined ? [] : rewriteCommands(missing, near);
  return error(missing, 'path-missing', `${file} does not exist${how}${hint}`, remedy, commands);
}

async function judge(missing: MissingTarget, known: Knowledge): Promise<Verdict> {
  const { context, history, rules, evidence } = known;
  const { file } = missing;
  if (context.tree.entries.has(file)) return await onDisk(missing, context);
  const rule = rules.get(file) ?? rules.get(`${file}/x`);
  if (rule !== undefined) return await ignoredVerdict(missing, rule, known);
  const departure = departureOf(missing, history);
  const isOnDisk = context.disk.kindOf(file) === 'file';
  // What another commit lacks is told by its history; today's disk holds what another change brought.
  if (isOnDisk && departure !== undefined && known.elsewhere) return departed(missing, departure);
  if (known.toAdd.has(file)) return await onDisk(missing, context);
  const removed = known.staged.get(file);
  if (removed !== undefined) return stagedRemoval(missing, removed, context.tree.kind);
  if (departure !== undefined) return departed(missing, departure);
  const beside = sourceOf(missing, known);
  if (beside !== undefined) return built(missing, beside);
  const reason = await evidence(file);
  if (reason !== undefined) return builtBecause(missing, reason, known);
  const [spelt] = treeIndex(context.tree).spelt(file);
  if (spelt === undefined) return await absent(missing, known);
  return error(
    missing,
    'path-other-case',
    `${file} does not exist; git has ${spelt}`,
    `write ${asWritten(missing, spelt)}`,
  );
}

/**
 * The verdict. What a sample's script runs exists only after the sample is copied; a package outside of the workspace
 * may be a sample too, so there only what git once held, or hides, is an error.
 */
export async function verdictOn(missing: MissingTarget, known: Knowledge): Promise<Verdict> {
  const verdict = await judge(missing, known);
  if (!('finding' in verdict)) return verdict;
  const { finding } = verdict;
  const placed = finding.path === undefined ? { ...finding, ...(await placeOf(missing, known.context)) } : finding;
  return finding.severity === 'error' ? asStanding(missing, placed) : { finding: placed };
}

function asStanding(missing: MissingTarget, finding: Finding): Verdict {
  // On the system that it is written for it may be found where it is not looked for here.
  if (missing.target.tentative && finding.code === 'path-missing')
    return { unknowable: `${missing.file}, written for another system` };
  switch (missing.standing) {
    case 'sample':
      return { unknowable: `${missing.file}, which is there once the template is copied` };
    case 'outsider':
      return finding.code === 'path-missing'
        ? { unknowable: `${missing.file}, of a package outside of the workspace` }
        : { finding };
    case 'member':
      return { finding };
  }
}
