/** Plays a list of points, a few at a time, and keeps what came of each. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exitCodes } from '../core/outcome.ts';
import type { Strategy } from '../core/policy.ts';
import { findGit } from '../effects/git.ts';
import { makeStage, type Played, play, type Stage } from './play.ts';
import type { Point } from './points.ts';
import { type Fault, makeProgram } from './program.ts';
import { type Bench, serverPathOf } from './run.ts';
import { writeStandIns } from './stand-ins.ts';

/** A folder with the program, the stand-ins and a stage for each strategy; gone after `dispose`. */
export interface Ground {
  readonly directory: string;
  readonly bench: Bench;
  readonly stages: readonly Stage[];
  readonly dispose: () => void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Makes the ground. `faults` are put into the program. */
export async function makeGround(strategies: readonly Strategy[], faults: readonly Fault[] = []): Promise<Ground> {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'loopbreaker-crash-')));
  const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  const interrupted = () => {
    remove();
    process.exit(exitCodes.interrupted);
  };
  for (const name of signals) process.once(name, interrupted);
  const dispose = () => {
    for (const name of signals) process.off(name, interrupted);
    remove();
  };
  try {
    const realGit = findGit(process.env, directory);
    const program = makeProgram(path.join(directory, 'program'), faults);
    const bench = { program, realGit, standIns: writeStandIns(directory), serverPath: serverPathOf(realGit) };
    const stages: Stage[] = [];
    for (const strategy of strategies) stages.push(await makeStage(bench, directory, strategy));
    return { directory, bench, stages, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

export interface Playing {
  /** So many points at the same time. */
  readonly workers: number;
  /** Keep the worlds in which something was wrong. */
  readonly keep: boolean;
  readonly onPlayed: (played: Played, done: number) => void;
  /** Asked before each point. */
  readonly isEnough?: () => boolean;
}

/** Plays the points, in their order as far as several at a time have one. */
export async function playAll(ground: Ground, points: readonly Point[], how: Playing): Promise<readonly Played[]> {
  const played: Played[] = [];
  const queue = points.entries();
  const work = async () => {
    for (const [index, point] of queue) {
      if (how.isEnough?.() === true) return;
      const stage = ground.stages.find(({ strategy }) => strategy === point.strategy);
      if (stage === undefined) throw new Error(`no stage for ${point.strategy}`);
      const directory = path.join(ground.directory, 'points', `p${index + 1}`);
      const one = await play(ground.bench, stage, point, directory, how.keep);
      played.push(one);
      how.onPlayed(one, played.length);
    }
  };
  await Promise.all(Array.from({ length: how.workers }, work));
  return played;
}
