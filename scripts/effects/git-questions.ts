/** What loop and auto-promote ask git: each function is one question or one act. Failures are thrown as GitFailed. */
import type { GitSetting } from '../core/git-config.ts';
import type { RunGit } from './git.ts';
import { output, outputUnless } from './git-output.ts';
import { remoteQuestions } from './git-remotes.ts';

/** Proof that `candidate` is a descendant of `old`: made by `proveFastForward` and by nothing else. */
export interface FastForwardProof {
  readonly target: string;
  readonly old: string;
  readonly candidate: string;
  readonly provedBy: symbol;
}

const provedBy = Symbol('merge-base --is-ancestor');

/** How a push ended, by git's own word; "landed" is asked of the remote, never believed from here. */
export interface PushEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly text: string;
}

export interface GitQuestions {
  /** Sha of the commit that a full refname or sha names, or null when there is none. */
  readonly commitOf: (name: string) => Promise<string | null>;
  readonly treeOf: (commit: string) => Promise<string>;
  /** Full refname of the checked-out branch, or null when HEAD is detached. */
  readonly headBranch: () => Promise<string | null>;
  /** The best common ancestor of two commits, or null when they have none. */
  readonly mergeBase: (one: string, other: string) => Promise<string | null>;
  /** A commit that all of them contain, or null when there is none. */
  readonly commonAncestor: (commits: readonly string[]) => Promise<string | null>;
  /** Commits of `sha` that `from` lacks, and the other way round. */
  readonly distance: (from: string, sha: string) => Promise<{ readonly ahead: number; readonly behind: number }>;
  readonly isAncestor: (ancestor: string, descendant: string) => Promise<boolean>;
  /** Those of the commits that no other one of them contains; a commit that is named twice comes once. */
  readonly independent: (commits: readonly string[]) => Promise<readonly string[]>;
  /** Paths that differ between two commits; a rename is a deletion and an addition. */
  readonly changedPaths: (from: string, to: string) => Promise<readonly string[]>;
  /** Text of a file in a commit, or null when the commit has no such file. */
  readonly fileAt: (commit: string, path: string) => Promise<string | null>;
  /** Paths of a commit that are submodules, and its files of attributes. */
  readonly specialFiles: (commit: string) => Promise<SpecialFiles>;
  /** Whether the history of this clone is cut off. */
  readonly isShallow: () => Promise<boolean>;
  /** Paths with changes or untracked files; empty when the work tree is clean. */
  readonly dirtyPaths: () => Promise<readonly string[]>;
  /** The URL that pushes to a remote really use, or null when there is no such remote. */
  readonly remoteUrl: (remote: string) => Promise<string | null>;
  /** The setting by which that URL is not the place that the remote names; null when it is. */
  readonly redirectOf: (remote: string, url: string) => Promise<GitSetting | null>;
  /** Sha of a branch on the remote, read now; null when the remote answers and has no such branch. */
  readonly remoteBranch: (url: string, branch: string) => Promise<string | null>;
  /** Fetches one branch into a ref of our own namespace and moves nothing else (fact 42). */
  readonly fetchBranch: (url: string, branch: string, into: string) => Promise<void>;
  readonly proveFastForward: (target: string, old: string, candidate: string) => Promise<FastForwardProof | null>;
  /** The only push to a target: a compare-and-swap by lease, of a proved fast-forward. */
  readonly pushFastForward: (url: string, proof: FastForwardProof, lockFd: number) => Promise<PushEnd>;
  /** Deletes a branch on the remote if it is still at `sha`; a push that loses that lease is thrown as GitFailed. */
  readonly deleteRemoteBranch: (url: string, branch: string, sha: string, lockFd: number) => Promise<void>;
  readonly updateRef: (ref: string, sha: string) => Promise<void>;
  readonly deleteRef: (ref: string, sha: string) => Promise<void>;
  /** Refs under a prefix, with their shas; only those that `container` contains, where one is given. */
  readonly refsUnder: (
    prefix: string,
    container?: string,
  ) => Promise<readonly { readonly ref: string; readonly sha: string }[]>;
  readonly addWorktree: (path: string, commit: string, reason: string) => Promise<void>;
  /** Removes a worktree and its admin entry, locked or half-made; a folder that has gone is no failure. */
  readonly removeWorktree: (path: string) => Promise<void>;
  readonly worktrees: () => Promise<readonly WorktreeEntry[]>;
}

export interface SpecialFiles {
  readonly submodules: readonly string[];
  readonly attributeFiles: readonly string[];
}

export interface WorktreeEntry {
  readonly path: string;
  readonly head: string | null;
  readonly lockedWhy: string | null;
  readonly prunable: boolean;
}

