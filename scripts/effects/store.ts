/** The store of the controller: one locked read-modify-write at a time, validated both ways, never a silent default. */
import { mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import type { CircuitPolicy } from '../core/circuit.ts';
import { anchorAt, believedNow } from '../core/clock.ts';
import { type Controller, newController, unreadableController } from '../core/controller.ts';
import { type ControllerFile, decodeController, encodeController } from '../core/controller-file.ts';
import { describeProblem } from '../core/documents.ts';
import { bypassEvent, type JournalEntry, transitionsBetween } from '../core/journal.ts';
import { exitCodes, hasErrorCode, messageOf, Refusal } from '../core/outcome.ts';
import { readSmallFile, unwritable, writeAtomically } from './atomic-file.ts';
import {
  appendJournal,
  type JournalLine,
  type JournalTail,
  lastRevision,
  readJournalTail,
  unreadableJournals,
} from './journal.ts';
import type { TakeLock } from './lock.ts';
import { parseDocument, validateDocument } from './schema.ts';
import { type StateFiles, stateFiles } from './state-files.ts';
import type { World } from './world.ts';

export type ControllerReading =
  | { readonly kind: 'read' | 'first-run'; readonly controller: Controller }
  | { readonly kind: 'unreadable'; readonly controller: Controller; readonly why: string };

export interface Change {
  readonly controller: Controller;
  readonly entries: readonly JournalEntry[];
}

export interface Store {
  readonly files: StateFiles;
  /** The controller as it is now, without a lock. An unreadable one comes with both circuits open. */
  readonly read: () => ControllerReading;
  /** Believed time now, ms. */
  readonly now: () => number;
  /**
   * Reads, changes and writes the controller under its lock. A change that returns the same controller and no entries
   * writes nothing. Throws a Refusal: 75 when the lock stays busy for 5 s, 78 when it cannot be written.
   */
  readonly update: (change: (controller: Controller, now: number) => Change) => Promise<Controller>;
}

export interface StoreOptions {
  readonly directory: string;
  readonly policy: CircuitPolicy;
  /** Size of the retry budget on a first run. */
  readonly retryTokens: number;
  readonly world: Pick<World, 'clock'>;
  readonly takeLock: TakeLock;
  /** The state directory is not made: for reading only. */
  readonly readOnly?: boolean;
  /** Told every entry of high severity, after it was written. */
  readonly onHighSeverity: (entry: JournalEntry) => void;
  /** Told when the journal itself cannot be written; the controller has been. */
  readonly onJournalLost: (why: string) => void;
}

const lockWaitMs = 5000;

/** A controller that is larger than this is not ours; the default policy keeps it under 4 KiB. */
const controllerBytesMax = 64 * 1024;

type Parsed = { readonly controller: Controller } | { readonly why: string };

function parseController(text: string, file: string): Parsed {
  if (text.length > controllerBytesMax) return { why: `it is larger than ${controllerBytesMax} bytes` };
  const parsed = parseDocument<ControllerFile>('controller', text, path.basename(file));
  if (!parsed.ok) return { why: parsed.problems.slice(0, 1).map(describeProblem).join('') };
  const controller = decodeController(parsed.value);
  try {
    encodeController(controller);
  } catch (error) {
    return { why: messageOf(error) }; // A time such as month 99 has the right form and is no time.
  }
  return { controller };
}

/** Whether nothing but hooks has written the journal: they do it also where no loop has ever run. */
function isOfHooksOnly(lines: readonly JournalLine[]): boolean {
  return lines.length > 0 && lines.every(({ event }) => event === bypassEvent);
}

/** Reads the controller of a state directory and changes nothing, not even to make the directory. */
export function readController(
  options: Pick<StoreOptions, 'policy' | 'retryTokens' | 'world'>,
  files: StateFiles,
): ControllerReading {
  // The journal first: a writer writes the controller first, so what the journal speaks of has been written.
  const tail: JournalTail = readJournalTail(files.journal);
  const reading = readSmallFile(files.controller);
  const parsed = reading.kind === 'text' ? parseController(reading.text, files.controller) : null;
  const written = parsed !== null && 'controller' in parsed ? parsed.controller.revision : 0;
  const broken = (why: string): ControllerReading => {
    const now = believedNow(null, options.world.clock());
    const revision = Math.max(lastRevision(tail), written);
    return { kind: 'unreadable', controller: unreadableController(options.policy, now, why, revision), why };
  };
  if (tail.kind === 'unreadable') return broken(`the journal ${files.journal} cannot be read: ${tail.why}`);
  if (reading.kind === 'unreadable') return broken(`${files.controller} cannot be read: ${reading.why}`);
  if (parsed === null) {
    if (tail.kind === 'absent' || isOfHooksOnly(tail.lines))
      return { kind: 'first-run', controller: newController(options.retryTokens) };
    return broken(`${files.controller} is gone although the journal speaks of it`);
  }
  if ('why' in parsed) return broken(`${files.controller} cannot be read: ${parsed.why}`);
  const spoken = lastRevision(tail);
  if (written < spoken) {
    return broken(`${files.controller} is older (revision ${written}) than the journal (${spoken})`);
  }
  return { kind: 'read', controller: parsed.controller };
}

/** Compiling the schema takes longer than a whole update (64 waiting processes: 5 s): never do it under the lock. */
function compileSchema(): void {
  validateDocument('controller', null, 'controller.json');
}

/** Moves what cannot be read out of the way, so that it is kept and its place is free. */
function setAside(file: string, suffix: string): void {
  try {
    renameSync(file, `${file}.unreadable-${suffix}`);
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) throw unwritable(file, error);
  }
}

