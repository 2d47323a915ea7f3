/** Whether the gate installs with the package manager of the graded tree: a team may have changed it since. */
import type { Finding } from '../core/doctor.ts';
import { foreignInstalls } from '../core/gate-installs.ts';
import { parseObject } from '../core/json-value.ts';
import { declaredManager } from '../core/package-managers.ts';
import type { PromotePolicy } from '../core/policy.ts';
import type { PolicySource } from '../core/policy-sense.ts';
import type { CheckContext } from './check.ts';
import { placeAt } from './place.ts';

/** A finding at each command of policy/promote.json that installs with a manager whose lockfile the tree does not have. */
export async function gateInstallFindings(
  { tree, documents }: CheckContext,
  promote: PolicySource<PromotePolicy> | undefined,
): Promise<readonly Finding[]> {
  if (promote === undefined) return [];
  const declared = declaredManager(parseObject((await tree.read('package.json')) ?? '')?.packageManager);
  const found = foreignInstalls(promote.value, { holds: (file) => tree.has(file), declared });
  return found.map(({ pointer, severity, problem, remedy }) => {
    const place = placeAt(promote.path, documents.locate(promote.text, pointer)?.line);
    return { code: 'gate-installs-other', severity, problem, remedy, commands: [], ...place };
  });
}
