/** What is said of a package.json that asks for packages where npm has no lockfile in the graded tree. */
import type { Finding } from '../core/doctor.ts';
import type { JsonObject } from '../core/json-value.ts';
import { declaredManager, lockfiles, programOf } from '../core/package-managers.ts';
import { ignoreRule } from './absence.ts';
import type { CheckContext } from './check.ts';

const names = [...lockfiles.map(([file]) => file), 'deno.lock'];

/** The lockfile that lies on disk and is not in the tree, that of the declared manager first; undefined without one. */
function onDisk({ disk }: CheckContext, program: string | null): string | undefined {
  const there = names.filter((name) => disk.kindOf(name) === 'file');
  const isDeclared = (name: string): boolean =>
    lockfiles.some(([file, manager]) => file === name && programOf(manager) === program);
  return there.find(isDeclared) ?? there[0];
}

/** The lockfile in the tree of the manager that package.json declares where that is not npm; else undefined. */
export function lockfileInstead({ tree }: CheckContext, root: JsonObject): string | undefined {
  const manager = declaredManager(root.packageManager);
  if (manager === null || manager === 'npm') return undefined;
  const own = lockfiles.filter(([, one]) => programOf(one) === programOf(manager));
  return own.map(([file]) => file).find((file) => tree.has(file));
}

/** `relock` is the command by which npm writes its lockfile and nothing else. */
export async function withoutLockfile(
  context: CheckContext,
  root: JsonObject,
  relock: string,
): Promise<readonly Finding[]> {
  const { tree } = context;
  const other = names.find((name) => tree.has(name));
  if (other !== undefined) {
    const problem = `${other} is not npm's, so it was not compared with package.json.`;
    const nothing = { remedy: 'nothing to do', commands: [] } as const;
    return [{ code: 'lockfile-not-read', severity: 'note', problem, ...nothing, path: other }];
  }
  // Somebody has decided so.
  if (/^\s*package-lock\s*=\s*false\s*$/m.test((await tree.read('.npmrc')) ?? '')) return [];
  const base = { code: 'lockfile-missing', severity: 'warning', path: 'package.json' } as const;
  const manager = declaredManager(root.packageManager);
  const program = manager === null ? null : programOf(manager);
  const unheld = onDisk(context, program);
  if (unheld !== undefined) {
    const rule = await ignoreRule(context, unheld);
    const why = rule === undefined ? 'is not tracked' : `is ignored (${rule}), so it is not tracked`;
    const problem = `${unheld} is on disk and ${why}: no clone and no gate has it.`;
    const commands = [`git add ${rule === undefined ? '' : '-f '}${unheld}`];
    return [{ ...base, problem, remedy: 'add it', commands }];
  }
  const problem = 'package.json asks for packages, and there is no lockfile.';
  // How a manager that may not be here writes one, its own install says.
  if (program !== null && program !== 'npm')
    return [{ ...base, problem, remedy: `${program} install writes one; commit it`, commands: [] }];
  return [{ ...base, problem, remedy: 'write one and commit it', commands: [relock, 'git add package-lock.json'] }];
}
