/** Files about triggers and trees: verdicts, and passes of the QA gate. Each is whole or not there. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { exitCodes, Refusal } from '../core/outcome.ts';
import { type Verdict, verdictFileName } from '../core/verdict.ts';
import { type FileReading, readSmallFile, writeAtomically } from './atomic-file.ts';
import { parseDocument } from './schema.ts';

export interface Verdicts {
  /** All verdicts. Throws a Refusal (75) for one that cannot be read: what stood in it may have been "blocked". */
  readonly all: () => readonly Verdict[];
  /** The verdicts that can be read, and the files of those that cannot: for looking, never for deciding. */
  readonly readable: () => { readonly verdicts: readonly Verdict[]; readonly unreadable: readonly string[] };
  readonly write: (verdict: Verdict) => void;
  readonly remove: (verdict: Verdict) => void;
  /** Whether the gate has passed for exactly this key (tree, commands, lockfile, Node). */
  readonly hasPass: (key: string) => boolean;
  readonly writePass: (key: string, tree: string, at: string) => void;
}

function unreadableVerdict(file: string, why: string): Refusal {
  return new Refusal({
    code: 'verdict-unreadable',
    exitCode: exitCodes.tryLater,
    problem: `${file} cannot be read (${why}); it may say that a branch is blocked, so nothing is promoted.`,
    remedy: `look at it, then remove it: rm '${file}'`,
  });
}

function readVerdict(file: string): Verdict {
  const reading = readSmallFile(file);
  if (reading.kind !== 'text') throw unreadableVerdict(file, reading.kind === 'absent' ? 'gone' : reading.why);
  const parsed = parseDocument<Verdict>('verdict', reading.text, file);
  if (parsed.ok) return parsed.value;
  throw unreadableVerdict(file, parsed.problems[0]?.problem ?? 'not valid');
}

/** A pass counts only when its file is whole and about this very key: anything else means that the gate runs again. */
function isPassOf(reading: FileReading, key: string): boolean {
  if (reading.kind !== 'text') return false;
  try {
    const value: unknown = JSON.parse(reading.text);
    return typeof value === 'object' && value !== null && 'key' in value && value.key === key;
  } catch {
    return false; // Half a file says nothing.
  }
}

/** Opens the folders of verdicts and passes. */
export function openVerdicts(verdictDirectory: string, passDirectory: string): Verdicts {
  const fileOf = (verdict: Verdict) => path.join(verdictDirectory, verdictFileName(verdict, verdict.verdict));
  const passFile = (key: string) => path.join(passDirectory, `${key.replace('sha256:', '')}.json`);
  // Who only looks does not make the folder.
  const names = () => (existsSync(verdictDirectory) ? readdirSync(verdictDirectory) : []);
  const files = () => names().filter((name) => name.endsWith('.json'));
  return {
    all: () => files().map((name) => readVerdict(path.join(verdictDirectory, name))),
    readable: () => {
      const unreadable: string[] = [];
      const verdicts = files().flatMap((name) => {
        try {
          return [readVerdict(path.join(verdictDirectory, name))];
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          unreadable.push(path.join(verdictDirectory, name));
          return [];
        }
      });
      return { verdicts, unreadable };
    },
    write: (verdict) => writeAtomically(fileOf(verdict), `${JSON.stringify(verdict, null, 1)}\n`),
    remove: (verdict) => rmSync(fileOf(verdict), { force: true }),
    hasPass: (key) => isPassOf(readSmallFile(passFile(key)), key),
    writePass: (key, tree, at) => writeAtomically(passFile(key), `${JSON.stringify({ key, tree, at })}\n`),
  };
}