/** What the parts of the store share. */
interface Room {
  readonly options: StoreOptions;
  readonly files: StateFiles;
}

function note({ options, files }: Room, entries: readonly JournalEntry[], at: number, revision: number): void {
  try {
    appendJournal(files.journal, entries, new Date(at).toISOString(), revision);
  } catch (error) {
    options.onJournalLost(messageOf(error));
  }
  for (const entry of entries) if (entry.severity === 'high') options.onHighSeverity(entry);
}

function replaceUnreadable({ files }: Room, reading: ControllerReading, now: number): readonly JournalEntry[] {
  if (reading.kind !== 'unreadable') return [];
  const suffix = `${new Date(now).toISOString().replaceAll(/[^0-9]/g, '')}-${process.hrtime.bigint()}`;
  setAside(files.controller, suffix);
  for (const journal of unreadableJournals(files.journal)) setAside(journal, suffix);
  return [{ event: 'state-unreadable', severity: 'high', why: reading.why }];
}

function write({ options, files }: Room, before: Controller, change: Change, now: number): Controller {
  const revision = before.revision + 1;
  const clock = anchorAt(now, options.world.clock());
  const controller: Controller = { ...change.controller, revision, clock };
  const file = encodeController(controller);
  const problems = validateDocument('controller', file, 'controller.json').map(describeProblem);
  if (problems.length > 0) {
    throw new Error(`refusing to write a controller that could not be read back: ${problems.join('; ')}`);
  }
  writeAtomically(files.controller, `${JSON.stringify(file, null, 1)}\n`);
  return controller;
}

/** One read-modify-write; the lock is held. */
function updateLocked(room: Room, change: (controller: Controller, now: number) => Change): Controller {
  const reading = readController(room.options, room.files);
  const before = reading.controller;
  const clock = room.options.world.clock();
  const now = believedNow(before.clock, clock);
  const rescued = replaceUnreadable(room, reading, now);
  const changed = change(before, now);
  // After a reboot the new boot needs an anchor of its own, or believed time would stand still until some change.
  const anchored = before.clock === null || before.clock.bootId === clock.bootId;
  const unchanged = changed.controller === before && changed.entries.length === 0;
  if (rescued.length === 0 && unchanged && anchored) return before;
  const after = write(room, before, changed, now);
  const run = changed.entries.find((entry) => entry.run !== undefined)?.run;
  const spoken = [...rescued, ...changed.entries, ...transitionsBetween(before, after, run)];
  const silent: JournalEntry = { event: 'controller-written', severity: 'info' };
  note(room, spoken.length === 0 ? [silent] : spoken, now, after.revision);
  return after;
}

/** Opens the store in a directory, which is made when it is missing. Throws a Refusal (78) when it cannot be made. */
export function openStore(options: StoreOptions): Store {
  const files = stateFiles(options.directory);
  const needed = options.readOnly === true ? [] : [files.directory, files.verdicts, files.passes, files.runs];
  for (const directory of needed) {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw unwritable(directory, error);
    }
  }
  const read = () => readController(options, files);
  const now = () => believedNow(read().controller.clock, options.world.clock());
  async function update(change: (controller: Controller, now: number) => Change): Promise<Controller> {
    compileSchema();
    const lock = await options.takeLock(files.controllerLock, lockWaitMs, null);
    if (lock === null) throw busyController(files.controllerLock);
    try {
      return updateLocked({ options, files }, change);
    } finally {
      lock.release();
    }
  }
  return { files, read, now, update };
}

function busyController(file: string): Refusal {
  return new Refusal({
    code: 'lock-busy',
    exitCode: exitCodes.tryLater,
    problem: `Another loopbreaker process has held ${file} for more than ${lockWaitMs / 1000} s.`,
    remedy: 'npm run status shows who is alive; try again when it has ended',
  });
}
