/** This computer and this worktree, as far as checks of the doctor ask about them; nothing here is about the graded tree. */
import { chmodSync, copyFileSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Refusal } from '../core/outcome.ts';
import { isBelow } from '../core/worktree-place.ts';
import { adminEntries } from './admin-entries.ts';
import { openGit, type RunGit, withoutLocalGit } from './git.ts';
import { questionsOf, type WorktreeEntry } from './git-questions.ts';
import { type FireHookFile, openHookFileShot } from './hook-file-shot.ts';
import { type FireHook, openHookShot, openOwnGit } from './hook-shot.ts';
import { type GitAtWork, gitAtWork, type LockFile, listLockFiles } from './lock-files.ts';
import { executeDirectly } from './process.ts';
import type { Repository } from './repository.ts';
import { openToolVersions, type ToolVersion } from './tool-version.ts';
import { groundRefusal } from './worktree-ground.ts';
import { realPlace } from './worktree-place.ts';
import { type Survey, surveyWorktrees } from './worktree-survey.ts';
import { openWorld } from './world.ts';

export interface Machine {
  /** The git directory of this worktree, absolute. */
  readonly gitDirectory: string;
  /** git with the user's own settings and hooks in force: to ask what git would do for the user. */
  readonly ownGit: RunGit;
  readonly fireHook: FireHook;
  readonly fireHookFile: FireHookFile;
  readonly toolVersion: (tool: string) => Promise<ToolVersion>;
  readonly lockFiles: () => readonly LockFile[];
  /** Whether a git is at work in this worktree or its repository. */
  readonly gitAtWork: () => GitAtWork;
  /** Every worktree of the repository, the main one first. Rejects with GitFailed. */
  readonly worktrees: () => Promise<readonly WorktreeEntry[]>;
  /** Worktrees of ours and of other people, with this `worktreeDirectory` of the policy. */
  readonly survey: (worktreeDirectory: string) => Survey;
  /** Why no worktree can be made in this `worktreeDirectory`; null when nothing stands in the way. */
  readonly worktreeObstacle: (worktreeDirectory: string) => Refusal | null;
  /** Copies the files of a folder, with their modes, over those of another; folders in it are left out. */
  readonly copyFiles: (from: string, to: string) => void;
  readonly makeExecutable: (file: string) => void;
  readonly removeFile: (file: string) => void;
}

function copyFiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(to, entry.name);
    copyFileSync(path.join(from, entry.name), file);
    // A file that was there keeps its own mode when it is written over.
    chmodSync(file, lstatSync(path.join(from, entry.name)).mode & 0o777);
  }
}

/** Opens the machine for one worktree. Throws a Refusal (78) when there is no git. */
export function openMachine(repository: Repository, env: NodeJS.ProcessEnv): Machine {
  const { root, gitDirectory, commonDirectory } = repository;
  const questions = questionsOf(openGit(root, env));
  return {
    gitDirectory,
    ownGit: openOwnGit(root, env),
    fireHook: openHookShot(root, env),
    fireHookFile: openHookFileShot(env),
    toolVersion: openToolVersions(withoutLocalGit(env), root, executeDirectly),
    lockFiles: () => listLockFiles(gitDirectory, commonDirectory, Date.now()),
    // A worktree of ours may lie outside of this one.
    gitAtWork: () =>
      gitAtWork([
        root,
        commonDirectory,
        gitDirectory,
        ...adminEntries(commonDirectory).flatMap(({ tree }) => tree ?? []),
      ]),
    worktrees: questions.worktrees,
    survey: (worktreeDirectory) => surveyWorktrees({ root, commonDirectory, worktreeDirectory }, openWorld()),
    worktreeObstacle: (worktreeDirectory) => {
      const directory = realPlace(path.join(root, worktreeDirectory));
      return groundRefusal(directory, !isBelow(directory, realPlace(root)));
    },
    copyFiles,
    makeExecutable: (file) => chmodSync(file, lstatSync(file).mode | 0o111),
    removeFile: (file) => rmSync(file, { force: true }),
  };
}
