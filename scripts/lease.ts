/** Keeping the permit of a half-open circuit: a live owner renews it before each step that may take long. */
import { type CircuitName, withEvent } from './core/controller.ts';
import type { Workspace } from './workspace.ts';

/** Renews the lease that a run holds; writes nothing when it holds none. */
export async function renewLease(workspace: Workspace, circuit: CircuitName, runId: string): Promise<void> {
  await workspace.store.update((controller, now) => {
    const renewed = withEvent(controller, circuit, { type: 'renew', runId }, workspace.policies.breaker, now);
    const same = renewed.circuits[circuit] === controller.circuits[circuit];
    return { controller: same ? controller : renewed, entries: [] };
  });
}
