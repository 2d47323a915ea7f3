/**
 * Commits that were found fit, remembered by everything that the finding depended on: the whole listing of the index,
 * this program, Node and the day. The same commit tried again, with another message or after another hook had refused
 * it, costs two git calls and no check. Only a result for which no check looked beyond the tree is remembered.
 */
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openMemory } from './memory.ts';

export interface Green {
  /** The population of the index if it was found fit before, else null. */
  readonly recall: () => string | null;
  readonly remember: (population: string) => void;
}

const home = fileURLToPath(new URL('../..', import.meta.url));

/** What this program consists of: by size and time, which is what an editor or npm changes. */
function programState(): string {
  const folders = ['scripts', 'policy/schema'].map((name) => path.join(home, name));
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => path.join(folder, name)),
  );
  const installed = path.join(home, 'node_modules', '.package-lock.json');
  return [...files, installed]
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return `${file}\0${stat?.mtimeMs}\0${stat?.size}`;
    })
    .join('\n');
}

/** The memory for one listing of an index, in the state directory. */
export function openGreen(stateDirectory: string, listing: string, today: string): Green {
  const memory = openMemory(path.join(stateDirectory, 'cache', 'green'));
  const hash = createHash('sha256').update(listing).update(programState()).update(`${process.version} ${today}`);
  const key = hash.digest('hex');
  return {
    recall: () => {
      const known = memory.recall(key);
      return typeof known === 'string' ? known : null;
    },
    remember: (population) => {
      memory.remember(key, population);
      memory.save();
    },
  };
}
