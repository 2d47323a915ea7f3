/** `loopbreaker status`: reads everything, takes no lock, changes nothing. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type Call, type Command, runIfMain, stringOption } from './command.ts';
import { bypassRecord } from './core/bypass.ts';
import { believedNow } from './core/clock.ts';
import { type CircuitName, type Controller, circuitNames, hadClaimed } from './core/controller.ts';
import { detailOf, nightOf, sinceMs } from './core/night.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { type Stop, stopOf } from './core/stop.ts';
import { readBypasses } from './effects/bypasses.ts';
import { attemptLiveness, readCheckpoint } from './effects/checkpoint.ts';
import { readJournalTail, readWholeJournal } from './effects/journal.ts';
import { readLockOwner } from './effects/lock.ts';
import { markedProcesses } from './effects/process-tree.ts';
import { newestLog, readResult, resultPath } from './effects/runs.ts';
import { nightText, runText } from './report/night.ts';
import { standingText } from './report/standing.ts';
import { type OwnerState, type ShownCircuit, type ShownStop, type StatusReport, statusText } from './report/status.ts';
import { styleFor } from './report/terminal.ts';
import { verdictTriggers } from './status-triggers.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** Believed times are shown as wall-clock times: shifted by what the wall clock is off by. */
type ToWall = (believedMs: number) => string;

function loopsOf(workspace: Workspace): StatusReport['loops'] {
  const { directory } = workspace.store.files;
  return readdirSync(directory).flatMap((name) => {
    const worktree = /^loop-(.+)\.lock$/.exec(name)?.[1];
    const owner = worktree === undefined ? null : readLockOwner(path.join(directory, name));
    if (worktree === undefined || owner === null) return [];
    return [{ worktree, pid: owner.pid, alive: workspace.world.liveness(owner) }];
  });
}

function shownStop(stop: Stop | null, toWall: ToWall): ShownStop | null {
  if (stop === null) return null;
  const since = stop.since === null ? null : toWall(stop.since);
  return { ...stop, since, until: stop.until === null ? null : toWall(stop.until) };
}

function shownCircuit(controller: Controller, name: CircuitName, now: number, toWall: ToWall): ShownCircuit {
  const circuit = controller.circuits[name];
  const { state, era, consecutiveFailures, failedProbes, lastFailureClass } = circuit;
  const stop = shownStop(stopOf(name, circuit, now), toWall);
  return { state, era, consecutiveFailures, failedProbes, lastFailureClass, stop };
}

/** What is under way: the phase is the one that auto-promote has written down last. */
function attemptsOf({ world, store }: Workspace, controller: Controller, toWall: ToWall): StatusReport['attempts'] {
  const checkpoint = readCheckpoint(store.files.checkpoint);
  return controller.attempts.map((attempt) => {
    const { runId, circuit, phase, startedAt } = attempt;
    const own = checkpoint?.runId === runId ? checkpoint : null;
    const owner: OwnerState = attemptLiveness(attempt, checkpoint, world);
    const orphans = owner === 'dead' ? markedProcesses(runId).length : 0;
    const { runs } = store.files;
    const outcome = circuit === 'promote' ? (readResult(resultPath(runs, runId), runId)?.outcome ?? null) : null;
    const claimed = circuit === 'agent' && hadClaimed(controller.attempts, attempt);
    const times = { startedAt: toWall(startedAt), log: newestLog(runs, runId) };
    return { runId, circuit, phase: own?.phase ?? phase, owner, orphans, claimed, outcome, ...times };
  });
}

/** What the journal speaks of last: a loop that was killed has said nothing of its end. */
function lastEvent({ store }: Workspace): StatusReport['last'] {
  const tail = readJournalTail(store.files.journal);
  const line = tail.kind === 'lines' ? tail.lines.findLast(({ event }) => event !== 'controller-written') : undefined;
  return line === undefined
    ? null
    : { at: line.at, event: line.event, why: detailOf(line, 'why'), code: detailOf(line, 'code') };
}

