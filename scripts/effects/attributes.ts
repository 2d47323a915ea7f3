/** The `.gitattributes` of a commit as files in a folder of their own, so that a merge obeys them and not the user's checkout. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unwritable } from './atomic-file.ts';
import type { GitQuestions } from './git-questions.ts';

/** Texts of files of a commit, by path. */
export type FilesAt = (commit: string, paths: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Gives `use` a folder that holds nothing but the attributes of `commit`; the folder is gone afterwards. */
export type WithAttributes = <T>(commit: string, use: (directory: string) => Promise<T>) => Promise<T>;

function writeTexts(directory: string, texts: ReadonlyMap<string, string>): void {
  for (const [name, text] of texts) {
    const file = path.join(directory, name);
    // A tree may be made by hand: nothing is written outside the folder.
    if (!file.startsWith(directory + path.sep)) continue;
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function folderWith(prefix: string, texts: ReadonlyMap<string, string>): string {
  try {
    const directory = mkdtempSync(prefix);
    writeTexts(directory, texts);
    return directory;
  } catch (error) {
    throw unwritable(path.dirname(prefix), error);
  }
}

/**
 * Opens the place for such folders: `prefix` is the start of their names, absolute. What a full disk or a kill leaves
 * there goes with the logs of its run.
 */
export function openAttributes(prefix: string, git: GitQuestions, filesAt: FilesAt): WithAttributes {
  return async (commit, use) => {
    const { attributeFiles } = await git.specialFiles(commit);
    const directory = folderWith(prefix, await filesAt(commit, attributeFiles));
    try {
      return await use(directory);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
}
