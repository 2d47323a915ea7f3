/** What can be done to a run, where: the points of the matrix, and a spread over them. */

import type { Strategy } from '../core/policy.ts';
import { seededRandom } from '../core/seeded-random.ts';

export const moments = ['before', 'during', 'after'] as const;
export type Moment = (typeof moments)[number];

/** `rival`: nobody dies; somebody else moves the target just before the command. */
export const victims = ['ours', 'git', 'all', 'rival'] as const;
export type Victim = (typeof victims)[number];

/** One git command of a clean run, as the counting run saw it. */
export interface GitCommand {
  /** From 1. */
  readonly at: number;
  /** Without git's own settings, for people: `update-ref refs/…`. */
  readonly words: string;
  /** The phase that was written down as intended when it ran; `start` before the first one. */
  readonly phase: string;
  /** It changes something, here or on the remote. */
  readonly isAct: boolean;
  /** Lengths of the lines of its trace, and the text of each. */
  readonly trace: readonly string[];
  readonly lockHeld: boolean;
}

export const faults = ['KILL', 'ENOSPC', 'EIO'] as const;
export type CallFault = (typeof faults)[number];

/** One system call of a run: the `nth` one of its name in its process, and what becomes of it. */
export interface SystemCall {
  readonly name: string;
  readonly nth: number;
  readonly fault: CallFault;
}

export interface Point {
  readonly strategy: Strategy;
  readonly at: number;
  readonly phase: string;
  readonly words: string;
  readonly moment: Moment;
  readonly victim: Victim;
  /** For `during`: git stands still after so many lines of its trace; 0 otherwise. */
  readonly line: number;
  /** For `during`: bytes that fill the pipe so far that it does. */
  readonly fill: number;
  readonly lockHeld: boolean;
  /** The system call that is meant, where one is: then `at` is 0 for our own process. */
  readonly call: SystemCall | null;
}

const pageBytes = 4096;
const pages = 16;

/**
 * Lines that git can write into a pipe of which `fill` bytes are taken. Linux: 16 pages; a line goes into the page
 * that was begun when it fits there as a whole, else into a new one.
 */
export function linesThatFit(lengths: readonly number[], fill: number): number {
  let used = Math.ceil(fill / pageBytes);
  let room = used * pageBytes - fill;
  for (const [index, length] of lengths.entries()) {
    if (length <= room) room -= length;
    else {
      const needed = Math.ceil(length / pageBytes);
      if (used + needed > pages) return index;
      used += needed;
      room = needed * pageBytes - length;
    }
  }
  return lengths.length;
}

const fillStep = 8;

/** A place to stand still: after so many lines of the trace, with so many bytes in the pipe. */
export interface Place {
  readonly line: number;
  readonly fill: number;
}

/** The first place at `wanted` lines or after it that a pipe can be filled for; null when there is none. */
export function placeAt(lengths: readonly number[], wanted: number): Place | null {
  const fills = new Map<number, number[]>();
  for (let fill = pages * pageBytes; fill >= 0; fill -= fillStep) {
    const line = linesThatFit(lengths, fill);
    if (line >= wanted && line < lengths.length) fills.set(line, [...(fills.get(line) ?? []), fill]);
  }
  const line = Math.min(...fills.keys());
  const fits = fills.get(line) ?? [];
  // The middle: a pid or a time may be a digit longer than in the counting run.
  const fill = fits[Math.floor(fits.length / 2)];
  return fill === undefined ? null : { line, fill };
}

const preparesMax = 2;

/** Lines of a trace to stand still after: refs locked and not yet moved, and quarters of the way; a question: half-way. */
export function placesOf(command: GitCommand): readonly number[] {
  const { trace, isAct } = command;
  const share = (part: number) => Math.max(1, Math.min(trace.length - 2, Math.round(trace.length * part)));
  if (!isAct) return [share(0.5)];
  const prepared = trace.flatMap((line, index) => (line.includes('transaction_prepare: 0') ? [index + 1] : []));
  return [...new Set([...prepared.slice(0, preparesMax), share(0.25), share(0.5), share(0.75)])].sort((a, b) => a - b);
}

/** Every point of a strategy, in the order of its commands. */
export function pointsOf(strategy: Strategy, commands: readonly GitCommand[]): readonly Point[] {
  return commands.flatMap((command) => {
    const { at, phase, words, lockHeld } = command;
    const base = { strategy, at, phase, words, lockHeld, line: 0, fill: 0, call: null };
    const lengths = command.trace.map((line) => Buffer.byteLength(line) + 1);
    const reachable = placesOf(command).flatMap((line) => placeAt(lengths, line) ?? []);
    const places = [...new Map(reachable.map((place) => [place.line, { ...base, ...place }])).values()];
    const rival = command.lockHeld ? [{ ...base, moment: 'before', victim: 'rival' } as const] : [];
    const kills = (['ours', 'git', 'all'] as const).flatMap((victim): readonly Point[] => [
      { ...base, moment: 'before', victim },
      ...places.map((place) => ({ ...place, moment: 'during', victim }) as const),
      { ...base, moment: 'after', victim },
    ]);
    return [...kills, ...rival];
  });
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const drawn = items.map((item) => ({ item, key: random() })).sort((a, b) => a.key - b.key);
  return drawn.map(({ item }) => item);
}

/** So many points, spread by turns over phase, moment and victim; within one such cell the seed decides. */
export function spread(points: readonly Point[], count: number, seed: number): readonly Point[] {
  const random = seededRandom(seed);
  const cells = new Map<string, Point[]>();
  for (const point of shuffled(points, random)) {
    const key = [point.strategy, point.phase, point.moment, point.victim, point.call?.fault ?? ''].join(' ');
    cells.set(key, [...(cells.get(key) ?? []), point]);
  }
  const queues = shuffled([...cells.values()], random);
  const chosen: Point[] = [];
  for (let round = 0; chosen.length < Math.min(count, points.length); round += 1) {
    for (const queue of queues) {
      const point = queue[round];
      if (point !== undefined && chosen.length < count) chosen.push(point);
    }
  }
  return chosen;
}
