/** `npm run crash-matrix`: kills auto-promote at every git command it gives, and looks whether every promise still holds. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type Call, type Command, runIfMain, stringOption } from './command.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import type { Strategy } from './core/policy.ts';
import { callPointsOf, traceRun, unsyncedRenames, whyNoCalls } from './crash/calls.ts';
import { invariants } from './crash/invariants.ts';
import { type Ground, makeGround, playAll } from './crash/matrix.ts';
import { type MutantEnd, mutants, tryHealthy, tryMutant } from './crash/mutants.ts';
import type { Played } from './crash/play.ts';
import { type Point, pointsOf, spread } from './crash/points.ts';
import { type CrashReport, type CrashRow, crashText, mutantText, violationText } from './report/crash-matrix.ts';

/** The strategies that are played; a new one is played as soon as it stands here. */
const strategies: readonly Strategy[] = ['ff-only', 'merge', 'squash', 'rebase'];

const quickPoints = 60;

/** About half an hour on two quiet cores. */
const usualPoints = 1200;

function usageRefusal(problem: string, remedy: string): Refusal {
  return new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy });
}

function chosenStrategies(call: Call): readonly Strategy[] {
  const named = stringOption(call, 'strategy');
  if (named === undefined) return strategies;
  const chosen = strategies.filter((strategy) => strategy === named);
  if (chosen.length > 0) return chosen;
  throw usageRefusal(`There is no strategy "${named}".`, `name one of ${strategies.join(', ')}`);
}

function numberOption(call: Call, name: string): number | null {
  const text = stringOption(call, name);
  if (text === undefined) return null;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw usageRefusal(`--${name} ${text} is no whole number.`, `npm run crash-matrix -- --${name} 7`);
}

function rowOf({ point, ...played }: Played): CrashRow {
  const { strategy, at, phase, words, moment, victim, line, call } = point;
  return { strategy, at, phase, words, moment, victim, line, fault: call?.fault ?? null, ...played };
}

function refuseWithoutProc(): void {
  if (existsSync('/proc/self/environ')) return;
  const problem = 'There is no /proc here, so who is still alive after a kill cannot be told.';
  throw new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'run it on Linux' });
}

const progressEvery = 25;

function wantedPoints(call: Call, all: number): number {
  if (call.values.all === true) return all;
  return numberOption(call, 'points') ?? (call.values.quick === true ? quickPoints : usualPoints);
}

interface Field {
  readonly points: readonly Point[];
  readonly remarks: readonly string[];
}

/** The points of system calls, where strace can be used; what a clean run did not make durable is remarked. */
async function callField(ground: Ground): Promise<Field> {
  const points: Point[] = [];
  const remarks: string[] = [];
  for (const stage of ground.stages) {
    const traced = await traceRun(ground.bench, stage, ground.directory);
    points.push(...callPointsOf(stage, traced));
    remarks.push(...unsyncedRenames(traced.trace).map((rename) => `NOT DURABLE in a clean run: ${rename}`));
  }
  return { points, remarks };
}

function fieldOf(call: Call, ground: Ground): Promise<Field> | Field {
  if (call.values.syscalls === true) return callField(ground);
  return { points: ground.stages.flatMap(({ strategy, commands }) => pointsOf(strategy, commands)), remarks: [] };
}

function reportOf(ground: Ground, { points, remarks }: Field, rows: readonly CrashRow[]) {
  const holds = rows.every(({ violations }) => violations.length === 0);
  const strategies = ground.stages.map(({ strategy: name, commands }) => {
    return { name, commands: commands.length, points: points.filter(({ strategy }) => strategy === name).length };
  });
  return {
    ok: holds && remarks.length === 0,
    strategies,
    remarks,
    invariants: invariants.map(({ name }) => name),
    rows,
  };
}

