/** `loopbreaker worktrees`: lists linked worktrees, ours and others; `--clean` removes what dead runs of ours left. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Call, type Command, runIfMain } from './command.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { ownRules } from './core/own-failures.ts';
import { shellWord } from './core/shell-word.ts';
import { judgeWorktree } from './core/worktree.ts';
import type { AdminEntry } from './effects/admin-entries.ts';
import { folderSize } from './effects/folder-size.ts';
import { integrationQuestionsOf } from './effects/git-integration.ts';
import { type Checkout, factsOf, foreignFacts } from './effects/worktree-survey.ts';
import { type Cleared, clearDead } from './hygiene.ts';
import { targetRef } from './promote/facts.ts';
import { keepPrefix, landedAmong } from './promote/landed.ts';
import { styleFor } from './report/terminal.ts';
import {
  type CleanReport,
  type ShownKeepRef,
  type ShownSalvage,
  type ShownSize,
  type ShownWorktree,
  type WorktreesReport,
  worktreesText,
} from './report/worktrees.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** All sizes together are counted for so long; what is larger is told as "at least". */
const sizesMs = 2000;

type Measure = (place: string) => ShownSize;

function measure(): Measure {
  const deadlineMs = performance.now() + sizesMs;
  return (place) => folderSize(place, deadlineMs);
}

const cleanCommand = 'npm run worktrees -- --clean';

function commandsByHand({ admin, tree, directory }: Checkout): readonly string[] {
  return [
    ...(admin?.tree == null ? [] : [`git worktree remove -f -f ${shellWord(tree)}`]),
    ...(admin !== null && admin.tree === null ? [`rm -r ${shellWord(admin.directory)}`] : []),
    ...(existsSync(directory) ? [`rm -r ${shellWord(directory)}`] : []),
  ];
}

function ownCommands(checkout: Checkout, removable: boolean, alive: boolean): readonly string[] {
  if (removable) return [cleanCommand];
  return alive ? [] : commandsByHand(checkout);
}

function shownOwn(checkout: Checkout, size: Measure): ShownWorktree {
  const { runId, owner, liveness, directory, admin } = checkout;
  const judged = judgeWorktree(factsOf(checkout));
  return {
    path: admin !== null && admin.tree === null ? admin.directory : checkout.tree,
    ours: true,
    ...judged,
    runId,
    branch: owner?.branch ?? null,
    owner: owner === null ? null : { host: owner.owner.host, pid: owner.owner.pid },
    since: owner?.since ?? null,
    size: size(directory),
    commands: ownCommands(checkout, judged.removable, liveness === 'alive'),
  };
}

function shownForeign(entry: AdminEntry, size: Measure): ShownWorktree {
  const place = entry.tree ?? entry.directory;
  const judged = judgeWorktree(foreignFacts(entry));
  const isForgotten = judged.state === 'prunable' && entry.tree !== null;
  return {
    path: place,
    ours: false,
    ...judged,
    runId: null,
    branch: entry.branch,
    owner: null,
    since: new Date(entry.madeMs).toISOString(),
    size: size(place),
    commands: isForgotten ? [`git worktree remove --force ${shellWord(place)}`] : [],
  };
}

async function keepRefs({ git, runGit, repository, policies }: Workspace): Promise<readonly ShownKeepRef[]> {
  const { remote, target, strategy } = policies.promote;
  const integration = integrationQuestionsOf(runGit, repository.commonDirectory);
  const fetched = await git.commitOf(targetRef(remote, target));
  const refs = await git.refsUnder(keepPrefix);
  const kept = refs.map(({ sha }) => sha);
  const landed = fetched === null ? null : await landedAmong({ git, integration }, strategy, fetched, kept);
  return refs.map(({ ref, sha }) => {
    const commands = [`git update-ref -d ${shellWord(ref)} ${sha}`];
    return { ref, sha, onTarget: landed?.has(sha) ?? null, commands };
  });
}

function salvaged({ store }: Workspace, size: Measure): readonly ShownSalvage[] {
  const home = store.files.salvage;
  return (existsSync(home) ? readdirSync(home) : []).sort().map((runId) => {
    const place = path.join(home, runId);
    const at = statSync(place).mtime.toISOString();
    return { runId, path: place, at, size: size(place), commands: [`rm -r ${shellWord(place)}`] };
  });
}