function parseWorktrees(text: string): readonly WorktreeEntry[] {
  return text
    .split('\0\0')
    .map((block) => block.split('\0'))
    .flatMap((lines) => {
      const value = (key: string) => lines.find((line) => line === key || line.startsWith(`${key} `));
      const path = value('worktree')?.slice('worktree '.length);
      if (path === undefined) return [];
      const lockedWhy = value('locked')?.slice('locked '.length) ?? null;
      const prunable = value('prunable') !== undefined;
      return [{ path, head: value('HEAD')?.slice('HEAD '.length) ?? null, lockedWhy, prunable }];
    });
}

const nulList = (text: string): readonly string[] => text.split('\0').filter((part) => part !== '');

function worktreeQuestions(run: RunGit) {
  return {
    addWorktree: async (path: string, commit: string, reason: string) => {
      const args = ['worktree', 'add', '--quiet', '--detach', '--lock', '--reason', reason, '--', path, commit];
      // All files, also where the user sees only some of them.
      await output(run, args, { settings: [['core.sparseCheckout', 'false']] });
    },
    removeWorktree: async (path: string) => {
      await output(run, ['worktree', 'remove', '--force', '--force', '--', path]);
    },
    worktrees: async () => parseWorktrees(await output(run, ['worktree', 'list', '--porcelain', '-z'])),
    dirtyPaths: async () => {
      const status = await output(run, ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames']);
      return nulList(status).map((entry) => entry.slice(3));
    },
  };
}

function objectQuestions(run: RunGit) {
  const isAncestor = async (ancestor: string, descendant: string) =>
    (await outputUnless(run, 1, ['merge-base', '--is-ancestor', ancestor, descendant])) !== null;
  return {
    commitOf: async (name: string) => {
      const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
      return (await outputUnless(run, 1, args))?.trim() ?? null;
    },
    treeOf: async (commit: string) => (await output(run, ['rev-parse', '--verify', `${commit}^{tree}`])).trim(),
    headBranch: async () => (await outputUnless(run, 1, ['symbolic-ref', '--quiet', 'HEAD']))?.trim() ?? null,
    mergeBase: async (one: string, other: string) =>
      (await outputUnless(run, 1, ['merge-base', one, other]))?.trim() ?? null,
    commonAncestor: async (commits: readonly string[]) =>
      (await outputUnless(run, 1, ['merge-base', '--octopus', ...commits]))?.trim() ?? null,
    isAncestor,
    independent: async (commits: readonly string[]) =>
      commits.length < 2
        ? commits
        : (await output(run, ['merge-base', '--independent', ...commits])).trim().split('\n'),
    distance: async (from: string, sha: string) => {
      const counted = await output(run, ['rev-list', '--left-right', '--count', `${from}...${sha}`]);
      const [behind = 0, ahead = 0] = counted.trim().split('\t').map(Number);
      return { ahead, behind };
    },
    changedPaths: async (from: string, to: string) =>
      nulList(await output(run, ['diff-tree', '-r', '-z', '--name-only', '--no-renames', from, to])),
    fileAt: async (commit: string, path: string) => {
      const listing = await output(run, ['ls-tree', '-z', '--full-tree', commit, '--', path]);
      const blob = /^\d+ blob ([0-9a-f]+)\t/.exec(listing)?.[1];
      return blob === undefined ? null : await output(run, ['cat-file', 'blob', blob]);
    },
    specialFiles: async (commit: string): Promise<SpecialFiles> => {
      const listing = nulList(await output(run, ['ls-tree', '-r', '-z', '--full-tree', commit]));
      const paths = (lines: readonly string[]) => lines.map((line) => line.slice(line.indexOf('\t') + 1));
      return {
        submodules: paths(listing.filter((line) => line.startsWith('160000 '))),
        attributeFiles: paths(listing.filter((line) => /[\t/]\.gitattributes$/.test(line))),
      };
    },
    isShallow: async () => (await output(run, ['rev-parse', '--is-shallow-repository'])).trim() === 'true',
    proveFastForward: async (target: string, old: string, candidate: string): Promise<FastForwardProof | null> =>
      (await isAncestor(old, candidate)) ? { target, old, candidate, provedBy } : null,
  };
}

function refQuestions(run: RunGit) {
  return {
    updateRef: async (ref: string, sha: string) => {
      await output(run, ['update-ref', ref, sha]);
    },
    deleteRef: async (ref: string, sha: string) => {
      await output(run, ['update-ref', '-d', ref, sha]);
    },
    refsUnder: async (prefix: string, container?: string) => {
      const only = container === undefined ? [] : [`--merged=${container}`];
      const text = await output(run, ['for-each-ref', '--format=%(objectname) %(refname)', ...only, prefix]);
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => ({ sha: line.slice(0, line.indexOf(' ')), ref: line.slice(line.indexOf(' ') + 1) }));
    },
  };
}

/** All questions, asked through one door. */
export function questionsOf(run: RunGit): GitQuestions {
  return { ...objectQuestions(run), ...refQuestions(run), ...worktreeQuestions(run), ...remoteQuestions(run) };
}
