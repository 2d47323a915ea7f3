/** What a failure that opens a circuit depended on, and what has become of it. */
import { type Evidence, noEvidence } from './core/evidence.ts';
import { evidenceKindOf } from './core/evidence-kind.ts';
import type { Failure } from './core/failure.ts';
import { GitFailed } from './core/git-failed.ts';
import { gatherEvidence } from './effects/evidence.ts';
import type { Workspace } from './workspace.ts';

/** The same inputs as they are now; null when there are none, they are another work tree's, or they cannot be asked. */
export async function evidenceNow(workspace: Workspace, old: Evidence): Promise<Evidence | null> {
  if (old.kind === 'none' || (old.where !== null && old.where !== workspace.repository.root)) return null;
  return await asked(workspace, old.kind, old);
}

async function asked(workspace: Workspace, kind: Evidence['kind'], before: Evidence | null): Promise<Evidence | null> {
  try {
    return await gatherEvidence(kind, workspace.evidence, before);
  } catch (error) {
    if (error instanceof GitFailed) return null; // A remote that does not answer has not changed.
    throw error;
  }
}

/**
 * The inputs of a failure that has just happened. What was gathered before the attempt began stands, so that a cure that
 * came meanwhile is noticed.
 */
export async function evidenceFor(
  workspace: Workspace,
  failure: Failure | null,
  atStart: Evidence | null,
): Promise<Evidence> {
  if (failure?.class !== 'config-fatal') return noEvidence;
  const kind = evidenceKindOf(failure);
  if (kind === atStart?.kind) return atStart;
  return (await asked(workspace, kind, null)) ?? noEvidence;
}
