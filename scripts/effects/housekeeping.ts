/** Bounds for what gathers in the state directory: old runs, old passes, copies of unreadable state, torn temp files. */
import { readdirSync, rmSync, statSync } from 'node:fs';
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

function heaps(files: StateFiles): readonly Heap[] {
  const isTemp = (name: string) => name.endsWith('.tmp');
  const temps = [files.directory, files.verdicts, files.passes, files.runs];
  return [
    { directory: files.runs, isOurs: (name) => name.startsWith('run-'), keep: 200, youngMs: hourMs },
    { directory: files.passes, isOurs: (name) => name.endsWith('.json'), keep: 500, youngMs: hourMs },
    { directory: files.directory, isOurs: (name) => name.includes('.unreadable-'), keep: 20, youngMs: hourMs },
    // A temp file that is an hour old was left by a process that died while it wrote.
    ...temps.map((directory): Heap => ({ directory, isOurs: isTemp, keep: 0, youngMs: hourMs })),
  ];
}

function clear(heap: Heap, nowMs: number): void {
  const found = readdirSync(heap.directory)
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
