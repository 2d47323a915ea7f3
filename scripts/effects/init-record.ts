/** What init has written in this clone, by hash: so that taking it out again never takes what a person wrote. */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isJsonObject, parseObject, textEntries } from '../core/json-value.ts';
import { exitCodes, Refusal } from '../core/outcome.ts';
import { shellWord } from '../core/shell-word.ts';
import { readSmallFile, writeAtomically } from './atomic-file.ts';

/** Hashes of texts and edits (core/init-written.ts) by the paths of their files, from the root of a work tree. */
export type InitRecord = ReadonlyMap<string, string>;

function unreadable(file: string, why: string): Refusal {
  const problem = `${file}, where init notes what it wrote, cannot be read (${why}); nothing was changed.`;
  // Without it more stays when loopbreaker is taken out, and nothing of a person is lost.
  const remedy = `rm -r ${shellWord(file)}`;
  return new Refusal({ code: 'init-unreadable', exitCode: exitCodes.configFatal, problem, remedy });
}

/** The record; an empty one where there is none. Throws a Refusal (78) when it cannot be read. */
export function readInitRecord(file: string): InitRecord {
  const reading = readSmallFile(file);
  if (reading.kind === 'absent') return new Map();
  if (reading.kind === 'unreadable') throw unreadable(file, reading.why);
  const written = parseObject(reading.text)?.written;
  if (!isJsonObject(written)) throw unreadable(file, 'it is not what init writes');
  return new Map(textEntries(written));
}

/** Replaces the record; an empty one is removed. Throws a Refusal (78) when it cannot be written. */
export function writeInitRecord(file: string, record: InitRecord): void {
  if (record.size === 0) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(path.dirname(file), { recursive: true });
  writeAtomically(file, `${JSON.stringify({ written: Object.fromEntries(record) }, null, 1)}\n`);
}
