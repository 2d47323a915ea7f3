/** Everything that an entry point imports, however deep, is in the same tree as the entry point. */
import { type Closure, closureOf, leadsOutside, type MissingImport } from '../core/closure.ts';
import type { Finding } from '../core/doctor.ts';
import type { EntryPoint, Manifest } from '../core/manifest.ts';
import { findAbsence, ignoreRule } from './absence.ts';
import { type Check, type CheckContext, withManifest } from './check.ts';
import { type ImportSource, importSource } from './import-source.ts';
import { importPlace } from './place.ts';
import { resolveRules } from './runner.ts';
import { treeIndex } from './tree-index.ts';

function spellingOf(context: CheckContext, candidates: readonly string[]): string | undefined {
  const { spelt } = treeIndex(context.tree);
  return candidates.find((candidate) => spelt(candidate).length > 0);
}

/** The candidate that says most: one on disk or in the listing, one that is spelt otherwise there, else the first. */
function likeliest(context: CheckContext, { candidates, specifier }: MissingImport): string {
  const { disk, tree } = context;
  const known = candidates.find((path) => tree.entries.has(path) || disk.kindOf(path) === 'file');
  return known ?? spellingOf(context, candidates) ?? candidates[0] ?? specifier;
}

async function isBuilt(context: CheckContext, manifest: Manifest, missing: MissingImport): Promise<boolean> {
  if (manifest.generated.length > 0) {
    const { default: picomatch } = await import('picomatch');
    const isGenerated = picomatch(manifest.generated.map((output) => output.path));
    if (missing.candidates.some((candidate) => isGenerated(candidate))) return true;
  }
  const [written] = missing.candidates;
  return missing.perhapsBuilt && written !== undefined && (await ignoreRule(context, written)) !== undefined;
}

/** An import that could not lead to a file of the repository, whatever files there were. */
async function refusedFinding(context: CheckContext, missing: MissingImport): Promise<Finding> {
  const { from, specifier, chain, why } = missing;
  const isOutside = why === leadsOutside;
  const problem = `${from} imports "${specifier}": ${why} (${chain.join(' -> ')}).`;
  const code = isOutside ? 'import-outside' : 'import-not-offered';
  const remedy = isOutside ? 'bring the file into the repository' : 'correct the import, or that package.json';
  return { code, severity: 'error', problem, remedy, commands: [], ...(await importPlace(context, from, specifier)) };
}

async function missingFinding(context: CheckContext, missing: MissingImport): Promise<Finding> {
  const { from, specifier, chain, why } = missing;
  if (why !== undefined) return await refusedFinding(context, missing);
  const path = likeliest(context, missing);
  const neededBy = `${from} imports it as "${specifier}" (${chain.join(' -> ')})`;
  const place = () => importPlace(context, from, specifier);
  const finding = await findAbsence(context, { path, neededBy, place }, { symlinkAllowed: true });
  if (finding !== undefined) return finding;
  const problem = `${from} imports "${specifier}", which no file of this tree answers (${chain.join(' -> ')}).`;
  const base = {
    code: 'path-missing',
    severity: 'error',
    problem,
    remedy: 'correct the import',
    commands: [],
  } as const;
  return { ...base, ...(await place()), target: path };
}

/** One finding for each missing file, named by the shortest chain that leads to it. */
function withoutRepeats(missing: readonly MissingImport[]): readonly MissingImport[] {
  const byTarget = new Map<string, MissingImport>();
  for (const one of missing) {
    const key = one.candidates[0] ?? `${one.from}\0${one.specifier}`;
    const known = byTarget.get(key);
    if (known === undefined || one.chain.length < known.chain.length) byTarget.set(key, one);
  }
  return [...byTarget.values()];
}

/** Packages that change, once they are imported, how everything after them is found. */
const registersLoader = /^(tsx|ts-node|jiti|esbuild-register|module-alias|tsconfig-paths|@swc-node\/|@babel\/register)/;

/** What an entry point leads to by its runner's rules; by the wider ones if it makes Node follow others at run time. */
async function closureUnder(source: ImportSource, entry: EntryPoint): Promise<Closure> {
  const rules = resolveRules(entry);
  const strict = await closureOf(entry.path, source.under(rules));
  if (strict.missing.length === 0 || rules.by === 'tsx') return strict;
  const imports = (await Promise.all(strict.files.map(source.importsOf))).flat();
  if (!imports.some(({ specifier }) => registersLoader.test(specifier))) return strict;
  return await closureOf(entry.path, source.under({ ...rules, by: 'tsx' }));
}

/** Check `closure`. */
export const closure: Check = {
  id: 'closure',
  title: 'what the entry points import is held by git',
  asks: 'Is every file that an entry point imports, however deep, in this tree?',
  run: withManifest(async (context, manifest) => {
    // An entry point that is not there is the matter of the check "tracked".
    const entries = manifest.entryPoints.filter((entry) => context.tree.has(entry.path));
    const source = importSource(context);
    const closures = await Promise.all(entries.map((entry) => closureUnder(source, entry)));
    const missing = withoutRepeats(closures.flatMap((one) => one.missing));
    const absent: Finding[] = [];
    // One after the other: each may ask git.
    for (const one of missing)
      if (!(await isBuilt(context, manifest, one))) absent.push(await missingFinding(context, one));
    return { findings: [...absent, ...source.syntaxFindings()] };
  }),
};
