/** Worktrees that loopbreaker made: what a dead run left is told; what somebody else made is only mentioned. */
import path from 'node:path';
import type { CheckOutcome, Finding } from '../core/doctor.ts';
import type { PromotePolicy } from '../core/policy.ts';
import { shellWord } from '../core/shell-word.ts';
import type { AdminEntry } from '../effects/admin-entries.ts';
import type { Machine } from '../effects/machine.ts';
import type { Checkout } from '../effects/worktree-survey.ts';
import type { Check, CheckContext, Fix } from './check.ts';

const promotePath = 'policy/promote.json';

async function worktreeDirectory({ tree, documents }: CheckContext): Promise<string | undefined> {
  const text = await tree.read(promotePath);
  if (text === null) return undefined;
  const parsed = documents.parse<PromotePolicy>('promote', text, promotePath);
  if (!parsed.ok) throw new Error(`${promotePath} cannot be read, so where our worktrees are is not known`);
  return parsed.value.worktreeDirectory;
}

function checkoutFinding({ disk }: CheckContext, checkout: Checkout): Finding | undefined {
  const { owner, liveness, tree, directory, runId, admin } = checkout;
  if (disk.kindOf(directory) === 'absent') return undefined;
  const shown = path.relative(disk.root, directory);
  const commands = [
    ...(admin?.tree != null ? [`git worktree remove -f -f ${shellWord(tree)}`] : []),
    `rm -r ${shellWord(shown)}`,
  ];
  const base = { severity: 'warning', commands, path: shown } as const;
  if (owner === null) {
    const problem = `${shown} has no readable owner.json: nothing says whose it is or whether its run is alive.`;
    return { ...base, code: 'worktree-ownerless', problem, remedy: 'look at it, then remove it' };
  }
  switch (liveness) {
    case 'alive':
      return undefined;
    case 'unknown': {
      const problem = `${shown} belongs to ${runId} on ${owner.owner.host}: whether it is alive cannot be seen from here.`;
      return { ...base, code: 'worktree-dead', severity: 'note', problem, remedy: 'look on that host', commands: [] };
    }
    case 'dead':
    case 'other-boot': {
      const how = liveness === 'dead' ? `process ${owner.owner.pid} has ended` : 'the computer was started anew since';
      const problem = `${shown} was left by ${runId}, which tested ${owner.branch}: ${how}.`;
      return {
        ...base,
        code: 'worktree-dead',
        problem,
        remedy: 'npm run worktrees -- --clean, or the next start; by hand',
      };
    }
  }
}

const isGone = ({ disk }: CheckContext, { tree }: AdminEntry): boolean =>
  tree !== null && disk.kindOf(tree) === 'absent';

function goneFinding(context: CheckContext, { admin, tree }: Checkout): Finding | undefined {
  if (admin === null || !isGone(context, admin)) return undefined;
  const locked = admin.lockedWhy === null ? '' : ` and locked (${admin.lockedWhy})`;
  const problem = `git remembers our worktree ${tree}, which is gone${locked}.`;
  const commands = [`git worktree remove -f -f ${shellWord(tree)}`];
  return { path: tree, code: 'worktree-gone', severity: 'warning', problem, remedy: 'let git forget it', commands };
}

function foreignFinding(context: CheckContext, entry: AdminEntry): Finding | undefined {
  // A locked one may be on a disk that is not there at the moment: git keeps it on purpose.
  if (entry.tree === null || entry.lockedWhy !== null || !isGone(context, entry)) return undefined;
  return {
    path: entry.tree,
    code: 'worktree-foreign',
    severity: 'note',
    problem: `git remembers the worktree ${entry.tree}, which is gone; it is not ours.`,
    remedy: 'git worktree remove <path>, if it will not come back',
    commands: [],
  };
}

/** Only a warning: where nothing is promoted, as in CI, nothing is in the way. The loop itself refuses to start. */
function obstacleFinding(machine: Machine, folder: string): readonly Finding[] {
  const refusal = machine.worktreeObstacle(folder);
  if (refusal === null) return [];
  const { problem, remedy } = refusal.detail;
  return [{ path: promotePath, code: 'worktree-impossible', severity: 'warning', problem, remedy, commands: [] }];
}

async function look(context: CheckContext, machine: Machine): Promise<CheckOutcome> {
  const folder = await worktreeDirectory(context);
  if (folder === undefined) return { findings: [], skipped: `without ${promotePath} loopbreaker makes no worktrees` };
  const { ours, foreign } = machine.survey(folder);
  const left = ours.flatMap((checkout) => [checkoutFinding(context, checkout), goneFinding(context, checkout)]);
  const others = foreign.map((entry) => foreignFinding(context, entry));
  return {
    findings: [...obstacleFinding(machine, folder), ...[...left, ...others].filter((finding) => finding !== undefined)],
  };
}

/** Only admin entries of ours whose folder is gone: there is nothing in them that could be lost (fact 41). */
async function fixes(context: CheckContext): Promise<readonly Fix[]> {
  if (context.tree.kind !== 'worktree' || context.machine === undefined) return [];
  const folder = await worktreeDirectory(context);
  if (folder === undefined) return [];
  const { ours } = (await context.machine()).survey(folder);
  const gone = ours.filter(({ admin }) => admin !== null && isGone(context, admin));
  return gone.map(({ tree }) => ({
    what: `let git forget the worktree ${tree}, whose folder is gone`,
    apply: async () => {
      const ended = await context.git(['worktree', 'remove', '--force', '--force', '--', tree]);
      if (ended.exitCode !== 0) throw new Error(`git worktree remove failed: ${ended.stderr.trim()}`);
    },
  }));
}

/** Check `worktrees`. Nothing of it is an error: the next promotion clears up, and it must be able to start. */
export const worktrees: Check = {
  id: 'worktrees',
  title: 'no dead run has left a worktree',
  asks: 'Which worktrees of ours are dead, locked or forgotten, and which are not ours?',
  run: async (context) => {
    if (context.tree.kind !== 'worktree') return { findings: [], skipped: 'it is about the work tree' };
    if (context.machine === undefined) return { findings: [], unknown: 'there is no machine to ask' };
    return await look(context, await context.machine());
  },
  fixes,
};
