/** Node, npm, git and the packages are those that the manifest, package.json and the lockfile ask for. */
import type { CheckOutcome, Finding } from '../core/doctor.ts';
import { type JsonObject, objectAt, parseObject, textEntries } from '../core/json-value.ts';
import { type Manifest, manifestPath } from '../core/manifest.ts';
import { isInRange, isWithin, parseRange } from '../core/version-range.ts';
import type { Machine } from '../effects/machine.ts';
import { type Check, type CheckContext, withManifest } from './check.ts';
import { lockfileFindings } from './lockfile.ts';

/** A tool that somebody asks for, and where. */
interface Demand {
  readonly tool: string;
  readonly range: string;
  readonly file: string;
  readonly line: number | undefined;
  /** npm itself only warns about "engines". */
  readonly severity: 'error' | 'warning';
}

interface Answer {
  readonly findings: readonly Finding[];
  readonly unknown?: string;
}

function findingFor({ file, line, severity }: Demand, code: Finding['code'], problem: string, remedy: string): Finding {
  const place = line === undefined ? { path: file } : { path: file, line };
  return { code, severity, problem, remedy, commands: [], ...place };
}

function demandsOf({ documents }: CheckContext, manifest: string, tools: Manifest['tools'], packageText: string) {
  const lineOf = (text: string, pointer: string) => documents.locate(text, pointer)?.line;
  const contract = Object.entries(tools).map(([tool, range]): Demand => {
    return { tool, range, file: manifestPath, line: lineOf(manifest, `/tools/${tool}`), severity: 'error' };
  });
  const engines = textEntries(objectAt(parseObject(packageText) ?? {}, 'engines')).map(([tool, range]): Demand => {
    return { tool, range, file: 'package.json', line: lineOf(packageText, `/engines/${tool}`), severity: 'warning' };
  });
  return { contract, engines };
}

/** Words in "engines" for a package manager, such as "please-use-pnpm", tell people by its complaint to take another. */
const isMessage = ({ tool, range, severity }: Demand): boolean =>
  severity === 'warning' && tool !== 'node' && /^[A-Za-z]\D*$/.test(range);

function unreadable(demand: Demand): readonly Finding[] {
  if (parseRange(demand.range) !== null || isMessage(demand)) return [];
  const problem = `"${demand.range}" for ${demand.tool} in ${demand.file} is no version range.`;
  return [findingFor(demand, 'tool-range-unreadable', problem, 'write it like ">=20.19"')];
}

/** Whether the tool that would be started is in the range that is asked for. */
async function meet(machine: Machine, demand: Demand): Promise<Answer> {
  const { tool, range: text, file } = demand;
  const range = parseRange(text);
  // A name with a slash or a dash in front is no tool on PATH, and is not tried.
  if (range === null || !/^[A-Za-z][\w.+-]*$/.test(tool)) return { findings: [] };
  const found = await machine.toolVersion(tool);
  switch (found.kind) {
    case 'missing': {
      // Of several package managers that "engines" may name, one is enough.
      if (demand.severity === 'warning') return { findings: [] };
      const problem = `${tool} is not on PATH; ${file} asks for ${tool} ${text}.`;
      return { findings: [findingFor(demand, 'tool-missing', problem, `install ${tool}`)] };
    }
    case 'unreadable':
      return { findings: [], unknown: found.why };
    case 'version': {
      if (isInRange(found.version, range) !== false) return { findings: [] };
      const problem = `${tool} is ${found.version} here; ${file} asks for ${text}.`;
      return { findings: [findingFor(demand, 'tool-version', problem, `install ${tool} ${text}`)] };
    }
  }
}

/** The contract must not let a version in that package.json shuts out; the other way round is a choice. */
function disagreements(contract: readonly Demand[], engines: readonly Demand[]): readonly Finding[] {
  return contract.flatMap((demand) => {
    const other = engines.find(({ tool }) => tool === demand.tool);
    const [inner, outer] = [parseRange(demand.range), parseRange(other?.range ?? '*')];
    if (other === undefined || inner === null || outer === null || isWithin(inner, outer)) return [];
    const problem = `${manifestPath} wants ${demand.tool} ${demand.range}, package.json "engines" wants ${other.range}.`;
    const remedy = `write "${other.range}" in ${manifestPath}, or widen "engines"`;
    return [findingFor({ ...demand, severity: 'warning' }, 'engines-disagree', problem, remedy)];
  });
}

async function tools(context: CheckContext, contract: readonly Demand[], engines: readonly Demand[]): Promise<Answer> {
  if (context.tree.kind !== 'worktree' || context.machine === undefined) return { findings: [] };
  const machine = await context.machine();
  const answers = await Promise.all([...contract, ...engines].map((demand) => meet(machine, demand)));
  const unknown = answers.flatMap((answer) => answer.unknown ?? []);
  const findings = answers.flatMap((answer) => answer.findings);
  // What both files ask for and neither gets is one finding.
  const isSaid = (finding: Finding, index: number): boolean =>
    findings
      .slice(0, index)
      .some((earlier) => earlier.code === finding.code && firstWord(earlier) === firstWord(finding));
  const distinct = findings.filter((finding, index) => !isSaid(finding, index));
  return { findings: distinct, ...(unknown.length === 0 ? {} : { unknown: unknown.join('; ') }) };
}

const firstWord = ({ problem }: Finding): string => problem.slice(0, problem.indexOf(' '));

async function look(context: CheckContext, manifest: Manifest): Promise<CheckOutcome> {
  const packageText = context.tree.has('package.json') ? await context.tree.read('package.json') : null;
  const text = context.manifest.ok ? context.manifest.text : '';
  const { contract, engines } = demandsOf(context, text, manifest.tools, packageText ?? '');
  const { findings, unknown } = await tools(context, contract, engines);
  const ranges = [...contract, ...engines].flatMap(unreadable);
  const root: JsonObject = parseObject(packageText ?? '') ?? {};
  const locks = await lockfileFindings(context, root);
  const all = [...ranges, ...findings, ...disagreements(contract, engines), ...locks];
  return { findings: all, ...(unknown === undefined ? {} : { unknown }) };
}

/** Check `toolchain`. On the index and a commit only what the tree itself says is compared. */
export const toolchain: Check = {
  id: 'toolchain',
  title: 'tools and packages are those that are asked for',
  asks: 'Do node, npm, git, the lockfile and the installed packages agree with the manifest and package.json?',
  run: withManifest(look),
};
