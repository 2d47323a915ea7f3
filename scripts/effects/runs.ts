/** Result files: how a run of auto-promote, ours or a user's own script, tells the loop what became of it. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Failure } from '../core/failure.ts';
import type { PromoteOutcome } from '../core/outcome.ts';
import { readSmallFile, writeAtomically } from './atomic-file.ts';
import { parseDocument } from './schema.ts';

export interface ResultFile {
  readonly runId: string;
  /** Written first, before anything else is done: the program could be loaded. */
  readonly started?: boolean;
  readonly outcome?: PromoteOutcome;
  readonly why?: string;
  readonly candidate?: string | null;
  readonly failure?: Failure | null;
}

/** The environment of a run: its id, and where its result goes. */
export const runVariable = 'LOOPBREAKER_RUN';
export const resultVariable = 'LOOPBREAKER_RESULT';

/** Where the result of a run is written. */
export function resultPath(runsDirectory: string, runId: string): string {
  return path.join(runsDirectory, `${runId}.json`);
}

/** Where a log of a run is written. */
export function logPath(runsDirectory: string, runId: string, name: string): string {
  return path.join(runsDirectory, `${runId}.${name.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 64)}.log`);
}

const interruptedPath = (runsDirectory: string, runId: string) => path.join(runsDirectory, `${runId}.interrupted`);

/** Notes, in the last moment of a process, that a person ended this run: its death is nobody's failure. */
export function markInterrupted(runsDirectory: string, runId: string): void {
  mkdirSync(runsDirectory, { recursive: true, mode: 0o700 });
  writeFileSync(interruptedPath(runsDirectory, runId), '', { mode: 0o600 });
}

/** Whether a person ended the run. */
export function wasInterrupted(runsDirectory: string, runId: string): boolean {
  return existsSync(interruptedPath(runsDirectory, runId));
}

/** The log of a run that was written to last, or null when it has none. */
export function newestLog(runsDirectory: string, runId: string): string | null {
  const names = existsSync(runsDirectory) ? readdirSync(runsDirectory) : [];
  const logs = names
    .filter((name) => name.startsWith(`${runId}.`) && name.endsWith('.log'))
    .map((name) => path.join(runsDirectory, name));
  const timeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return logs.sort((a, b) => timeOf(b) - timeOf(a))[0] ?? null;
}

/** The result that a run has written, or null: nothing there, not valid, or of another run. */
export function readResult(file: string, runId: string): ResultFile | null {
  const reading = readSmallFile(file);
  if (reading.kind !== 'text') return null;
  const parsed = parseDocument<ResultFile>('promote-result', reading.text, file);
  return parsed.ok && parsed.value.runId === runId ? parsed.value : null;
}

/** Writes the result of a run, whole or not at all. */
export function writeResult(file: string, result: ResultFile): void {
  writeAtomically(file, `${JSON.stringify(result, null, 1)}\n`);
}
