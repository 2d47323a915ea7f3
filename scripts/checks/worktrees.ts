/** Worktrees that loopbreaker made: what a dead run left is told; what somebody else made is only mentioned. */
import path from 'node:path';
import type { CheckOutcome, Finding } from '../core/doctor.ts';
import type { PromotePolicy } from '../core/policy.ts';
import { shellWord } from '../core/shell-word.ts';
import type { Checkout } from '../effects/checkout.ts';
import type { WorktreeEntry } from '../effects/git-questions.ts';
import type { Machine } from '../effects/machine.ts';
import type { Check, CheckContext, Fix } from './check.ts';

const promotePath = 'policy/promote.json';

/** Every worktree of the repository, and the folders of runs in each. */
interface Survey {
  readonly entries: readonly WorktreeEntry[];
  readonly checkouts: readonly Checkout[];
  /** Whether a path is where a run of ours would put its tree. */
  readonly isOurPlace: (place: string) => boolean;
}

async function worktreeDirectory({ tree, documents }: CheckContext): Promise<string | undefined> {
  const text = await tree.read(promotePath);
  if (text === null) return undefined;
  const parsed = documents.parse<PromotePolicy>('promote', text, promotePath);
  if (!parsed.ok) throw new Error(`${promotePath} cannot be read, so where our worktrees are is not known`);
  return parsed.value.worktreeDirectory;
}

async function survey({ disk }: CheckContext, machine: Machine, folder: string): Promise<Survey> {
  const entries = await machine.worktrees();
  const isOurPlace = (place: string): boolean => {
    const run = path.dirname(place);
    const isRun = path.basename(place) === 'tree' && /^run-[0-9a-z]{6,40}$/.test(path.basename(run));
    return isRun && path.dirname(run).endsWith(path.sep + path.normalize(folder));
  };
  const roots = new Set([disk.root, ...entries.map((entry) => entry.path).filter((place) => !isOurPlace(place))]);
  const checkouts = [...roots].flatMap((root) => machine.checkoutsIn(path.join(root, folder)));
  return { entries, checkouts, isOurPlace };
}

function checkoutFinding({ disk }: CheckContext, { entries }: Survey, checkout: Checkout): Finding | undefined {
  const { owner, liveness, tree, directory, runId } = checkout;
  const shown = path.relative(disk.root, directory);
  const isRegistered = entries.some((entry) => entry.path === tree);
  const commands = [
    ...(isRegistered ? [`git worktree remove -f -f ${shellWord(tree)}`] : []),
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

const isGone = ({ disk }: CheckContext, entry: WorktreeEntry): boolean => disk.kindOf(entry.path) === 'absent';

function entryFinding(context: CheckContext, { isOurPlace }: Survey, entry: WorktreeEntry): Finding | undefined {
  if (!isGone(context, entry)) return undefined;
  const base = { path: entry.path } as const;
  if (isOurPlace(entry.path)) {
    const locked = entry.lockedWhy === null ? '' : ` and locked (${entry.lockedWhy})`;
    const problem = `git remembers our worktree ${entry.path}, which is gone${locked}.`;
    const commands = [`git worktree remove -f -f ${shellWord(entry.path)}`];
    return { ...base, code: 'worktree-gone', severity: 'warning', problem, remedy: 'let git forget it', commands };
  }
  // A locked one may be on a disk that is not there at the moment: git keeps it on purpose.
  if (entry.lockedWhy !== null) return undefined;
  const problem = `git remembers the worktree ${entry.path}, which is gone; it is not ours.`;
  return {
    ...base,
    code: 'worktree-foreign',
    severity: 'note',
    problem,
    remedy: 'git worktree remove <path>, if it will not come back',
    commands: [],
  };
}

async function look(context: CheckContext, machine: Machine): Promise<CheckOutcome> {
  const folder = await worktreeDirectory(context);
  if (folder === undefined) return { findings: [], skipped: `without ${promotePath} loopbreaker makes no worktrees` };
  const seen = await survey(context, machine, folder);
  const ours = seen.checkouts.map((checkout) => checkoutFinding(context, seen, checkout));
  const entries = seen.entries.map((entry) => entryFinding(context, seen, entry));
  return { findings: [...ours, ...entries].filter((finding) => finding !== undefined) };
}

/** Only admin entries of ours whose folder is gone: there is nothing in them that could be lost (fact 41). */
async function fixes(context: CheckContext): Promise<readonly Fix[]> {
  if (context.tree.kind !== 'worktree' || context.machine === undefined) return [];
  const folder = await worktreeDirectory(context);
  if (folder === undefined) return [];
  const { entries, isOurPlace } = await survey(context, await context.machine(), folder);
  const gone = entries.filter((entry) => isOurPlace(entry.path) && isGone(context, entry));
  return gone.map(({ path: place }) => ({
    what: `let git forget the worktree ${place}, whose folder is gone`,
    apply: async () => {
      const ended = await context.git(['worktree', 'remove', '--force', '--force', '--', place]);
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
