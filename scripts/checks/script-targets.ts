/** Every file and script that package.json scripts, hooks and lint-staged tasks run exists in the graded tree. */
import path from 'node:path';
import type { CheckOutcome, Finding } from '../core/doctor.ts';
import { describeProblem } from '../core/documents.ts';
import type { Manifest } from '../core/manifest.ts';
import { sourcesBeside, sourcesElsewhere } from '../core/script-built.ts';
import { type Check, type CheckContext, findingOf } from './check.ts';
import { localPackageFindings } from './local-packages.ts';
import { type Evidence, gatherEvidence } from './script-evidence.ts';
import { factsOf, type ScriptFacts } from './script-facts.ts';
import type { MissingTarget, Verdict } from './script-findings.ts';
import { folderFindings } from './script-folders.ts';
import { isElsewhere, leftToAdd, stagedRemovals } from './script-head.ts';
import { historyOf } from './script-history.ts';
import { ignoreRules } from './script-ignored.ts';
import { findMissing } from './script-missing.ts';
import { nameFindings } from './script-names.ts';
import { emptyGlobs } from './script-patterns.ts';
import { readScriptSources, type ScriptLine } from './script-sources.ts';
import { verdictOn } from './script-verdicts.ts';

/** Parts that a note names; the rest is counted. */
const partsShownMax = 6;

/** Paths under which git may know a target or its source: a word without an ending may stand for a file with one. */
function historyPaths(missing: readonly MissingTarget[]): readonly string[] {
  const paths = missing.flatMap(({ file }) => [
    file,
    ...(path.posix.extname(file) === '' ? ['.js', '.ts', '.mjs', '.cjs'].map((end) => file + end) : []),
    ...sourcesBeside(file),
    ...sourcesElsewhere(file),
  ]);
  return [...new Set(paths)];
}

/** All verdicts, with git asked once for all paths. */
async function verdicts(
  context: CheckContext,
  missing: readonly MissingTarget[],
  evidence: Evidence,
): Promise<readonly (readonly [MissingTarget, Verdict])[]> {
  if (missing.length === 0) return [];
  const paths = historyPaths(missing);
  // The second path finds rules for folders, which git applies only to what lies in one.
  const ignorable = missing.flatMap(({ file }) => [file, `${file}/x`]);
  const [rules, history, staged, elsewhere] = await Promise.all([
    ignoreRules(context, ignorable),
    historyOf(context, paths),
    stagedRemovals(context, paths),
    isElsewhere(context),
  ]);
  const files = missing.map(({ file }) => file);
  const toAdd = await leftToAdd(context, files, elsewhere);
  const known = { context, rules, history, staged, elsewhere, toAdd, evidence };
  const judged: (readonly [MissingTarget, Verdict])[] = [];
  // One after the other: a verdict may ask git, and there may be hundreds of them.
  for (const one of missing) judged.push([one, await verdictOn(one, known)]);
  return judged;
}

interface Unknowable {
  readonly line: ScriptLine;
  readonly part: string;
}

/** Of samples only what is dead is told. */
function unknowableIn({ lines, standingOf }: ScriptFacts): readonly Unknowable[] {
  const own = lines.filter(({ line }) => standingOf(line) !== 'sample');
  return own.flatMap(({ line, reading }) => {
    const parts = reading.foreign ? ['not for a POSIX shell', ...reading.unknowable] : reading.unknowable;
    return parts.map((part) => ({ line, part }));
  });
}

/** One note for each file that holds something unknowable, instead of one for each line. */
function notes(unknowable: readonly Unknowable[]): readonly Finding[] {
  const files = [...new Set(unknowable.map(({ line }) => line.file))];
  return files.map((file): Finding => {
    const own = unknowable.filter(({ line }) => line.file === file);
    const parts = [...new Set(own.map(({ line, part }) => `"${line.label}" (${part})`))];
    const more = parts.length > partsShownMax ? `; and ${parts.length - partsShownMax} more` : '';
    const problem = `${file}: nothing is claimed about ${parts.slice(0, partsShownMax).join('; ')}${more}.`;
    const base = { code: 'script-target-unknowable', severity: 'note', commands: [] } as const;
    return { ...base, problem, remedy: 'nothing to do', path: file };
  });
}

function isInFolder(finding: Finding, folder: Finding): boolean {
  return finding.severity === 'error' && finding.target?.startsWith(`${folder.target}/`) === true;
}

async function examine(context: CheckContext, facts: ScriptFacts): Promise<readonly Finding[]> {
  const { missing, findings } = await findMissing(context, facts);
  const evidence = gatherEvidence(context, facts.lines, facts.sources.packages);
  const judged = await verdicts(context, missing, evidence);
  const told = judged.flatMap(([, verdict]) => ('finding' in verdict ? [verdict.finding] : []));
  // What lay in the folder says more than that the folder is not there.
  const folders = (await folderFindings(context, facts, evidence)).filter(
    (folder) => !told.some((finding) => isInFolder(finding, folder)),
  );
  const unclaimed = judged.flatMap(([{ lines, file }, verdict]) => {
    const [line] = lines;
    const isTold = folders.some((folder) => file.startsWith(`${folder.target}/`));
    return 'unknowable' in verdict && line !== undefined && !isTold ? [{ line, part: verdict.unknowable }] : [];
  });
  return [
    ...told,
    ...folders,
    ...findings,
    ...(await nameFindings(context, facts)),
    ...(await emptyGlobs(context, facts)),
    ...(await localPackageFindings(context, facts)),
    ...notes([...unknowableIn(facts), ...unclaimed]),
  ];
}

/** What the manifest says here, or null when there is one and it is not valid. Without one nothing is declared. */
function contractOf({ manifest }: CheckContext): Pick<Manifest, 'hooks' | 'generated'> | null {
  if (manifest.ok) return manifest.manifest;
  const isAbsent = manifest.problems.every((problem) => problem.code === 'document-missing');
  return isAbsent ? { hooks: [], generated: [] } : null;
}

/** Check `script-targets`. */
export const scriptTargets: Check = {
  id: 'script-targets',
  title: 'what package scripts and hooks run exists',
  asks: 'Is every file and script that package scripts, hooks and lint-staged tasks run in this tree, and every package that is taken from a path?',
  run: async (context): Promise<CheckOutcome> => {
    const contract = contractOf(context);
    if (contract === null) return { findings: [], unknown: 'it needs a valid runtime-manifest.json' };
    const sources = await readScriptSources(context, contract.hooks);
    const unread = sources.unreadable;
    const unknown = unread.length > 0 ? { unknown: `it could not read ${unread.join('; ')}` } : {};
    const broken = sources.broken.map((problem) => findingOf(problem, describeProblem));
    const hasLocal = [...sources.packages.values()].some(({ local }) => local.length > 0);
    if (sources.lines.length === 0 && !hasLocal && unread.length === 0 && broken.length === 0) {
      return { findings: [], skipped: 'there are no package scripts or hooks' };
    }
    const findings = await examine(context, await factsOf(sources, contract.generated));
    return { findings: [...broken, ...findings], ...unknown };
  },
};
