/** `npm run crash-matrix`: kills auto-promote at every git command it gives, and looks whether every promise still holds. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type Call, type Command, runIfMain, stringOption } from './command.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import type { Strategy } from './core/policy.ts';
import { invariants } from './crash/invariants.ts';
import { makeGround, playAll } from './crash/matrix.ts';
import type { Played } from './crash/play.ts';
import { pointsOf, spread } from './crash/points.ts';
import { type CrashReport, type CrashRow, crashText, pointText } from './report/crash-matrix.ts';

/** The strategies that are played; a new one is played as soon as it stands here. */
const strategies: readonly Strategy[] = ['ff-only'];

const quickPoints = 60;

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
  const { fill: _fill, lockHeld: _lockHeld, ...where } = point;
  return { ...where, ...played };
}

function refuseWithoutProc(): void {
  if (existsSync('/proc/self/environ')) return;
  const problem = 'There is no /proc here, so who is still alive after a kill cannot be told.';
  throw new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'run it on Linux' });
}

const progressEvery = 25;

async function matrix(call: Call): Promise<CrashReport> {
  const seed = numberOption(call, 'seed') ?? Math.floor(Math.random() * 1_000_000);
  const startedMs = performance.now();
  const ground = await makeGround(chosenStrategies(call));
  try {
    const all = ground.stages.flatMap(({ strategy, commands }) => pointsOf(strategy, commands));
    const wanted = numberOption(call, 'points') ?? (call.values.quick === true ? quickPoints : all.length);
    const points = spread(all, wanted, seed);
    call.stderr.write(`seed ${seed}: ${points.length} of ${all.length} points, in ${ground.directory}\n`);
    const played = await playAll(ground, points, {
      workers: Math.min(2, availableParallelism()),
      keep: call.values.keep === true,
      onPlayed: (one, done) => {
        if (one.violations.length > 0) call.stderr.write(`violated: ${pointText(rowOf(one))}\n`);
        if (done % progressEvery === 0) call.stderr.write(`${done} of ${points.length}\n`);
      },
    });
    const rows = played.map(rowOf);
    return {
      ok: rows.every(({ violations }) => violations.length === 0),
      seed,
      strategies: ground.stages.map(({ strategy: name, commands }) => {
        return { name, commands: commands.length, points: all.filter(({ strategy }) => strategy === name).length };
      }),
      invariants: invariants.map(({ name }) => name),
      rows,
      seconds: (performance.now() - startedMs) / 1000,
    };
  } finally {
    if (call.values.keep !== true) ground.dispose();
  }
}

const usage = `
npm run crash-matrix -- [--quick] [--strategy NAME] [--points N] [--seed N] [--keep] [--json]

Runs auto-promote in throw-away worlds, kills at the Nth git command, for every N: before, during and after it, our
process, git, or everything. Then one clean run, then the invariants. Linux only.

  --quick          ${quickPoints} points, spread over phases, moments and victims
  --strategy NAME  only this strategy (${strategies.join(', ')})
  --points N       so many points, spread likewise
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
    strategy: { type: 'string' },
    points: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'boolean' },
  },
  run: async (call) => {
    refuseWithoutProc();
    const report = await matrix(call);
    call.stdout.write(call.json ? `${JSON.stringify(report, null, 1)}\n` : crashText(report));
    return report.ok ? exitCodes.ok : exitCodes.refused;
  },
};

await runIfMain(import.meta.url, command);
