/** How a loop waits: until a time, a person or a changed file, at next to no cost; and what it writes down of that. */
import type { Step } from './core/steering.ts';
import type { Stop } from './core/stop.ts';
import type { Drive } from './drive.ts';
import { stampOf, waitForChange } from './effects/changes.ts';
import { evidenceFiles } from './effects/evidence.ts';

/** How often a waiting loop looks whether something has changed. */
export const pollMs = 1000;

/** Everything that no file tells of, such as the remote, is asked for at most this often by a waiting loop. */
const fullLookMs = 60_000;

/** Files whose change may free a stop: those that its evidence was gathered from, in this work tree. */
async function filesOfStop({ workspace }: Drive, stop: Stop | null): Promise<readonly string[]> {
  if (stop === null) return [];
  const circuit = workspace.store.read().controller.circuits[stop.circuit];
  const evidence = circuit.state === 'open' ? circuit.evidence : null;
  const isHere = evidence !== null && (evidence.where === null || evidence.where === workspace.repository.root);
  return isHere ? await evidenceFiles(evidence.kind, workspace.evidence) : [];
}

/**
 * Sleeps until it is worth looking around again: the time has come, a person has cleared, or a file has changed that
 * was the same before and after the last look. Asking everything anew happens only then, and once a minute.
 */
export async function wait(drive: Drive, step: Extract<Step, { do: 'wait' }>): Promise<void> {
  const { workspace, abort: signal, report } = drive;
  const { world, store } = workspace;
  const leftMs = step.until === null ? fullLookMs : Math.max(0, step.until - store.now());
  report.waiting(step.why, step.stop, step.until === null ? null : leftMs);
  const files = await filesOfStop(drive, step.stop);
  const urgent = store.files.controller;
  const stamp = stampOf([...files, urgent]);
  const wasSeen = stamp === drive.seen;
  drive.seen = stamp;
  const ms = Math.min(leftMs, wasSeen ? fullLookMs : pollMs);
  await waitForChange({ world, files, urgent, ms, signal });
}

/** Writes down why the loop waits or ends, once of each reason: in the morning the journal tells the night. */
export async function noteStep(
  drive: Drive,
  event: 'loop-waiting' | 'loop-ended',
  { why, stop, ...step }: Extract<Step, { do: 'wait' | 'stop' }>,
): Promise<void> {
  if (event === 'loop-waiting' && drive.noted === why) return;
  drive.noted = why;
  const { store } = drive.workspace;
  const untilMs = step.do === 'wait' ? step.until : (stop?.until ?? null);
  const until = untilMs === null ? null : new Date(untilMs).toISOString();
  const about = stop === null ? {} : { circuit: stop.circuit, code: stop.code };
  const end = step.do === 'stop' ? { exitCode: step.exitCode } : {};
  const entry = { event, severity: 'info', why, until, ...about, ...end } as const;
  await store.update((controller) => ({ controller, entries: [entry] }));
}
