/** Every worktree of the repository and every folder of a run of ours, whatever policy says today and whatever is left. */
import { existsSync, lstatSync } from 'node:fs';
import path from 'node:path';
import { belongsHere, type WorktreeFacts } from '../core/worktree.ts';
import { isBelow, packageRoots } from '../core/worktree-place.ts';
import { type AdminEntry, adminEntries } from './admin-entries.ts';
import { inodeOf, type OwnerRecord, ownerInReason, readOwner } from './owner-record.ts';
import { namesIn, realPlace } from './worktree-place.ts';
import type { Liveness, World } from './world.ts';

/** A folder of ours, and what is known of the run that made it. */
export interface Checkout {
  readonly runId: string;
  /** Folder of the run, absolute; it may be gone. */
  readonly directory: string;
  readonly tree: string;
  /** It lies in a work tree of this repository; else in a folder that other clones may use too. */
  readonly isInside: boolean;
  /** null when no record can be read: then nothing proves that it is dead. */
  readonly owner: OwnerRecord | null;
  readonly liveness: Liveness;
  /** git's entry for the tree. */
  readonly admin: AdminEntry | null;
}

export interface Survey {
  readonly ours: readonly Checkout[];
  readonly foreign: readonly AdminEntry[];
}

export interface SurveyPlace {
  /** Root of this work tree. */
  readonly root: string;
  readonly commonDirectory: string;
  /** `worktreeDirectory` of the policy, relative to the root of a work tree. */
  readonly worktreeDirectory: string;
}

const runFolder = /^run-[0-9a-z]{6,40}$/;

/** The run whose tree a path would be, or null: `…/<run>/tree`. */
function runOfTree(tree: string): string | null {
  const run = path.basename(path.dirname(tree));
  return path.basename(tree) === 'tree' && runFolder.test(run) ? run : null;
}

/** What is asked of every folder: by whom it may be claimed, and whether a run is alive. */
interface Surveyor extends Pick<World, 'liveness'> {
  /** Common directory of this repository, a real path. */
  readonly repository: string;
  readonly repositoryInode: string;
  /** Work trees of this repository that are not of our runs, real paths. */
  readonly workTrees: readonly string[];
}

/**
 * Whether the record of a run names this repository. A clone may stand where the one that it names was, which has been renamed;
 * but where the folder lies and git's entry tell more than the inode, which a repository that was restored from a backup has lost.
 */
function isBy(record: OwnerRecord, isLinked: boolean, surveyor: Surveyor): boolean {
  const { repository, repositoryInode = null } = record;
  const isSame = repositoryInode === surveyor.repositoryInode;
  const isInPlace = repository === surveyor.repository;
  return isLinked ? isInPlace || isSame : isInPlace && (isSame || repositoryInode === null);
}

/** The folder of a run; null when it is not provably of this repository: clones may share the folder it lies in. */
function checkoutAt(directory: string, admin: AdminEntry | null, surveyor: Surveyor): Checkout | null {
  const runId = path.basename(directory);
  const read = [readOwner(directory), ownerInReason(admin?.lockedWhy ?? null)];
  const records = read.flatMap((record) => (record?.runId === runId ? [record] : []));
  const isInside = surveyor.workTrees.some((workTree) => isBelow(directory, workTree));
  const named = records.flatMap((record) => {
    const { repository } = record;
    return repository === undefined ? [] : [{ repository, isOurs: isBy(record, admin !== null || isInside, surveyor) }];
  });
  const isHere = belongsHere({
    isNamed: named.some(({ isOurs }) => isOurs),
    isOfAnother: named.some(({ repository, isOurs }) => !isOurs && existsSync(repository)),
    isRegistered: admin !== null,
    isInside,
  });
  if (!isHere) return null;
  const [owner = null] = records;
  const liveness = owner === null ? 'unknown' : surveyor.liveness(owner.owner);
  return { runId, directory, tree: path.join(directory, 'tree'), isInside, owner, liveness, admin };
}

