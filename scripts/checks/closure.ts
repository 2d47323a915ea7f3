/** Everything that an entry point imports, however deep, is in the same tree as the entry point. */
import { type Closure, closureOf, type MissingImport } from '../core/closure.ts';
import type { Finding } from '../core/doctor.ts';
import { findAbsence } from './absence.ts';
import { type Check, type CheckContext, withManifest } from './check.ts';
import { importSource } from './import-source.ts';

/** The candidate that says most: one that is on disk or in the listing, else the path as it was written. */
function likeliest(context: CheckContext, missing: MissingImport): string {
  const { disk, tree } = context;
  const known = missing.candidates.find((path) => tree.entries.has(path) || disk.kindOf(path) === 'file');
  const [written] = missing.candidates;
  return known ?? written ?? missing.specifier;
}

function chainText(missing: MissingImport): string {
  return missing.chain.join(' -> ');
}

async function missingFinding(context: CheckContext, missing: MissingImport): Promise<Finding> {
  const path = likeliest(context, missing);
  const neededBy = `${missing.from} imports it as "${missing.specifier}" (${chainText(missing)})`;
  const finding = await findAbsence(context, { path, neededBy }, { symlinkAllowed: true });
  if (finding !== undefined) return finding;
  const problem = `${missing.from} imports "${missing.specifier}", which no file of this tree answers (${chainText(missing)}).`;
  return { code: 'path-missing', severity: 'error', problem, remedy: 'correct the import', commands: [], path };
}

/** One finding for each missing file, named by the shortest chain that leads to it. */
function withoutRepeats(missing: readonly MissingImport[]): readonly MissingImport[] {
  const byTarget = new Map<string, MissingImport>();
  for (const one of missing) {
    const key = one.candidates[0] ?? one.specifier;
    const known = byTarget.get(key);
    if (known === undefined || one.chain.length < known.chain.length) byTarget.set(key, one);
  }
  return [...byTarget.values()];
}

/** Check `closure`. */
export const closure: Check = {
  id: 'closure',
  title: 'what the entry points import is held by git',
  asks: 'Is every file that an entry point imports, however deep, in this tree?',
  run: withManifest(async (context, manifest) => {
    // An entry point that is not there is the matter of the check "tracked".
    const entries = manifest.entryPoints.map((entry) => entry.path).filter((path) => context.tree.has(path));
    const source = await importSource(context);
    const closures: readonly Closure[] = await Promise.all(entries.map((entry) => closureOf(entry, source)));
    const missing = withoutRepeats(closures.flatMap((one) => one.missing));
    const absent = await Promise.all(missing.map((one) => missingFinding(context, one)));
    return { findings: [...absent, ...source.syntaxFindings()] };
  }),
};
