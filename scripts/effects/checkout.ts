/**
 * Our worktrees: `<worktreeDirectory>/<run>/tree`, with `owner.json` beside the tree. The folder ignores itself, so that
 * the user's `git status` and `git add -A` never see it (fact 40).
 */
import { existsSync, mkdirSync, readdirSync, realpathSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProcessIdentity } from '../core/controller.ts';
import { hasErrorCode } from '../core/outcome.ts';
import type { TriggerId } from '../core/verdict.ts';
import { readSmallFile, unwritable, writeAtomically } from './atomic-file.ts';
import type { GitQuestions } from './git-questions.ts';
import { parseDocument } from './schema.ts';
import type { Liveness, World } from './world.ts';

interface OwnerFile extends TriggerId {
  readonly version: 1;
  readonly runId: string;
  readonly owner: ProcessIdentity;
  readonly since: string;
}

/** A folder of ours, and what is known of the run that made it. */
export interface Checkout {
  readonly runId: string;
  readonly directory: string;
  readonly tree: string;
  /** null when owner.json is missing or cannot be read: then nothing proves that it is dead. */
  readonly owner: OwnerFile | null;
  readonly liveness: Liveness;
}

export interface Checkouts {
  readonly list: () => readonly Checkout[];
  /** Path of the tree of a run. */
  readonly treeOf: (runId: string) => string;
  /** Makes the folder of a run with its owner.json; the tree itself is git's to add. */
  readonly prepare: (runId: string, trigger: TriggerId, since: string) => void;
  /** Removes the tree by git, then the folder; the enclosing folders too when nothing is left in them. */
  readonly remove: (runId: string) => Promise<void>;
}

/** What makes the folder ignore itself; told from a file of the user's by its text. */
const ignoreEverything = '# Made by loopbreaker, which removes it again.\n*\n';

const runFolder = /^run-[0-9a-z]{6,40}$/;

function ensureSelfIgnoring(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, '.gitignore'), ignoreEverything, { flag: 'wx' });
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw unwritable(directory, error);
  }
}

function readOwner(directory: string): OwnerFile | null {
  const reading = readSmallFile(path.join(directory, 'owner.json'));
  if (reading.kind !== 'text') return null;
  const parsed = parseDocument<OwnerFile>('owner', reading.text, path.join(directory, 'owner.json'));
  return parsed.ok ? parsed.value : null;
}

/** Removes folders that we made and that are empty now, from the inside out, never the root itself. */
function removeEmptyFolders(directory: string, root: string): void {
  const left = existsSync(directory) ? readdirSync(directory) : [];
  if (left.length !== 1 || left[0] !== '.gitignore') return;
  const ignore = path.join(directory, '.gitignore');
  const reading = readSmallFile(ignore);
  if (reading.kind !== 'text' || reading.text !== ignoreEverything) return;
  rmSync(ignore);
  let current = directory;
  while (current !== root && current.startsWith(root + path.sep)) {
    try {
      rmdirSync(current);
    } catch (error) {
      if (hasErrorCode(error, 'ENOTEMPTY', 'ENOENT', 'EEXIST')) return;
      throw error;
    }
    current = path.dirname(current);
  }
}

/** The worktrees of loopbreaker under `named` (absolute), inside the work tree `root`. */
export function openCheckouts(named: string, root: string, git: GitQuestions, world: World): Checkouts {
  // git lists worktrees by their real paths.
  const directory = existsSync(named) ? realpathSync(named) : named;
  const folderOf = (runId: string) => path.join(directory, runId);
  const treeOf = (runId: string) => path.join(folderOf(runId), 'tree');

  function list(): readonly Checkout[] {
    if (!existsSync(directory)) return [];
    return readdirSync(directory)
      .filter((name) => runFolder.test(name))
      .map((runId) => {
        const owner = readOwner(folderOf(runId));
        const liveness = owner === null ? 'unknown' : world.liveness(owner.owner);
        return { runId, directory: folderOf(runId), tree: treeOf(runId), owner, liveness };
      });
  }

  function prepare(runId: string, trigger: TriggerId, since: string): void {
    ensureSelfIgnoring(directory);
    mkdirSync(folderOf(runId), { recursive: true });
    const { branch, sha } = trigger;
    const owner: OwnerFile = { version: 1, runId, owner: world.self, branch, sha, since };
    writeAtomically(path.join(folderOf(runId), 'owner.json'), `${JSON.stringify(owner, null, 1)}\n`);
  }

  async function remove(runId: string): Promise<void> {
    const tree = treeOf(runId);
    const registered = (await git.worktrees()).some((entry) => entry.path === tree);
    if (registered) await git.removeWorktree(tree);
    rmSync(folderOf(runId), { recursive: true, force: true });
    removeEmptyFolders(directory, root);
  }

  return { list, treeOf, prepare, remove };
}
