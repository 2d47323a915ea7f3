/** `npm run bench -- disk`: a disk that is full at 64 sizes, of the state directory and of the whole clone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DiskRun, fillDisk, type Volume, whyNoVolume } from './disk.ts';

const sizes = Array.from({ length: 64 }, (_, size) => size);

/** One line a size. */
export function diskTable(volume: Volume, runs: readonly DiskRun[]): readonly string[] {
  return runs.map(({ freeBytes, command, exitCode, said, faults }) => {
    const end = `${volume} ${String(freeBytes).padStart(8)} bytes free  ${command.padEnd(12)} exit ${exitCode}  ${said}`;
    return [end, ...faults.map((fault) => `  FAULT: ${fault}`)].join('\n');
  });
}

/** Prints what happened at every size; true when nothing was torn or lost. Without root it says so, and is true. */
export async function measure(print: (line: string) => void): Promise<boolean> {
  const probe = mkdtempSync(path.join(tmpdir(), 'loopbreaker-disk-'));
  const why = whyNoVolume(probe);
  rmSync(probe, { recursive: true });
  if (why !== null) {
    print(`skipped: no tmpfs can be mounted here (${why})`);
    return true;
  }
  let isWhole = true;
  for (const volume of ['state', 'clone'] as const) {
    const runs = await fillDisk(volume, sizes);
    for (const line of diskTable(volume, runs)) print(line);
    isWhole &&= runs.every(({ faults }) => faults.length === 0);
  }
  return isWhole;
}
