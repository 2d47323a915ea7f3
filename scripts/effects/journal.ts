/**
 * events.jsonl: one JSON object a line, appended after the controller was written. A torn last line is tolerated. A full
 * journal is kept as events.jsonl.old and the one before it goes, so that nights of events stay within two files.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import type { JournalEntry } from '../core/journal.ts';
import { exitCodes, messageOf, Refusal } from '../core/outcome.ts';
import { openForReading } from './atomic-file.ts';

export type JournalLine = JournalEntry & { readonly at: string; readonly revision?: number };

/** How much of the end of the journal is read to find the last revision: far more than one update writes. */
const tailBytes = 64 * 1024;

const lineBytesMax = 4 * 1024;

/** A journal that has grown to this is full: some tens of thousands of events. */
export const journalBytesMax = 4 * 1024 * 1024;

/** Where the journal before this one lies, when there is one. */
export const oldJournal = (file: string): string => `${file}.old`;

/** Each text of an entry is cut here when its line would be longer than that. */
const textLengthMax = 512;

export type JournalTail =
  | { readonly kind: 'absent' }
  | { readonly kind: 'lines'; readonly lines: readonly JournalLine[] }
  | { readonly kind: 'unreadable'; readonly why: string };

function readEnd(fd: number, bytesMax: number): string {
  const size = fstatSync(fd).size;
  const length = Math.min(size, bytesMax);
  const buffer = Buffer.alloc(length);
  readSync(fd, buffer, 0, length, size - length);
  return buffer.toString('utf8');
}

/** Revisions are counted in the controller, whose schema ends here; a line with another one was not written by us. */
const revisionMax = 1_000_000_000;

function isRevision(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= revisionMax;
}

function isJournalLine(value: unknown): value is JournalLine {
  if (typeof value !== 'object' || value === null || !('event' in value && 'at' in value)) return false;
  return !('revision' in value) || isRevision(value.revision);
}

function parseLine(text: string): readonly JournalLine[] {
  try {
    const value: unknown = JSON.parse(text);
    return isJournalLine(value) ? [value] : [];
  } catch {
    return []; // A line torn by a crash, or cut by the start of the tail: the lines around it still speak.
  }
}

/** The tail of one file, and how many bytes the whole file has. */
function readOne(file: string, bytesMax = tailBytes): { readonly tail: JournalTail; readonly bytes: number } {
  const fd = openForReading(file);
  if (typeof fd !== 'number') return { tail: fd, bytes: 0 };
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return { tail: { kind: 'unreadable', why: 'it is not a regular file' }, bytes: 0 };
    return { tail: { kind: 'lines', lines: readEnd(fd, bytesMax).split('\n').flatMap(parseLine) }, bytes: stat.size };
  } catch (error) {
    return { tail: { kind: 'unreadable', why: messageOf(error) }, bytes: 0 };
  } finally {
    closeSync(fd);
  }
}

/**
 * The last lines of the journal, oldest first: where the current one is still short, or was just begun, the end of the
 * one before it too. Either of them being unreadable makes it so.
 */
export function readJournalTail(file: string): JournalTail {
  const { tail, bytes } = readOne(file);
  if (tail.kind === 'unreadable' || bytes >= tailBytes) return tail;
  const old = readOne(oldJournal(file)).tail;
  if (old.kind === 'absent') return tail;
  if (old.kind === 'unreadable' || tail.kind === 'absent') return old;
  return { kind: 'lines', lines: [...old.lines, ...tail.lines] };
}

/** No journal is longer: one more line fits into one that is just not full. */
const wholeBytes = journalBytesMax + tailBytes;

/** Every line of both journals that is whole, oldest first, for people. Throws a Refusal (75) when one cannot be read. */
export function readWholeJournal(file: string): readonly JournalLine[] {
  return [oldJournal(file), file].flatMap((one) => {
    const { tail } = readOne(one, wholeBytes);
    if (tail.kind !== 'unreadable') return tail.kind === 'absent' ? [] : tail.lines;
    throw new Refusal({
      code: 'journal-unreadable',
      exitCode: exitCodes.tryLater,
      problem: `The journal ${one} cannot be read: ${tail.why}.`,
      remedy: `look at it, then: npm run clear -- --why "the journal was looked at"`,
    });
  });
}

/** The files of the journal that cannot be read. */
export function unreadableJournals(file: string): readonly string[] {
  return [file, oldJournal(file)].filter((one) => readOne(one).tail.kind === 'unreadable');
}

/** The highest revision that the tail speaks of; 0 when it speaks of none. */
export function lastRevision(tail: JournalTail): number {
  if (tail.kind !== 'lines') return 0;
  return tail.lines.reduce((highest, line) => Math.max(highest, line.revision ?? 0), 0);
}

function endsWithNewline(fd: number): boolean {
  const size = fstatSync(fd).size;
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  return last[0] === 0x0a;
}

function lineOf(entry: JournalEntry, at: string, revision: number | undefined): string {
  const line = JSON.stringify({ at, ...entry, ...(revision === undefined ? {} : { revision }) });
  if (line.length <= lineBytesMax) return line;
  const shortened = Object.entries(entry).map(([name, value]) => [
    name,
    typeof value === 'string' && value.length > textLengthMax ? `${value.slice(0, textLengthMax)} […]` : value,
  ]);
  return JSON.stringify({ at, ...Object.fromEntries(shortened), revision });
}

/** Under the lock of the controller, so that only one process does it. A reader in between finds the old one. */
function rotateFull(file: string): void {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat?.isFile() === true && stat.size >= journalBytesMax) renameSync(file, oldJournal(file));
}

/**
 * Appends entries in one write, to a new journal when this one is full; a line that a crash left torn is ended first.
 * Throws what the file system throws.
 */
export function appendJournal(file: string, entries: readonly JournalEntry[], at: string, revision?: number): void {
  if (entries.length === 0) return;
  rotateFull(file);
  addToJournal(file, entries, at, revision);
}

/** The same without the lock of the controller, as a hook does it: a full journal stays for the next loop to rotate. */
export function addToJournal(file: string, entries: readonly JournalEntry[], at: string, revision?: number): void {
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const fd = openSync(file, flags, 0o600);
  try {
    const text = entries.map((entry) => `${lineOf(entry, at, revision)}\n`).join('');
    writeSync(fd, endsWithNewline(fd) ? text : `\n${text}`);
  } finally {
    closeSync(fd);
  }
}
