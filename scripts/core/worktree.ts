/** What a worktree is to us, and whether it may be taken away: only on positive evidence, never for want of any. */
import type { ProcessIdentity } from './controller.ts';

/** What is known of one worktree, or of what is left of one. */
export interface WorktreeFacts {
  /** Its record or git's lock names a run of ours, or it lies where only our runs put theirs. */
  readonly ours: boolean;
  /** Who made it; null when no record of it can be read. */
  readonly owner: ProcessIdentity | null;
  /** `dead`: not there any more, or of another boot; `unknown`: another host, or no record. */
  readonly liveness: 'alive' | 'dead' | 'other-boot' | 'unknown';
  /** The work tree is on disk. */
  readonly treeIsThere: boolean;
  /** git has an entry for it. */
  readonly isRegistered: boolean;
  /** Why it is locked; null when it is not. */
  readonly lockedWhy: string | null;
  /** Nothing but an empty folder is left. */
  readonly isEmpty: boolean;
}

/** What tells of which repository the folder of a run is: clones may share the folder that it lies in. */
export interface Belonging {
  /** A record of the run names this repository. */
  readonly isNamed: boolean;
  /** A record names another repository, which is there. */
  readonly isOfAnother: boolean;
  /** Git of this repository has an entry for it. */
  readonly isRegistered: boolean;
  /** It lies in a work tree of this repository. */
  readonly isInside: boolean;
}

/**
 * Whether the folder of a run is provably this repository's. The entry of a copied repository names the original's folder, and a
 * repository that was moved is no longer where its records say; another may be there by now.
 */
export function belongsHere({ isNamed, isOfAnother, isRegistered, isInside }: Belonging): boolean {
  return !isOfAnother && (isNamed || isRegistered || isInside);
}

export type WorktreeState = 'living' | 'dead' | 'unknown-owner' | 'half-made' | 'prunable' | 'foreign';

export interface WorktreeJudgement {
  readonly state: WorktreeState;
  readonly removable: boolean;
  /** One sentence: what it is, and why it may or may not go. */
  readonly why: string;
}

/** What git writes into the lock of a worktree that it has begun to make and not ended. */
export const halfMadeLock = 'initializing';

function foreign(facts: WorktreeFacts): WorktreeJudgement {
  // A locked one may be on a disk that is not there at the moment: git keeps it on purpose.
  if (facts.treeIsThere || facts.lockedWhy !== null) {
    return { state: 'foreign', removable: false, why: 'it is not ours' };
  }
  return { state: 'prunable', removable: false, why: 'its folder is gone; it is not ours' };
}

function dead(facts: WorktreeFacts): WorktreeJudgement {
  const { owner, liveness, treeIsThere, isRegistered, lockedWhy } = facts;
  const how = liveness === 'other-boot' ? 'the computer was started anew since' : `process ${owner?.pid} has ended`;
  if (lockedWhy === halfMadeLock || (!isRegistered && !treeIsThere)) {
    return { state: 'half-made', removable: true, why: `its run died while it was being made: ${how}` };
  }
  if (!treeIsThere)
    return { state: 'prunable', removable: true, why: `its folder is gone, and its run is dead: ${how}` };
  return { state: 'dead', removable: true, why: `its run is dead: ${how}` };
}

/** Judges one worktree. Removable means: ours, and its owner is provably dead (or there is nothing in it at all). */
export function judgeWorktree(facts: WorktreeFacts): WorktreeJudgement {
  if (!facts.ours) return foreign(facts);
  if (facts.owner === null) {
    if (facts.isEmpty) return { state: 'half-made', removable: true, why: 'its run died before it wrote its record' };
    const why = 'no record says who made it, so nothing proves that its run is dead';
    return { state: 'unknown-owner', removable: false, why };
  }
  switch (facts.liveness) {
    case 'alive':
      return { state: 'living', removable: false, why: `its run is alive: process ${facts.owner.pid}` };
    case 'dead':
    case 'other-boot':
      return dead(facts);
    case 'unknown': {
      const why = `it was made on ${facts.owner.host}: whether its run is alive cannot be seen from here`;
      return { state: 'unknown-owner', removable: false, why };
    }
  }
}

/**
 * Folders and files that tools make anew: never moved aside as work. Written as git's exclude patterns; `generated` of
 * the manifest is added.
 */
export const generatedPatterns: readonly string[] = [
  'node_modules/',
  'dist/',
  'build/',
  'out/',
  'coverage/',
  '.nyc_output/',
  'target/',
  '.next/',
  '.nuxt/',
  '.turbo/',
  '.cache/',
  '.parcel-cache/',
  '.vite/',
  '__pycache__/',
  '.pytest_cache/',
  '.mypy_cache/',
  '.ruff_cache/',
  '.tox/',
  '.venv/',
  'venv/',
  '.gradle/',
  '*.tsbuildinfo',
];

export interface SalvageLimits {
  readonly files: number;
  readonly bytes: number;
  readonly ms: number;
}

/** What one pass of moving aside may take; what is left over stays in the worktree, and the next pass goes on. */
export const salvageLimits: SalvageLimits = { files: 2000, bytes: 256 * 1024 * 1024, ms: 10_000 };
