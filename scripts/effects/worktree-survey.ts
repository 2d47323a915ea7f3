/** Every worktree of the repository and every folder of a run of ours, whatever policy says today and whatever is left. */
import { existsSync, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { WorktreeFacts } from '../core/worktree.ts';
import { type AdminEntry, adminEntries } from './admin-entries.ts';
import { type OwnerRecord, ownerInReason, readOwner } from './owner-record.ts';
import type { Liveness, World } from './world.ts';

/** A folder of ours, and what is known of the run that made it. */
export interface Checkout {
  readonly runId: string;
  /** Folder of the run, absolute; it may be gone. */
  readonly directory: string;
  readonly tree: string;
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

/** The real path, also of what is not there yet: git lists worktrees by their real paths. */
export function realPlace(place: string): string {
  if (existsSync(place)) return realpathSync(place);
  const above = path.dirname(place);
  return above === place ? place : path.join(realPlace(above), path.basename(place));
}

function checkoutAt(directory: string, admin: AdminEntry | null, world: Pick<World, 'liveness'>): Checkout {
  const runId = path.basename(directory);
  const records = [readOwner(directory), ownerInReason(admin?.lockedWhy ?? null)];
  const owner = records.find((record) => record?.runId === runId) ?? null;
  const liveness = owner === null ? 'unknown' : world.liveness(owner.owner);
  return { runId, directory, tree: path.join(directory, 'tree'), owner, liveness, admin };
}

/** The folders of runs in one directory. A link is none: what it leads to is not ours. */
export function checkoutsIn(
  directory: string,
  entries: readonly AdminEntry[],
  world: Pick<World, 'liveness'>,
): readonly Checkout[] {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const real = realpathSync(directory);
  return readdirSync(real, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && runFolder.test(entry.name))
    .map((entry) => path.join(real, entry.name))
    .map((place) => checkoutAt(place, entries.find((entry) => entry.tree === path.join(place, 'tree')) ?? null, world));
}

/** Where our runs put their folders: below each work tree that is not one of ours. */
function homes({ root, commonDirectory, worktreeDirectory }: SurveyPlace, entries: readonly AdminEntry[]) {
  const main = path.basename(commonDirectory) === '.git' ? [path.dirname(commonDirectory)] : [];
  const others = entries.flatMap(({ tree }) => (tree === null || runOfTree(tree) !== null ? [] : [tree]));
  return new Set([root, ...main, ...others].map((place) => realPlace(path.join(place, worktreeDirectory))));
}

/** An entry of ours whose folder was not found by its place: its own record says so, or the place is one of ours. */
function forgotten(entry: AdminEntry, known: ReadonlySet<string>, world: Pick<World, 'liveness'>): Checkout | null {
  if (entry.tree === null) {
    const record = ownerInReason(entry.lockedWhy);
    if (record === null) return null;
    // Half removed by git: nobody knows any more where the tree was, and it was removed first.
    const directory = path.join(entry.directory, record.runId);
    return { ...checkoutAt(directory, entry, world), tree: path.join(directory, 'tree') };
  }
  if (runOfTree(entry.tree) === null) return null;
  const directory = path.dirname(entry.tree);
  const checkout = checkoutAt(directory, entry, world);
  return checkout.owner !== null || known.has(path.dirname(directory)) ? checkout : null;
}

/** Looks at the disk only: no git process, and next to nothing to do where there is no worktree. */
export function surveyWorktrees(place: SurveyPlace, world: Pick<World, 'liveness'>): Survey {
  const entries = adminEntries(place.commonDirectory);
  const known = homes(place, entries);
  // After a change of policy, what lies beside an old worktree of ours is found too.
  const old = entries.flatMap((entry) => forgotten(entry, known, world) ?? []);
  const directories = new Set([...known, ...old.filter(({ admin }) => admin?.tree !== null).map(homeOf)]);
  const placed = [...directories].flatMap((directory) => checkoutsIn(directory, entries, world));
  const seen = new Set(placed.map(({ admin }) => admin?.directory));
  const ours = [...placed, ...old.filter(({ admin }) => !seen.has(admin?.directory))];
  const foreign = entries.filter((entry) => !ours.some(({ admin }) => admin?.directory === entry.directory));
  return { ours, foreign };
}

const homeOf = ({ directory }: Checkout): string => path.dirname(directory);

const isThere = (place: string): boolean => lstatSync(place, { throwIfNoEntry: false }) !== undefined;

function holdsNothing(directory: string): boolean {
  const left = existsSync(directory) ? readdirSync(directory) : [];
  return left.every((name) => /^owner\.json\..*\.tmp$/.test(name));
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
