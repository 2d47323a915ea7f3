/** `<state>/bypass`: what .husky/loopbreaker wrote down when a person went round a hook. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Bypass, bypassesIn, bypassFile, bypassOwner } from '../core/bypass.ts';
import { readSmallFile } from './atomic-file.ts';
import type { Repository } from './repository.ts';

/** The name of this worktree, as the locks of loops have it: `main`, or that of the linked one. */
export function worktreeName({ gitDirectory, commonDirectory }: Repository): string {
  return gitDirectory === commonDirectory ? 'main' : path.basename(gitDirectory);
}

const folderOf = ({ stateDirectory }: Repository): string => path.join(stateDirectory, 'bypass');

/** Those of all worktrees, by file; one that cannot be read is told as a bypass for that reason. */
export function readBypasses(repository: Repository): readonly Bypass[] {
  const folder = folderOf(repository);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const owner = bypassOwner(name);
      if (owner === null) return [];
      const reading = readSmallFile(path.join(folder, name));
      if (reading.kind === 'text') return bypassesIn(owner, reading.text);
      const why = reading.kind === 'absent' ? 'its file has just gone' : `its file cannot be read, ${reading.why}`;
      return [{ ...owner, at: 'unknown', branch: 'unknown', why }];
    });
}

/** The hook has passed in this worktree, so what went round it there is over. */
export function forgetBypasses(repository: Repository, hook: string): void {
  const file = path.join(folderOf(repository), bypassFile(hook, worktreeName(repository)));
  // Hardly ever there, and Node takes longer to remove nothing than to look.
  if (existsSync(file)) rmSync(file, { force: true });
}
