/** The manifest is valid, its paths can name files, and it leaves out nothing that it must name. */
import path from 'node:path';
import { type Finding, isInForce } from '../core/doctor.ts';
import { describeProblem, nearestWord } from '../core/documents.ts';
import { findingCodes, isFindingCode } from '../core/finding-codes.ts';
import { objectAt, parseObject } from '../core/json-value.ts';
import { type Manifest, manifestPath, namedFiles } from '../core/manifest.ts';
import { lockfiles } from '../core/package-managers.ts';
import { type Check, type CheckContext, findingOf } from './check.ts';
import { plainFolder } from './hook-tool.ts';
import { policyKinds } from './policy-kinds.ts';
import { treeIndex } from './tree-index.ts';

type Draft = Pick<Finding, 'code' | 'severity' | 'problem' | 'remedy'>;
type Place = (draft: Draft, pointer: string) => Finding;

function pathProblem(named: string): string | undefined {
  if (path.posix.isAbsolute(named) || /^[A-Za-z]:[\\/]/.test(named)) return 'it is absolute';
  if (named.includes('\\')) return 'it has a backslash; folders are separated by /';
  if (/^\.\.(\/|$)/.test(path.posix.normalize(named))) return 'it leads out of the repository';
  if (named.split('/').includes('node_modules')) return 'git does not hold node_modules';
  if (path.posix.normalize(named) !== named || named.endsWith('/')) {
    return `write it as ${path.posix.normalize(named).replace(/\/$/, '')}`;
  }
  return undefined;
}

function pathFindings(manifest: Manifest, at: Place): readonly Finding[] {
  const folders = manifest.runtimeDirectories.map((folder, index) => {
    return { path: folder, pointer: `/runtimeDirectories/${index}` };
  });
  return [...namedFiles(manifest), ...folders].flatMap(({ path: name, pointer }) => {
    const wrong = pathProblem(name);
    if (wrong === undefined) return [];
    const problem = `"${name}" cannot name a file of this repository: ${wrong}.`;
    const remedy = 'write the plain path relative to the root of the repository';
    return [at({ code: 'manifest-path-unusable', severity: 'error', problem, remedy }, pointer)];
  });
}

/** Whether loopbreaker is a package here: then a scripts/doctor.ts is the team's own, and none of our business. */
async function isPackage({ tree }: CheckContext): Promise<boolean> {
  const packageJson = parseObject((await tree.read('package.json')) ?? '') ?? {};
  return ['dependencies', 'devDependencies'].some((key) => Object.hasOwn(objectAt(packageJson, key), 'loopbreaker'));
}

/** Files that decide about everything else: were one left out, its loss would go unseen. */
async function leftOut(context: CheckContext, manifest: Manifest, at: Place): Promise<readonly Finding[]> {
  const { tree } = context;
  const hookFolders = ['.husky', plainFolder];
  const hooks = manifest.hooks.flatMap((hook) => hookFolders.map((folder) => `${folder}/${hook}`));
  const named = new Set([...namedFiles(manifest).map((one) => one.path), ...hooks]);
  const doctors = (await isPackage(context))
    ? []
    : ['ts', 'mts', 'js', 'mjs'].map((ending) => `scripts/doctor.${ending}`);
  const must: readonly (readonly [string, string, Finding['severity']])[] = [
    ...Object.keys(policyKinds).map((file) => [file, 'policies', 'error'] as const),
    ...hookFolders.flatMap((folder) =>
      ['pre-commit', 'pre-push'].map((hook) => [`${folder}/${hook}`, 'hooks', 'error'] as const),
    ),
    ...doctors.map((file) => [file, 'entryPoints', 'warning'] as const),
    ...lockfiles.map(([file]) => [file, 'files', 'warning'] as const),
  ];
  return must.flatMap(([file, key, severity]) => {
    if (named.has(file) || !tree.has(file)) return [];
    const problem = `${file} is in the tree, but "${key}" does not name it.`;
    const what = key === 'hooks' ? path.posix.basename(file) : file;
    return [at({ code: 'manifest-leaves-out', severity, problem, remedy: `add ${what} to "${key}"` }, `/${key}`)];
  });
}

function emptyDirectories({ tree }: CheckContext, manifest: Manifest, at: Place): readonly Finding[] {
  const { hasFolder } = treeIndex(tree);
  return manifest.runtimeDirectories.flatMap((directory, index) => {
    if (hasFolder(directory)) return [];
    const problem = `The runtime directory "${directory}" holds no file of this tree.`;
    const remedy = 'correct the name, or remove it from "runtimeDirectories"';
    return [
      at({ code: 'runtime-directory-missing', severity: 'warning', problem, remedy }, `/runtimeDirectories/${index}`),
    ];
  });
}

function suppressionFindings({ today }: CheckContext, manifest: Manifest, at: Place): readonly Finding[] {
  return manifest.suppress.flatMap((suppression, index) => {
    const { code, path: file, until } = suppression;
    if (!isFindingCode(code)) {
      const guess = nearestWord(code, Object.keys(findingCodes));
      const remedy = guess === undefined ? 'remove it' : `write "${guess}"`;
      const problem = `There is no finding with the code "${code}".`;
      return [at({ code: 'suppression-unknown-code', severity: 'error', problem, remedy }, `/suppress/${index}/code`)];
    }
    if (isInForce(suppression, today)) return [];
    const problem = `The suppression of ${code} for ${file} ended on ${until}.`;
    const remedy = 'mend what it suppressed, or give it a new reason and a new date';
    return [at({ code: 'suppression-expired', severity: 'warning', problem, remedy }, `/suppress/${index}/until`)];
  });
}

/** Check `manifest`. */
export const manifest: Check = {
  id: 'manifest',
  title: 'the contract can be read and names what it must',
  asks: 'Is runtime-manifest.json valid, and does it name the policies, the hooks and the lockfile themselves?',
  run: async (context) => {
    const reading = context.manifest;
    if (!reading.ok) return { findings: reading.problems.map((problem) => findingOf(problem, describeProblem)) };
    const at: Place = (draft, pointer) => {
      const line = context.documents.locate(reading.text, pointer)?.line;
      return { ...draft, commands: [], path: manifestPath, ...(line === undefined ? {} : { line }) };
    };
    const judges = [leftOut, emptyDirectories, suppressionFindings];
    const findings = await Promise.all(judges.map((judge) => judge(context, reading.manifest, at)));
    return { findings: [...pathFindings(reading.manifest, at), ...findings.flat()] };
  },
};
