/** Bounds for what gathers in the state directory: old runs, old passes, copies of unreadable state, work moved aside, torn temp files. */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { StateFiles } from './state-files.ts';

interface Heap {
  readonly directory: string;
  readonly isOurs: (name: string) => boolean;
  /** So many of the newest are kept. */
  readonly keep: number;
  /** Younger files are never removed, ms. */
  readonly youngMs: number;
}

const hourMs = 60 * 60 * 1000;
const monthMs = 30 * 24 * hourMs;

function heaps(files: StateFiles): readonly Heap[] {
  const isRun = (name: string) => name.startsWith('run-');
  const isTemp = (name: string) => name.endsWith('.tmp');
  const temps = [files.directory, files.verdicts, files.passes, files.runs];
  return [
    { directory: files.runs, isOurs: isRun, keep: 200, youngMs: hourMs },
    { directory: files.passes, isOurs: (name) => name.endsWith('.json'), keep: 500, youngMs: hourMs },
    // Work of somebody: the oldest goes first, and nothing before a month has passed.
    { directory: files.salvage, isOurs: isRun, keep: 20, youngMs: monthMs },
    { directory: files.directory, isOurs: (name) => name.includes('.unreadable-'), keep: 20, youngMs: hourMs },
    // A temp file that is an hour old was left by a process that died while it wrote.
    ...temps.map((directory): Heap => ({ directory, isOurs: isTemp, keep: 0, youngMs: hourMs })),
  ];
}

function clear(heap: Heap, nowMs: number): void {
  const names = existsSync(heap.directory) ? readdirSync(heap.directory) : [];
  const found = names
    .filter(heap.isOurs)
    .map((name) => path.join(heap.directory, name))
    .flatMap((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? [] : [{ file, at: stat.mtimeMs }];
    })
    .sort((a, b) => b.at - a.at);
  for (const { file, at } of found.slice(heap.keep)) {
    if (nowMs - at > heap.youngMs) rmSync(file, { force: true, recursive: true });
  }
}

/** Removes what is too much and old. A passes file that goes costs one more run of the gate, nothing else. */
export function keepHouse(files: StateFiles, nowMs: number): void {
  for (const heap of heaps(files)) clear(heap, nowMs);
}
