/** A small part of `npm run bench -- disk`, which fills the disk at 64 sizes in two series. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillDisk, type Volume, whyNoVolume } from '../scripts/bench/disk.ts';
import { diskTable } from '../scripts/bench/disk-table.ts';
import { builtProgram } from './helpers/built-program.ts';
import { temporaryDirectory } from './helpers/repository.ts';

/** Nothing left, some of what is written, all of it. */
const sizes: Readonly<Record<Volume, readonly number[]>> = { state: [0, 3, 40], clone: [0, 9, 60] };

for (const volume of ['state', 'clone'] as const) {
  test(`a volume of the ${volume} that fills up tears nothing, is told as such, and with space all goes on`, async (t) => {
    const why = whyNoVolume(temporaryDirectory(t));
    if (why !== null) return t.skip(`no tmpfs can be mounted here: ${why}`);
    const runs = await fillDisk(volume, sizes[volume], await builtProgram());
    const told = diskTable(volume, runs).join('\n');
    t.diagnostic(told);
    assert.deepEqual(
      runs.flatMap(({ faults }) => faults),
      [],
      told,
    );
    assert.ok([75, 78].includes(runs[0]?.exitCode ?? -1), told);
    assert.equal(runs.at(-1)?.exitCode, 0, told);
  });
}
