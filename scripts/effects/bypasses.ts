/** `<state>/bypass`: what .husky/loopbreaker wrote down when a person went round a hook. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Bypass, bypassesIn, bypassFile, bypassOwner, bypassRecord, shownBypassesMax } from '../core/bypass.ts';
import { readSmallFile } from './atomic-file.ts';
import type { Repository } from './repository.ts';
import { stateFiles } from './state-files.ts';

/** The name of this worktree, as the locks of loops have it: `main`, or that of the linked one. */
export function worktreeName({ gitDirectory, commonDirectory }: Repository): string {
  return gitDirectory === commonDirectory ? 'main' : path.basename(gitDirectory);
}

const folderOf = ({ stateDirectory }: Repository): string => path.join(stateDirectory, 'bypass');

/** The last bypasses in one file of the folder; none where its name is not that of such a file. */
function bypassesOf(folder: string, name: string, countMax: number): readonly Bypass[] {
  const owner = bypassOwner(name);
  if (owner === null) return [];
  const reading = readSmallFile(path.join(folder, name));
  if (reading.kind === 'text') return bypassesIn(owner, reading.text, countMax);
  const why = reading.kind === 'absent' ? 'its file has just gone' : `its file cannot be read, ${reading.why}`;
  return [{ ...owner, at: 'unknown', branch: 'unknown', why }];
}

/** Those of all worktrees, by file; one that cannot be read is told as a bypass for that reason. */
export function readBypasses(repository: Repository): readonly Bypass[] {
  const folder = folderOf(repository);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => bypassesOf(folder, name, shownBypassesMax));
}

/** The hook has passed in this worktree, so what went round it there is over: the journal alone tells it from now on. */
export async function forgetBypasses(repository: Repository, hook: string): Promise<void> {
  const folder = folderOf(repository);
  const name = bypassFile(hook, worktreeName(repository));
  // Hardly ever there, and Node takes longer to remove nothing than to look.
  if (!existsSync(path.join(folder, name))) return;
  const { addToJournal } = await import('./journal.ts');
  const { journal } = stateFiles(repository.stateDirectory);
  try {
    for (const bypass of bypassesOf(folder, name, Number.POSITIVE_INFINITY)) {
      const { at, ...entry } = bypassRecord(bypass, Date.now());
      addToJournal(journal, [entry], at);
    }
  } catch {
    return; // The commit is fit all the same. doctor and status go on telling the reason until it can be written down.
  }
  rmSync(path.join(folder, name), { force: true });
}