async function matrix(call: Call): Promise<CrashReport> {
  const seed = numberOption(call, 'seed') ?? Math.floor(Math.random() * 1_000_000);
  const startedMs = performance.now();
  const ground = await makeGround(chosenStrategies(call));
  let isKept = false;
  try {
    const field = await fieldOf(call, ground);
    const at = numberOption(call, 'at');
    const all = field.points.filter((point) => at === null || point.at === at);
    const wanted = wantedPoints(call, all.length);
    const points = spread(all, wanted, seed);
    call.stderr.write(`seed ${seed}: ${points.length} of ${all.length} points, in ${ground.directory}\n`);
    const played = await playAll(ground, points, {
      workers: Math.min(2, availableParallelism()),
      keep: call.values.keep === true,
      onPlayed: (one, done) => {
        if (one.violations.length > 0) call.stderr.write(violationText(rowOf(one)));
        if (done % progressEvery === 0) call.stderr.write(`${done} of ${points.length}\n`);
      },
    });
    isKept = played.some(({ kept }) => kept !== null);
    const seconds = (performance.now() - startedMs) / 1000;
    return { seed, seconds, ...reportOf(ground, field, played.map(rowOf)) };
  } finally {
    if (!isKept) ground.dispose();
  }
}

/** Tries the healthy program, which nothing may catch, and every mutant; exit 1 when one is not caught. */
async function tryMutants(call: Call): Promise<number> {
  const tried: MutantEnd[] = [];
  for (const mutant of [null, ...mutants]) {
    const end = mutant === null ? await tryHealthy() : await tryMutant(mutant);
    tried.push(end);
    if (!call.json) call.stdout.write(mutantText(end));
  }
  if (call.json) call.stdout.write(`${JSON.stringify(tried, null, 1)}\n`);
  return tried.every(({ asItShould }) => asItShould) ? exitCodes.ok : exitCodes.refused;
}

const usage = `
npm run crash-matrix -- [--quick | --all | --points N] [--syscalls] [--strategy NAME] [--at N]
                            [--seed N] [--keep] [--json]
npm run crash-matrix -- --mutants

Runs auto-promote in throw-away worlds and kills at the Nth git command, for every N: before, during and after it; our
process, git, or everything. Then one clean run, then the invariants. Linux only. Without a number it plays
${usualPoints} points, spread over strategies, phases, moments and victims: about half an hour on two quiet cores.

  --quick          ${quickPoints} points
  --all            every point, some thousands
  --points N       so many
  --syscalls       with strace, at every system call that changes something, of our process and of git: SIGKILL, EIO,
                   and ENOSPC where room is needed
  --mutants        puts known faults into a copy of the program; each must be caught
  --strategy NAME  only this strategy (${strategies.join(', ')})
  --at N           only the points at the Nth git command
  --seed N         the same spread again
  --keep           keep the worlds in which an invariant was broken, and say where

Exit codes: 0 every invariant held · 1 one was broken · 2 wrong usage
Example: npm run crash-matrix -- --quick --seed 7
`;

export const command: Command = {
  name: 'crash-matrix',
  summary: 'kill auto-promote at every step, and look',
  usage,
  options: {
    quick: { type: 'boolean' },
    syscalls: { type: 'boolean' },
    mutants: { type: 'boolean' },
    strategy: { type: 'string' },
    all: { type: 'boolean' },
    at: { type: 'string' },
    points: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'boolean' },
  },
  run: async (call) => {
    refuseWithoutProc();
    if (call.values.mutants === true) return await tryMutants(call);
    const noCalls = call.values.syscalls === true ? whyNoCalls() : null;
    if (noCalls !== null) {
      call.stdout.write(`crash-matrix: skipped, no system call was touched: ${noCalls}\n`);
      return exitCodes.tryLater;
    }
    const report = await matrix(call);
    call.stdout.write(call.json ? `${JSON.stringify(report, null, 1)}\n` : crashText(report));
    return report.ok ? exitCodes.ok : exitCodes.refused;
  },
};

runIfMain(import.meta.filename, command);
