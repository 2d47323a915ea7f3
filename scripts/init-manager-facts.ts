/** What the contract and the policies of an adopted repository say about its package manager, against the files that are there. */
import path from 'node:path';
import type { CheckContext } from './checks/check.ts';
import { foreignInstalls } from './core/gate-installs.ts';
import type { InitFacts } from './core/init-facts.ts';
import { parseObject } from './core/json-value.ts';
import { manifestPath } from './core/manifest.ts';
import { declaredManager, isLockfile } from './core/package-managers.ts';
import type { PromotePolicy } from './core/policy.ts';
import { textOf } from './init-home.ts';

/** Read from disk: the new lockfile may not be added yet. A policy that is not valid is the doctor's to tell. */
export function managerFacts({ disk, documents }: CheckContext): Pick<InitFacts, 'goneLockfiles' | 'foreignInstalls'> {
  const isThere = (file: string): boolean => disk.kindOf(file) === 'file';
  const files = parseObject(textOf(disk.root, manifestPath) ?? '')?.files;
  const named: readonly unknown[] = Array.isArray(files) ? files : [];
  const goneLockfiles = named
    .filter((file) => typeof file === 'string')
    .filter((file) => isLockfile(path.posix.basename(file)) && !isThere(file));
  const file = 'policy/promote.json';
  const text = textOf(disk.root, file);
  const promote = text === null ? null : documents.parse<PromotePolicy>('promote', text, file);
  if (promote === null || !promote.ok) return { goneLockfiles, foreignInstalls: [] };
  const declared = declaredManager(parseObject(textOf(disk.root, 'package.json') ?? '')?.packageManager);
  return { goneLockfiles, foreignInstalls: foreignInstalls(promote.value, { holds: isThere, declared }) };
}
