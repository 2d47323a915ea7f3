/** What init knows of a repository, and what it would do to it. */
import type { ForeignInstall } from './gate-installs.ts';

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'yarn-berry' | 'bun';

/** How hooks come to run in the repository. Folders are relative to the root of the work tree. */
export type HookSituation =
  /** `isNew`: there was no hook tool at all, so husky becomes it. */
  | { readonly kind: 'husky'; readonly folder: string; readonly isNew: boolean }
  /**
   * git runs a folder of hooks in this repository. `isInForce`: it looks there in this clone. `isShared`: a package script points
   * git at it in every clone. `isHusky8`: the hooks need the file that husky before its ninth version writes beside them, and it
   * is there.
   */
  | {
      readonly kind: 'folder';
      readonly folder: string;
      readonly isInForce: boolean;
      readonly isShared: boolean;
      readonly isHusky8: boolean;
    }
  /** lefthook, pre-commit or simple-git-hooks, by its configuration. */
  | { readonly kind: 'runner'; readonly name: string; readonly config: string }
  /** core.hooksPath names a folder outside of this repository. */
  | { readonly kind: 'outside'; readonly value: string; readonly scope: string }
  /** Hooks that somebody has put into git's own folder; husky would switch them off. `isHusky4`: an old husky wrote them. */
  | {
      readonly kind: 'unmanaged';
      readonly folder: string;
      readonly names: readonly string[];
      readonly isHusky4: boolean;
    };

/** Whether the calls in these hooks can be written by init, so that they go through the hook file. */
export function usesHookFile(hooks: HookSituation): boolean {
  switch (hooks.kind) {
    case 'husky':
    case 'folder':
      return true;
    case 'runner':
      return /^package\.json$|(^|\/)\.?lefthook\.ya?ml$/.test(hooks.config);
    case 'outside':
    case 'unmanaged':
      return false;
  }
}

/** One file that a package script runs. */
export interface RunFile {
  readonly path: string;
  /** The text of the script. */
  readonly line: string;
}

/** Build outputs that package scripts run and that git does not hold. */
export interface BuiltFiles {
  /** As in the manifest: a file, or a folder that git holds nothing of. */
  readonly pattern: string;
  /** The command that makes it, such as `npm run build`. */
  readonly by: string;
}

export interface RemoteFacts {
  readonly name: string;
  /** null: there is no such remote. */
  readonly url: string | null;
  readonly target: string;
  /** Whether the remote itself said which branch is its default one, or it has only that one. */
  readonly isSure: boolean;
}

/**
 * How the adoption gets to the target from where HEAD is. `here`: HEAD is the target, or the same commit. `carried`: git switch
 * takes what was written along; `fetched`: once the target was fetched. `aside`: the target holds other versions of these files.
 */
export type WayToTarget = 'here' | 'carried' | 'fetched' | 'aside';

export interface InitFacts {
  /** The folder of the package.json that has the scripts, from the root: `.` or `packages/app`. */
  readonly home: string;
  /** Where the person stands, from the root of the work tree: `.` or `packages/app/src`. */
  readonly place: string;
  /** Texts of the files that init may touch, as far as they exist, by their paths from the root. */
  readonly texts: ReadonlyMap<string, string>;
  readonly manager: PackageManager;
  /** Path of the lockfile from the root; null without one, or where git ignores it. */
  readonly lockfile: string | null;
  /** Lockfiles that the manifest names and that are not there. */
  readonly goneLockfiles: readonly string[];
  /** Commands of the gate that install with another manager than that of the lockfile. */
  readonly foreignInstalls: readonly ForeignInstall[];
  readonly remote: RemoteFacts;
  /** The branch that is checked out; null on none. */
  readonly branch: string | null;
  /** Agents on PATH, by the names of their commands. */
  readonly agents: readonly string[];
  readonly hooks: HookSituation;
  /** Whether an attribute gives the hook file the line ends that a shell reads, in every clone and whatever core.autocrlf says there. */
  readonly keepsLineEnds: boolean;
  /** Whether git holds husky's generated files already. */
  readonly areGeneratedTracked: boolean;
  /** Whether these have the line ends of Windows here, so that no hook runs. */
  readonly areGeneratedForeign: boolean;
  readonly runs: readonly RunFile[];
  readonly built: readonly BuiltFiles[];
  /** Whether tsx is found from the root of the work tree, where the doctor loads entry points. */
  readonly hasTsx: boolean;
  /** Where loopbreaker lies, from the root, best first. */
  readonly programs: readonly string[];
  /** Patterns that git does not ignore yet, although what they name lies here or will. */
  readonly unignored: readonly string[];
  /** A folder beside the checkout in which QA can run, from the root: `../app-loopbreaker`; null where it is to run inside. */
  readonly beside: string | null;
  /** Why it is to run inside; null where it is not. */
  readonly whyInside: string | null;
  /** Whether GitHub runs its CI. */
  readonly isOnGitHub: boolean;
  /** `.nvmrc` or `.node-version`; null without one. */
  readonly nodeVersionFile: string | null;
}

/** One file as it is and as it shall be; null: it is not there. */
export interface FileEdit {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
  /** It is to be executable, as git itself starts it. */
  readonly executable?: boolean;
}

/** One thing that a person has to know, and the one command that goes with it. */
export interface InitNote {
  readonly kind: 'warning' | 'note';
  readonly text: string;
  readonly command: string | null;
}

/** Edits and notes of one part of the plan. */
export interface InitPart {
  readonly edits: readonly FileEdit[];
  readonly notes: readonly InitNote[];
  /** Commands that come before the commit. */
  readonly first?: readonly string[];
}

/** A note without a command. */
export function note(text: string, command: string | null = null): InitNote {
  return { kind: 'note', text, command };
}

/** A note about something that does not protect until a person acts. */
export function warning(text: string, command: string | null = null): InitNote {
  return { kind: 'warning', text, command };
}

/** A file that is written where none is; what a person has written stays. */
export function absentFile({ texts }: InitFacts, path: string, text: string): readonly FileEdit[] {
  return texts.has(path) ? [] : [{ path, before: null, after: text }];
}
