/**
 * Many promoters, one remote, and some of them killed: every branch lands exactly once, or is blocked for a stated
 * reason. A person's part is played too: runs that should be tried later are, and a quarantine is cleared.
 */

import { spawn } from 'node:child_process';
import path from 'node:path';
import { seededRandom } from '../core/seeded-random.ts';
import type { Sandbox } from '../demo/sandbox.ts';
import type { Program } from '../effects/program.ts';
import type { PromotionReport } from '../report/promotion.ts';
import { type Field, fileOf, makeField, type Promoter } from './race-field.ts';

export interface RaceOptions {
  readonly promoters: number;
  readonly branches: number;
  /** Part of the runs that are killed, 0 to 1. */
  readonly killRatio: number;
  /** The program that promotes, if not this one. */
  readonly program?: Program;
  readonly seed: number;
}

export interface RaceTally {
  readonly promoter: string;
  readonly strategy: string;
  landed: number;
  readonly blocked: string[];
  runs: number;
  killed: number;
  clears: number;
  /** Branches that did not settle within the tries, and runs that did not end in their time. */
  readonly stuck: string[];
}

export interface RaceResult {
  readonly tallies: readonly RaceTally[];
  /** Branches that were told as landed and are not on their target, and those that are there more than once. */
  readonly lost: readonly string[];
  readonly double: readonly string[];
  /** Moves of a target that were no fast-forward. */
  readonly backwards: number;
  readonly moves: number;
}

/** A run that takes longer than this waits for something that does not come. */
const deadlockMs = 10 * 60_000;

const triesMax = 40;

interface RunEnd {
  readonly stdout: string;
  readonly killed: boolean;
  readonly late: boolean;
}

/** Runs a command of ours; `killAfterMs` is when it gets its SIGKILL, if it is still there. */
function runCommand(sandbox: Sandbox, directory: string, args: readonly string[], killAfterMs: number | null) {
  return new Promise<RunEnd>((resolve) => {
    const { home, runnerOptions, commandFile } = sandbox.program;
    const child = spawn(process.execPath, [...runnerOptions, path.join(home, commandFile('cli')), ...args], {
      cwd: directory,
      env: sandbox.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let stdout = '';
    let late = false;
    const kill = () => child.kill('SIGKILL');
    const planned = killAfterMs === null ? undefined : setTimeout(kill, killAfterMs);
    const limit = setTimeout(() => {
      late = true;
      kill();
    }, deadlockMs);
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
    });
    child.on('close', (_, signal) => {
      clearTimeout(planned);
      clearTimeout(limit);
      resolve({ stdout, killed: signal === 'SIGKILL' && !late, late });
    });
  });
}

function reportOf(stdout: string): PromotionReport | null {
  return stdout.trim() === '' ? null : JSON.parse(stdout);
}

function newTally({ name, strategy }: Promoter): RaceTally {
  return { promoter: name, strategy, landed: 0, blocked: [], runs: 0, killed: 0, clears: 0, stuck: [] };
}

/** What is noted of the end of a run; true when its branch is to be tried again. */
function note(tally: RaceTally, branch: string, end: RunEnd, report: PromotionReport | null): boolean {
  tally.runs += 1;
  if (end.killed) tally.killed += 1;
  if (end.late) tally.stuck.push(`${branch} (deadlock)`);
  switch (report?.outcome) {
    case 'promoted':
    case 'already-promoted':
      tally.landed += 1;
      return false;
    case 'blocked':
      tally.blocked.push(`${branch}: ${report.failure?.rule ?? ''}`);
      return false;
    case 'quarantined':
    case 'config-fatal':
    case 'try-later':
    case undefined:
      return !end.late;
  }
}

/** One run for a branch; true when the branch is to be tried again. A quarantine is cleared, as a person would. */
async function runOnce(sandbox: Sandbox, directory: string, tally: RaceTally, branch: string, kill: number | null) {
  const end = await runCommand(sandbox, directory, ['auto-promote', '--branch', branch, '--json'], kill);
  const report = end.killed ? null : reportOf(end.stdout);
  const again = note(tally, branch, end, report);
  if (report?.outcome === 'quarantined' || report?.outcome === 'config-fatal') {
    tally.clears += 1;
    await runCommand(sandbox, directory, ['clear', 'promote', '--why', 'the race goes on'], null);
  }
  return again;
}

/** A kill comes at any time of a run that takes about as long as the longest so far. */
function killTime(ratio: number, longestMs: number, random: () => number): number | null {
  return random() < ratio ? random() * longestMs : null;
}

/** Promotes all branches of one promoter; what is to be tried later goes to the end of its queue. */
async function runPromoter({ sandbox }: Field, promoter: Promoter, options: RaceOptions, random: () => number) {
  const tally = newTally(promoter);
  const queue = promoter.branches.map((branch) => ({ branch, triesLeft: triesMax }));
  let longestMs = 5000;
  for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
    const { branch, triesLeft } = entry;
    const startedMs = performance.now();
    const kill = killTime(options.killRatio, longestMs, random);
    const again = await runOnce(sandbox, promoter.directory, tally, branch, kill);
    longestMs = Math.max(longestMs, performance.now() - startedMs);
    if (again && triesLeft === 0) tally.stuck.push(branch);
    // Branches that build on each other have an order.
    else if (again) queue[promoter.strategy === 'ff-only' ? 'unshift' : 'push']({ branch, triesLeft: triesLeft - 1 });
  }
  return tally;
}

/** What the remote itself says became of the branches. */
async function judge({ sandbox, promoters, targets }: Field, tallies: readonly RaceTally[]) {
  const added: string[] = [];
  let [moves, backwards] = [0, 0];
  for (const { name } of targets) {
    const log = await sandbox.remoteGit('log', '--diff-filter=A', '--name-only', '--format=', name, '--', 'race/');
    added.push(...log.split('\n').filter((line) => line !== ''));
    const tips = (await sandbox.remoteGit('reflog', 'show', '--format=%H', name)).split('\n');
    moves += tips.length - 1;
    for (const [index, tip] of tips.slice(1).entries()) {
      const base = await sandbox.remoteGit('merge-base', tip, tips[index] ?? tip);
      if (base !== tip) backwards += 1;
    }
  }
  const blocked = new Set(
    tallies.flatMap((tally) => [...tally.blocked, ...tally.stuck]).map((line) => line.split(/[: ]/)[0]),
  );
  const branches = promoters.flatMap((promoter) => promoter.branches);
  const times = (branch: string) => added.filter((file) => file === fileOf(branch)).length;
  const lost = branches.filter((branch) => times(branch) === 0 && !blocked.has(branch));
  return { tallies, lost, double: branches.filter((branch) => times(branch) > 1), backwards, moves };
}

/** Runs a race to its end. */
export async function race(options: RaceOptions): Promise<RaceResult> {
  const field = await makeField(options.promoters, options.branches, options.program);
  try {
    const runs = field.promoters.map((promoter, index) =>
      runPromoter(field, promoter, options, seededRandom(options.seed + index)),
    );
    return await judge(field, await Promise.all(runs));
  } finally {
    field.sandbox.dispose();
  }
}
