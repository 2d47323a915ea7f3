/** Ends what a run has left behind when it died: nobody waits for it any more. */
import { reapTree } from './effects/process-tree.ts';
import type { Workspace } from './workspace.ts';

/**
 * Ends all marked processes of a run, and those that work in its checkout and were started after its owner was. `since`
 * is the start of that owner, in ticks of this boot; null: it is not known, and only marked processes are ended. Returns
 * how many were ended.
 */
export function reapRun({ checkouts }: Workspace, runId: string, since: string | null): number {
  return reapTree(runId, { session: null, startTime: since, directory: checkouts.treeOf(runId) });
}
