/** What the QA gate has said of exact keys (tree, commands, packages, Node): passes, which save a run, and flakes. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Flake } from '../core/flake.ts';
import { readSmallFile, writeAtomically } from './atomic-file.ts';
import { parseDocument } from './schema.ts';

export interface GateRecord {
  readonly key: string;
  readonly tree: string;
  /** Wall clock, ISO 8601. */
  readonly at: string;
  /** The command that failed; null in a pass. */
  readonly command: string | null;
}

export interface GateMemory {
  /** Whether the gate has passed for exactly this key. A record that cannot be read is none: the gate runs again. */
  readonly hasPass: (key: string) => boolean;
  /** Remembers an answer. Returns the flake that it proves: the very same key has been answered the other way too. */
  readonly remember: (record: GateRecord) => Flake | null;
  /** The flakes that are known, newest first, at most `flakesMax`. */
  readonly flakes: () => readonly Flake[];
}

export const flakesMax = 10;

const failedEnding = '.failed.json';

/** Opens the folder of records, which exists. A failure is kept only so that a later pass of the same key is seen for what it is. */
export function openGateMemory(directory: string): GateMemory {
  const fileOf = (key: string, passed: boolean) => path.join(directory, `${key}${passed ? '.json' : failedEnding}`);

  function read(file: string): GateRecord | null {
    const reading = readSmallFile(file);
    if (reading.kind !== 'text') return null;
    const parsed = parseDocument<GateRecord>('gate-record', reading.text, file);
    return parsed.ok ? parsed.value : null;
  }
  function recordOf(key: string, passed: boolean): GateRecord | null {
    const record = read(fileOf(key, passed));
    return record?.key === key ? record : null;
  }
  function flakeOf(key: string): Flake | null {
    const [passed, failed] = [recordOf(key, true), recordOf(key, false)];
    if (passed === null || failed === null) return null;
    return { tree: passed.tree, command: failed.command ?? '', failedAt: failed.at, passedAt: passed.at };
  }
  function flakes(): readonly Flake[] {
    // Who only looks does not make the folder.
    const names = new Set(existsSync(directory) ? readdirSync(directory) : []);
    return [...names]
      .filter((name) => name.endsWith(failedEnding) && names.has(name.replace(failedEnding, '.json')))
      .map((name) => ({ name, at: statSync(path.join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
      .sort((a, b) => b.at - a.at)
      .slice(0, flakesMax)
      .flatMap(({ name }) => flakeOf(name.replace(failedEnding, '')) ?? []);
  }
  return {
    hasPass: (key) => recordOf(key, true) !== null,
    remember: (record) => {
      writeAtomically(fileOf(record.key, record.command === null), `${JSON.stringify(record)}\n`);
      return flakeOf(record.key);
    },
    flakes,
  };
}
