/**
 * What the doctor remembers from run to run, each answer under a key made of everything that it depends on. It may be
 * deleted at any time. A file that is torn, foreign or of another version is as good as none.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checksum } from '../core/checksum.ts';
import { readSmallFile } from './atomic-file.ts';

export interface Memory {
  /** What was remembered under the key, as JSON gives it back; undefined when nothing was. */
  readonly recall: (key: string) => unknown;
  readonly remember: (key: string, value: unknown) => void;
  /** Writes what is new. A disk that refuses is no failure: the next run works it out again. */
  readonly save: () => void;
}

/** The oldest entries are forgotten first. */
const entriesMax = 8000;
const textLengthMax = 900 * 1024;

const header = 'loopbreaker-memory 2';

function isEntry(value: unknown): value is readonly [string, unknown] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string';
}

/** The entries of a file, the oldest first; none unless every byte is as it was written. */
function load(file: string): Map<string, unknown> {
  const reading = readSmallFile(file);
  if (reading.kind !== 'text') return new Map();
  const end = reading.text.indexOf('\n');
  const body = reading.text.slice(end + 1);
  if (reading.text.slice(0, end) !== `${header} ${checksum(body)}`) return new Map();
  const parsed: unknown = JSON.parse(body);
  return new Map(Array.isArray(parsed) ? parsed.filter(isEntry) : []);
}

/** The body of the file, without the oldest entries when there are too many. */
function bodyOf(entries: ReadonlyMap<string, unknown>): string {
  const lines: string[] = [];
  let length = 2;
  for (const entry of [...entries].reverse().slice(0, entriesMax)) {
    const line = JSON.stringify(entry);
    length += line.length + 2;
    if (length > textLengthMax) break;
    lines.push(line);
  }
  return `[${lines.reverse().join(',\n')}]`;
}

/** Whole or not there. No fsync: what a crash tears is not believed, so it costs time and nothing else. */
function replace(file: string, text: string): void {
  const temp = `${file}.${process.pid}.${process.hrtime.bigint()}.tmp`;
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(temp, text, { flag: 'wx', mode: 0o600 });
    renameSync(temp, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    rmSync(temp, { force: true });
  }
}

/** The memory in a file, read when it is first asked. */
export function openMemory(file: string): Memory {
  let entries: Map<string, unknown> | undefined;
  let isChanged = false;
  const known = (): Map<string, unknown> => {
    entries ??= load(file);
    return entries;
  };
  return {
    recall: (key) => {
      const value = known().get(key);
      if (value !== undefined) {
        // Moved to the end: what was used last is forgotten last.
        known().delete(key);
        known().set(key, value);
      }
      return value;
    },
    remember: (key, value) => {
      known().delete(key);
      known().set(key, value);
      isChanged = true;
    },
    save: () => {
      if (!isChanged) return;
      const body = bodyOf(known());
      replace(file, `${header} ${checksum(body)}\n${body}`);
      isChanged = false;
    },
  };
}