/** Everything that status answers, for the workspace as it is now. */
export async function readStatus(workspace: Workspace): Promise<StatusReport> {
  const reading = workspace.store.read();
  const { controller } = reading;
  const clock = workspace.world.clock();
  const now = believedNow(controller.clock, clock);
  const toWall: ToWall = (believedMs) => new Date(believedMs + clock.wallMs - now).toISOString();
  const stops = circuitNames.flatMap((name) => stopOf(name, controller.circuits[name], now) ?? []);
  const loops = loopsOf(workspace);
  const untils = stops.flatMap((stop) => stop.until ?? []);
  const { verdicts, unreadable } = workspace.verdicts.readable();
  const reasons = [
    ...stops.map((stop) => `${stop.circuit}: ${stop.why}`),
    ...unreadable.map((file) => `${file} cannot be read, and it may say that a branch is blocked`),
  ];
  const remedies = [...stops.map((stop) => stop.remedy), ...unreadable.map((file) => `look at it, then: rm '${file}'`)];
  const unfinished = controller.triggers.map(({ branch, sha, state }) => ({
    branch,
    sha,
    state,
    why: null,
    remedy: null,
  }));
  return {
    alive: loops.some((loop) => loop.alive === 'alive'),
    loops,
    state: reading.kind,
    circuits: {
      agent: shownCircuit(controller, 'agent', now, toWall),
      promote: shownCircuit(controller, 'promote', now, toWall),
    },
    triggers: [...unfinished, ...(await verdictTriggers(workspace, verdicts, controller.triggers))],
    attempts: attemptsOf(workspace, controller, toWall),
    worktrees: workspace.checkouts.list().map((checkout) => ({
      runId: checkout.runId,
      path: path.relative(workspace.repository.root, checkout.tree),
      owner: checkout.liveness,
      branch: checkout.owner?.branch ?? null,
    })),
    flakes: workspace.gateMemory.flakes(),
    bypasses: readBypasses(workspace.repository),
    retryBudget: { tokens: controller.retryTokens, size: workspace.policies.breaker.retry.budgetTokens },
    last: lastEvent(workspace),
    whyNotRunning: reasons.length === 0 ? null : reasons.join('; '),
    whatWouldChangeIt: remedies.length === 0 ? null : remedies.join('; '),
    nextEligibleAt: stops.length === 0 || untils.length < stops.length ? null : toWall(Math.max(...untils)),
  };
}

/** The events on one screen; with --json there is room for more. */
const shownEventsMax = 18;
const jsonEventsMax = 1000;

async function tellNight({ json, stdout, env }: Call, workspace: Workspace, asked: string): Promise<void> {
  const { wallMs } = workspace.world.clock();
  const from = sinceMs(asked, wallMs);
  if (from === null) throw usageRefusal(`--since takes 22:00, 8h or an ISO time in the past, not "${asked}".`);
  // What went round a hook that has not passed since is not in the journal yet.
  const open = readBypasses(workspace.repository).map((bypass) => bypassRecord(bypass, wallMs));
  const lines = [...readWholeJournal(workspace.store.files.journal), ...open];
  const night = nightOf(lines, from, wallMs, json ? jsonEventsMax : shownEventsMax);
  const { width } = styleFor(stdout, env);
  const now = async () => standingText(await readStatus(workspace), wallMs, width);
  stdout.write(json ? `${JSON.stringify(night)}\n` : `${nightText(night, width)}${await now()}`);
}

function tellRun({ json, stdout, env }: Call, workspace: Workspace, run: string): void {
  const lines = readWholeJournal(workspace.store.files.journal).filter((line) => line.run === run);
  if (lines.length === 0) throw usageRefusal(`The journal has no line of a run "${run}".`);
  stdout.write(json ? `${JSON.stringify({ run, lines })}\n` : runText(lines, styleFor(stdout, env).width));
}

function usageRefusal(problem: string): Refusal {
  return new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'npx loopbreaker status --help' });
}

async function run(call: Call): Promise<number> {
  const { directory, env, stderr, stdout } = call;
  const workspace = await openWorkspace({ directory, env, stderr, lenient: true });
  const [since, run] = [stringOption(call, 'since'), stringOption(call, 'run')];
  if (since !== undefined && run !== undefined) throw usageRefusal('--since and --run are two questions.');
  if (since !== undefined) await tellNight(call, workspace, since);
  if (run !== undefined) tellRun(call, workspace, run);
  if (since !== undefined || run !== undefined) return exitCodes.ok;
  const report = await readStatus(workspace);
  const { width } = styleFor(stdout, env);
  stdout.write(call.json ? `${JSON.stringify(report)}\n` : statusText(report, workspace.world.clock().wallMs, width));
  return exitCodes.ok;
}

const usage = `
npx loopbreaker status [--since TIME | --run ID] [--json]

Is a loop alive? What is in progress? Why does nothing run, what would change that, and when? Takes no lock.

  --since TIME  what happened since 22:00 (the last one), 8h (ago) or an ISO time: runs paid, promotions, stops, waits;
                and what stands now, with the command that mends it
  --run ID      every line of the journal about one run, oldest first

Exit codes: 0 it could be read · 2 wrong usage · 75 the journal cannot be read · 78 no repository
Examples: npm run status
          npm run status -- --since 22:00
`;

export const command: Command = {
  name: 'status',
  summary: 'alive? progressing? why not running? until when?',
  usage,
  options: { since: { type: 'string' }, run: { type: 'string' } },
  run,
};

runIfMain(import.meta.filename, command);
