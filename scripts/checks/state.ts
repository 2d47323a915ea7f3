/** loopbreaker's own state: it parses, nothing is half done, and a quarantine is shown with its way out. */
import type { Check } from './check.ts';

/** Check `state`. The reading itself comes from the store, by way of the command. */
export const state: Check = {
  id: 'state',
  title: "loopbreaker's own state",
  asks: 'Can the state of circuits and runs be read, and is nothing left half done?',
  run: async (context) => {
    if (context.tree.kind !== 'worktree') return { findings: [], skipped: 'state belongs to the work tree' };
    if (context.readState === undefined) return { findings: [], skipped: 'no loopbreaker state here yet' };
    return await context.readState();
  },
};
