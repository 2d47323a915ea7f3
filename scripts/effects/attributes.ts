/** The `.gitattributes` of a commit as files in a folder of their own, so that a merge obeys them and not the user's checkout. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { GitQuestions } from './git-questions.ts';

/** Texts of files of a commit, by path. */
export type FilesAt = (commit: string, paths: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Gives `use` a folder that holds nothing but the attributes of `commit`; the folder is gone afterwards. */
export type WithAttributes = <T>(commit: string, use: (directory: string) => Promise<T>) => Promise<T>;

/** Opens the place for such folders: `prefix` is the start of their names, absolute. */
export function openAttributes(prefix: string, git: GitQuestions, filesAt: FilesAt): WithAttributes {
  return async (commit, use) => {
    const directory = mkdtempSync(prefix);
    try {
      const { attributeFiles } = await git.specialFiles(commit);
      for (const [name, text] of await filesAt(commit, attributeFiles)) {
        const file = path.join(directory, name);
        // A tree may be made by hand: nothing is written outside the folder.
        if (!file.startsWith(directory + path.sep)) continue;
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
      return await use(directory);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
}
