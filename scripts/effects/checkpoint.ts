/** The checkpoint: which phase a run of auto-promote is about to do, written before it does it. */
import type { Attempt, ProcessIdentity } from '../core/controller.ts';
import type { Phase } from '../core/failure.ts';
import type { TriggerId } from '../core/verdict.ts';
import { readSmallFile, writeAtomically } from './atomic-file.ts';
import { parseDocument } from './schema.ts';
import type { World } from './world.ts';

export interface Checkpoint {
  readonly version: 1;
  readonly runId: string;
  readonly trigger: TriggerId;
  readonly phase: Phase;
  readonly owner: ProcessIdentity;
  /** When the phase began, ISO 8601. */
  readonly at: string;
}

/** The checkpoint of the run in progress or of a dead one; null when there is none or it cannot be read. */
export function readCheckpoint(file: string): Checkpoint | null {
  const reading = readSmallFile(file);
  if (reading.kind !== 'text') return null;
  const parsed = parseDocument<Checkpoint>('checkpoint', reading.text, file);
  return parsed.ok ? parsed.value : null;
}

/**
 * Whether an attempt is still under way. A promotion goes on by itself when the loop that began it has died: the process that
 * wrote the checkpoint says whether it lives.
 */
export function attemptLiveness(attempt: Attempt, checkpoint: Checkpoint | null, world: Pick<World, 'liveness'>) {
  const begun = world.liveness(attempt.owner);
  return begun === 'alive' || checkpoint?.runId !== attempt.runId ? begun : world.liveness(checkpoint.owner);
}

/** Replaces the checkpoint. Throws a Refusal (78) when it cannot be written. */
export function writeCheckpoint(file: string, checkpoint: Checkpoint): void {
  writeAtomically(file, `${JSON.stringify(checkpoint, null, 1)}\n`);
}