/** Our folders of runs in one directory. A link is none: what it leads to is not ours. */
function checkoutsIn(directory: string, entries: readonly AdminEntry[], surveyor: Surveyor): readonly Checkout[] {
  const real = realPlace(directory);
  return namesIn(real)
    .filter((name) => runFolder.test(name))
    .map((name) => path.join(real, name))
    .filter((place) => lstatSync(place, { throwIfNoEntry: false })?.isDirectory() === true)
    .flatMap((place) => {
      const admin = entries.find((entry) => entry.tree === path.join(place, 'tree')) ?? null;
      return checkoutAt(place, admin, surveyor) ?? [];
    });
}

/** The work trees of the repository that are not of our runs. */
function workTreesOf(place: SurveyPlace, entries: readonly AdminEntry[]): readonly string[] {
  const others = entries.flatMap(({ tree }) => (tree === null || runOfTree(tree) !== null ? [] : [tree]));
  return [...new Set([...packageRoots(place), ...others].map(realPlace))];
}

/** An entry of ours whose folder was not found by its place: its own record says so, or the place is one of ours. */
function forgotten(entry: AdminEntry, known: ReadonlySet<string>, surveyor: Surveyor): Checkout | null {
  if (entry.tree === null) {
    const record = ownerInReason(entry.lockedWhy);
    // Half removed by git: nobody knows any more where the tree was, and it was removed first.
    return record === null ? null : checkoutAt(path.join(entry.directory, record.runId), entry, surveyor);
  }
  if (runOfTree(entry.tree) === null) return null;
  const directory = path.dirname(entry.tree);
  const checkout = checkoutAt(directory, entry, surveyor);
  return checkout?.owner != null || known.has(path.dirname(directory)) ? checkout : null;
}

/** Looks at the disk only: no git process, and next to nothing to do where there is no worktree. */
export function surveyWorktrees(place: SurveyPlace, { liveness }: Pick<World, 'liveness'>): Survey {
  const entries = adminEntries(place.commonDirectory);
  const workTrees = workTreesOf(place, entries);
  const repository = realPlace(place.commonDirectory);
  const surveyor = { liveness, repository, repositoryInode: inodeOf(repository), workTrees };
  const known = new Set(workTrees.map((workTree) => realPlace(path.join(workTree, place.worktreeDirectory))));
  // After a change of policy, what lies beside an old worktree of ours is found too.
  const old = entries.flatMap((entry) => forgotten(entry, known, surveyor) ?? []);
  const directories = new Set([...known, ...old.filter(({ admin }) => admin?.tree !== null).map(homeOf)]);
  const placed = [...directories].flatMap((directory) => checkoutsIn(directory, entries, surveyor));
  const seen = new Set(placed.map(({ admin }) => admin?.directory));
  const ours = [...placed, ...old.filter(({ admin }) => !seen.has(admin?.directory))];
  const foreign = entries.filter((entry) => !ours.some(({ admin }) => admin?.directory === entry.directory));
  return { ours, foreign };
}

const homeOf = ({ directory }: Checkout): string => path.dirname(directory);

const isThere = (place: string): boolean => lstatSync(place, { throwIfNoEntry: false }) !== undefined;

function holdsNothing(directory: string): boolean {
  return namesIn(directory).every((name) => /^owner\.json\..*\.tmp$/.test(name));
}

/** What core/worktree.ts judges, of a checkout of ours. */
export function factsOf({ directory, tree, owner, liveness, admin }: Checkout): WorktreeFacts {
  return {
    ours: true,
    owner: owner?.owner ?? null,
    liveness,
    treeIsThere: isThere(tree),
    isRegistered: admin !== null,
    lockedWhy: admin?.lockedWhy ?? null,
    isEmpty: admin === null && holdsNothing(directory),
  };
}

/** The same, of somebody else's worktree. */
export function foreignFacts({ tree, lockedWhy }: AdminEntry): WorktreeFacts {
  const treeIsThere = tree !== null && isThere(tree);
  return { ours: false, owner: null, liveness: 'unknown', treeIsThere, isRegistered: true, lockedWhy, isEmpty: false };
}