/** Everything that `worktrees` answers, for the repository as it is now. Changes nothing. */
export async function readWorktrees(workspace: Workspace): Promise<WorktreesReport> {
  const size = measure();
  const { ours, foreign } = workspace.checkouts.survey();
  return {
    worktrees: [
      ...ours.map((checkout) => shownOwn(checkout, size)),
      ...foreign.map((entry) => shownForeign(entry, size)),
    ],
    keepRefs: await keepRefs(workspace),
    salvage: salvaged(workspace, size),
    clean: null,
  };
}

function cleanReport(cleared: readonly Cleared[], after: WorktreesReport): CleanReport {
  const removed = cleared.flatMap(({ checkout, end }) => {
    if (!end.removed) return [];
    const { why, keptRef, salvaged: moved, into } = end;
    return [{ path: checkout.tree, why, keptRef, movedTo: moved.files === 0 ? null : into, files: moved.files }];
  });
  const kept = after.worktrees.flatMap(({ path: place, ours, state, why, runId, commands }) => {
    if (!ours || state === 'living') return [];
    const tried = cleared.find(({ checkout, end }) => checkout.runId === runId && !end.removed)?.end;
    const reason = tried?.removed === false ? tried.why : why;
    return [{ path: place, why: reason, commands: commands.filter((command) => command !== cleanCommand) }];
  });
  return { removed, kept };
}

/** Phase two: under the promote lock each is judged anew, and only what the list had named may go. */
async function clean(workspace: Workspace, planned: WorktreesReport): Promise<WorktreesReport> {
  const lock = await workspace.takeLock(workspace.store.files.promoteLock, 0, null);
  if (lock === null) {
    const { id: code, problem, remedy } = ownRules.lockBusy;
    throw new Refusal({ code, exitCode: exitCodes.tryLater, problem, remedy });
  }
  try {
    const names = new Set(planned.worktrees.flatMap(({ removable, runId }) => (removable ? [runId] : [])));
    const cleared = await clearDead(workspace, ({ runId }) => names.has(runId));
    const after = await readWorktrees(workspace);
    return { ...after, clean: cleanReport(cleared, after) };
  } finally {
    lock.release();
  }
}

async function run(call: Call): Promise<number> {
  const { directory, env, stderr, stdout } = call;
  const workspace = await openWorkspace({ directory, env, stderr, lenient: true });
  const style = styleFor(stdout, env);
  const nowMs = workspace.world.clock().wallMs;
  const planned = await readWorktrees(workspace);
  const isCleaning = call.values.clean === true;
  if (!call.json) stdout.write(worktreesText(planned, style, nowMs));
  const report = isCleaning ? await clean(workspace, planned) : planned;
  if (call.json) stdout.write(`${JSON.stringify(report)}\n`);
  else if (isCleaning) {
    const nothing = { worktrees: [], keepRefs: [], salvage: [] };
    stdout.write(`\n${worktreesText({ ...nothing, clean: report.clean }, style, nowMs)}`);
  }
  return (report.clean?.kept.length ?? 0) > 0 ? exitCodes.refused : exitCodes.ok;
}

const usage = `
npx loopbreaker worktrees [--clean] [--json]

Lists the linked worktrees: ours (alive, dead, half made, of an unknown owner) and other people's, with the refs that
keep commits until they have landed, and with what was moved aside from worktrees of dead runs.

  --clean  remove ours whose runs are provably dead: commits that are nowhere else get a ref, changed, untracked and
           ignored files are moved to <git dir>/loopbreaker/salvage; other people's are never touched

Exit codes: 0 listed, or nothing dead is left · 1 something of ours had to stay, and why is said · 75 a promotion is
running · 78 no repository
Example: npm run worktrees -- --clean
`;

export const command: Command = {
  name: 'worktrees',
  summary: 'list ours, dead and foreign worktrees; clean up what dead runs left',
  usage,
  options: { clean: { type: 'boolean' } },
  run,
};

runIfMain(import.meta.filename, command);
