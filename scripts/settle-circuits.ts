/** What time, changed inputs and the doctor do to the circuits between two attempts. */
import { askDoctor } from './ask-doctor.ts';
import { evidenceNow } from './circuit-evidence.ts';
import type { Circuit } from './core/circuit.ts';
import { type CircuitName, type Controller, circuitNames, withEvent } from './core/controller.ts';
import { gatherEvidence } from './effects/evidence.ts';
import { momentOf, type Workspace } from './workspace.ts';

/** The doctor's checks whose inputs are evidence of a failure to load. */
const loadingChecks = ['manifest', 'policies', 'tracked', 'closure', 'links'];

/**
 * Lets time and changed inputs do to both circuits what they do, and asks the doctor before a probe that a failure to
 * load stands behind; writes only if something changed. Returns the controller as it is then. It is for the loop, which
 * runs the agent: another process may look for it on another PATH, and has nothing to say of it.
 */
export async function settleCircuits(workspace: Workspace): Promise<Controller> {
  return await settle(workspace, circuitNames);
}

/** The same for the promote circuit alone, by whoever promotes. */
export async function settlePromoteCircuit(workspace: Workspace): Promise<Controller> {
  return await settle(workspace, ['promote']);
}

async function settle(workspace: Workspace, names: readonly CircuitName[]): Promise<Controller> {
  const settled = await settleByTimeAndEvidence(workspace, names);
  await askDoctorFirst(workspace, settled.circuits.promote);
  return workspace.store.read().controller;
}

/** The hash of an open circuit's inputs as they are now; null where there is nothing to compare. */
async function hashNow(workspace: Workspace, circuit: Circuit): Promise<string | null> {
  if (circuit.state !== 'open' || circuit.evidence === null) return null;
  return (await evidenceNow(workspace, circuit.evidence))?.hash ?? null;
}

async function settleByTimeAndEvidence(workspace: Workspace, names: readonly CircuitName[]): Promise<Controller> {
  const { store, policies } = workspace;
  const { circuits } = store.read().controller;
  const looks: { readonly name: CircuitName; readonly evidenceHash: string | null }[] = [];
  for (const name of names) looks.push({ name, evidenceHash: await hashNow(workspace, circuits[name]) });
  return await store.update((controller, now) => {
    const { random: jitter } = momentOf(workspace, now);
    let settled = controller;
    for (const { name, evidenceHash } of looks) {
      settled = withEvent(settled, name, { type: 'tick', jitter }, policies.breaker, now);
      // What another process has opened meanwhile depends on other inputs.
      if (evidenceHash === null || controller.circuits[name].era !== circuits[name].era) continue;
      settled = withEvent(settled, name, { type: 'evidence-changed', evidenceHash }, policies.breaker, now);
    }
    const same = names.every((name) => settled.circuits[name] === controller.circuits[name]);
    return { controller: same ? controller : settled, entries: [] };
  });
}

/** Asks the doctor before a probe of a circuit that a failure to load has opened; red spends no permit. */
async function askDoctorFirst(workspace: Workspace, circuit: Circuit): Promise<void> {
  if (circuit.state !== 'half-open' || circuit.lastFailureClass !== 'config-fatal') return;
  if (circuit.evidence?.kind !== 'entry-point' || circuit.lease !== null) return;
  if (circuit.evidence.where !== workspace.repository.root) return;
  const { repository, env, store, policies } = workspace;
  const { verdict, summary } = await askDoctor({ directory: repository.root, env, only: loadingChecks });
  if (verdict === 'fit') return;
  const evidence = await gatherEvidence('entry-point', workspace.evidence);
  const why = `the doctor is not green: ${summary.split('\n')[0] ?? ''}`;
  await store.update((controller, now) => ({
    controller: withEvent(controller, 'promote', { type: 'doctor-red', evidence, why }, policies.breaker, now),
    entries: [],
  }));
}
