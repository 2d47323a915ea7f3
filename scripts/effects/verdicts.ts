/** Files about triggers: verdicts. Each is whole or not there. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { exitCodes, Refusal } from '../core/outcome.ts';
import { shellWord } from '../core/shell-word.ts';
import { type Verdict, verdictFileName } from '../core/verdict.ts';
import { readSmallFile, writeAtomically } from './atomic-file.ts';
import { parseDocument } from './schema.ts';

export interface Verdicts {
  /** All verdicts. Throws a Refusal (75) for one that cannot be read: what stood in it may have been "blocked". */
  readonly all: () => readonly Verdict[];
  /** The verdicts that can be read, and the files of those that cannot: for looking, never for deciding. */
  readonly readable: () => { readonly verdicts: readonly Verdict[]; readonly unreadable: readonly string[] };
  readonly write: (verdict: Verdict) => void;
  readonly remove: (verdict: Verdict) => void;
}

function unreadableVerdict(file: string, why: string): Refusal {
  return new Refusal({
    code: 'verdict-unreadable',
    exitCode: exitCodes.tryLater,
    problem: `${file} cannot be read (${why}); it may say that a branch is blocked, so nothing is promoted.`,
    remedy: `look at it, then remove it: rm ${shellWord(file)}`,
  });
}

/** One verdict; none where a person has cleared it since the folder was read. */
function readVerdict(file: string): readonly Verdict[] {
  const reading = readSmallFile(file);
  if (reading.kind === 'absent') return [];
  if (reading.kind !== 'text') throw unreadableVerdict(file, reading.why);
  const parsed = parseDocument<Verdict>('verdict', reading.text, file);
  if (parsed.ok) return [parsed.value];
  throw unreadableVerdict(file, parsed.problems[0]?.problem ?? 'not valid');
}

/** Opens the folder of verdicts. */
export function openVerdicts(verdictDirectory: string): Verdicts {
  const fileOf = (verdict: Verdict) => path.join(verdictDirectory, verdictFileName(verdict, verdict.verdict));
  // Who only looks does not make the folder.
  const names = () => (existsSync(verdictDirectory) ? readdirSync(verdictDirectory) : []);
  const files = () => names().filter((name) => name.endsWith('.json'));
  return {
    all: () => files().flatMap((name) => readVerdict(path.join(verdictDirectory, name))),
    readable: () => {
      const unreadable: string[] = [];
      const verdicts = files().flatMap((name) => {
        try {
          return readVerdict(path.join(verdictDirectory, name));
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
  };
}
