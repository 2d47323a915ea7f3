/** One check on the work tree of a repository, with a machine that a test has changed. */
import type { Check, CheckContext } from '../../scripts/checks/check.ts';
import { diagnose } from '../../scripts/checks/diagnose.ts';
import type { CheckResult } from '../../scripts/core/doctor.ts';
import type { Manifest } from '../../scripts/core/manifest.ts';
import { openDisk } from '../../scripts/effects/disk.ts';
import { openGit } from '../../scripts/effects/git.ts';
import { locateIn, objectProblem } from '../../scripts/effects/json-places.ts';
import { type Machine, openMachine } from '../../scripts/effects/machine.ts';
import { executeDirectly } from '../../scripts/effects/process.ts';
import { findRepository } from '../../scripts/effects/repository.ts';
import { parseDocument, parseWithSchema } from '../../scripts/effects/schema.ts';
import { openTree } from '../../scripts/effects/tree.ts';
import { cleanEnvironment, type Repository } from './repository.ts';

/** The context of the doctor on the work tree; parts of its machine are replaced. */
export async function contextWith({ directory }: Repository, changed: Partial<Machine>): Promise<CheckContext> {
  const env = cleanEnvironment();
  const git = openGit(directory, env);
  const disk = openDisk(directory);
  const repository = await findRepository(git, directory);
  const tree = await openTree({ git, disk, tree: 'worktree' });
  const text = (await tree.read('runtime-manifest.json')) ?? '{}';
  const parsed = parseDocument<Manifest>('runtime-manifest', text, 'runtime-manifest.json');
  return {
    tree,
    manifest: parsed.ok ? { ok: true, manifest: parsed.value, text } : parsed,
    disk,
    git,
    execute: executeDirectly,
    env,
    commonDirectory: repository.commonDirectory,
    documents: { parse: parseDocument, parseWithSchema, objectProblem, locate: locateIn },
    scanModule: () => Promise.reject(new Error('not asked')),
    machine: () => Promise.resolve({ ...openMachine(repository, env), ...changed }),
    today: '2026-01-01',
    elapsedMs: () => 0,
  };
}

/** What the doctor says of one check with such a machine. */
export async function resultWith(
  repository: Repository,
  check: Check,
  changed: Partial<Machine>,
): Promise<CheckResult> {
  const result = await diagnose(await contextWith(repository, changed), [check]);
  const [first] = result.checks;
  if (first === undefined) throw new Error('the check did not run');
  return first;
}
