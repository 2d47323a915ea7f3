/** The lockfile of the graded tree agrees with its package.json, and with what is installed beside the work tree. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import { type JsonObject, objectAt, parseObject } from '../core/json-value.ts';
import {
  declaredPackages,
  installedDifference,
  type LockedPackages,
  lockedPlace,
  outOfStep,
  readLockfile,
} from '../core/lockfile.ts';
import type { CheckContext } from './check.ts';
import { lockfileInstead, withoutLockfile } from './lockfile-absent.ts';

const npmLockfiles = ['npm-shrinkwrap.json', 'package-lock.json'] as const;
const relock = 'npm install --package-lock-only --ignore-scripts';
const install = ['npm ci'];

/** The first few of a list, and how many more there are. */
function few(list: readonly string[]): string {
  const rest = list.length - 3;
  return list.slice(0, 3).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** Folders of workspace packages: those that the patterns match in the tree, and those that the lockfile knows. */
async function workspaceFolders({ tree }: CheckContext, root: JsonObject, packages: LockedPackages) {
  const listed = Array.isArray(root.workspaces) ? root.workspaces : objectAt(root, 'workspaces').packages;
  const patterns = Array.isArray(listed) ? listed.filter((pattern) => typeof pattern === 'string') : [];
  if (patterns.length === 0) return [];
  const { default: picomatch } = await import('picomatch');
  const isMember = picomatch(patterns.map((pattern) => path.posix.join(pattern, 'package.json')));
  const matched = [...tree.entries.keys()].filter((file) => file.endsWith('/package.json') && isMember(file));
  const known = [...packages.keys()].filter((place) => place !== '' && !place.includes('node_modules/'));
  return [...new Set([...matched.map((file) => path.posix.dirname(file)), ...known])];
}

async function workspaceProblems(
  context: CheckContext,
  root: JsonObject,
  packages: LockedPackages,
  overridden: boolean,
) {
  const problems: string[] = [];
  for (const folder of await workspaceFolders(context, root, packages)) {
    const text = await context.tree.read(`${folder}/package.json`);
    const parsed = text === null ? null : parseObject(text);
    if (text === null) problems.push(`it knows the workspace ${folder}, which is not in this tree`);
    else if (!packages.has(folder)) problems.push(`the workspace ${folder} is not in it`);
    else if (parsed !== null) problems.push(...outOfStep(packages, folder, parsed, overridden));
  }
  return problems;
}

/** The nearest folder above the work tree that Node would find packages in; a nested worktree uses its parent's. */
function moduleFolder({ disk }: CheckContext): string | undefined {
  for (let at = disk.root; ; at = path.dirname(at)) {
    const folder = path.join(at, 'node_modules');
    if (disk.kindOf(folder) !== 'absent') return folder;
    if (path.dirname(at) === at) return undefined;
  }
}

function packagesFinding(code: Finding['code'], problem: string, commands: readonly string[]): Finding {
  const severity = code === 'packages-unlisted' ? 'warning' : 'error';
  const remedy =
    code === 'packages-unlisted' ? 'npm prune, or install them so that the lockfile lists them' : 'install them';
  return { code, severity, problem, remedy, commands, path: 'package-lock.json' };
}

/** Without npm's own note of what it installed, the packages that package.json itself names are looked at one by one. */
function directDifference({ disk }: CheckContext, folder: string, root: JsonObject, packages: LockedPackages) {
  const optional = objectAt(root, 'optionalDependencies');
  const names = declaredPackages(root).map(([name]) => name);
  const missing = names.filter(
    (name) => !Object.hasOwn(optional, name) && disk.realPath(path.join(folder, name, 'package.json')) === null,
  );
  const differing = names.flatMap((name) => {
    const wanted = packages.get(lockedPlace(packages, '', name) ?? '')?.version;
    const file = disk.realPath(path.join(folder, name, 'package.json'));
    const found = file === null ? undefined : parseObject(disk.read(file)?.toString('utf8') ?? '')?.version;
    const both = typeof wanted === 'string' && typeof found === 'string';
    return both && wanted !== found ? [`${name} ${found} for ${wanted}`] : [];
  });
  return { missing, differing, unlisted: [] };
}

function installedFindings(context: CheckContext, root: JsonObject, packages: LockedPackages): readonly Finding[] {
  if (context.tree.kind !== 'worktree' || declaredPackages(root).length === 0) return [];
  const folder = moduleFolder(context);
  if (folder === undefined) return [packagesFinding('packages-not-installed', 'There is no node_modules.', install)];
  const text = context.disk.read(path.join(folder, '.package-lock.json'))?.toString('utf8');
  const reading = readLockfile(text ?? '');
  const direct = directDifference(context, folder, root, packages);
  const noted = reading.kind === 'packages' ? installedDifference(packages, reading.packages) : direct;
  const { differing, unlisted } = noted;
  // A production install leaves out what is for development, with npm's knowledge; a removed folder is not.
  const development = objectAt(root, 'devDependencies');
  const removed = direct.missing.filter((name) => reading.kind !== 'packages' || !Object.hasOwn(development, name));
  const missing = [...new Set([...noted.missing, ...removed])];
  const found: Finding[] = [];
  const say = (code: Finding['code'], problem: string, commands: readonly string[]): void =>
    void found.push(packagesFinding(code, problem, commands));
  if (missing.length > 0) say('packages-not-installed', `Not installed: ${few(missing)}.`, install);
  if (differing.length > 0) say('packages-differ', `Installed in another version: ${few(differing)}.`, install);
  if (unlisted.length > 0)
    say('packages-unlisted', `Installed and not in the lockfile: ${few(unlisted)}.`, ['npm prune']);
  return found;
}

interface Compared {
  /** What is wrong with the file itself, and what could not be compared. */
  readonly findings: readonly Finding[];
  /** Those of a lockfile that agrees with package.json, else null. */
  readonly packages: LockedPackages | null;
}

/** The lockfile of npm against package.json. */
async function compared(context: CheckContext, root: JsonObject, name: string): Promise<Compared> {
  const one = (finding: Omit<Finding, 'path'>): Compared => ({
    findings: [{ ...finding, path: name }],
    packages: null,
  });
  const reading = readLockfile((await context.tree.read(name)) ?? '');
  switch (reading.kind) {
    case 'unreadable': {
      const problem = `${name} is not a lockfile that npm could read.`;
      const remedy = 'restore it; after a conflict, let npm write it anew';
      const held = await context.git(['cat-file', 'blob', `HEAD:${name}`]);
      const isGood = held.exitCode === 0 && readLockfile(held.stdout).kind !== 'unreadable';
      const commands = isGood ? [`git checkout HEAD -- ${name}`] : [];
      return one({ code: 'lockfile-unreadable', severity: 'error', problem, remedy, commands });
    }
    case 'old': {
      const problem = `${name} is of version 1, so it was not compared with package.json.`;
      const remedy = 'npm install rewrites it';
      return one({ code: 'lockfile-not-read', severity: 'note', problem, remedy, commands: [] });
    }
    case 'packages': {
      const { packages } = reading;
      const overridden = Object.keys(objectAt(root, 'overrides')).length > 0;
      const own = outOfStep(packages, '', root, overridden);
      const problems = [...own, ...(await workspaceProblems(context, root, packages, overridden))];
      if (problems.length === 0) return { findings: [], packages };
      const problem = `${name} is not in step with package.json: ${few(problems)}.`;
      const commands = [relock, `git add ${name}`];
      return one({ code: 'lockfile-out-of-step', severity: 'error', problem, remedy: 'write it anew', commands });
    }
  }
}

/** What is wrong with the lockfile, and in the work tree with what is installed. */
export async function lockfileFindings(context: CheckContext, root: JsonObject): Promise<readonly Finding[]> {
  const name = npmLockfiles.find((file) => context.tree.has(file));
  const declares = declaredPackages(root).length > 0;
  if (name === undefined) return declares ? await withoutLockfile(context, root, relock) : [];
  const { findings, packages } = await compared(context, root, name);
  const instead = lockfileInstead(context, root);
  if (instead !== undefined) {
    // What npm has left behind; as long as it is kept in step there is nothing to say against it.
    const wrong = findings.filter(({ severity }) => severity === 'error');
    const remedy = `take it out: package.json declares another package manager, and its ${instead} is there`;
    const commands = [`git rm ${name}`];
    return wrong.length === 0
      ? await withoutLockfile(context, root, relock)
      : wrong.map((finding) => ({ ...finding, remedy, commands }));
  }
  return packages === null ? findings : installedFindings(context, root, packages);
}
