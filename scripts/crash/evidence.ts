/** What is found in a world after a point was played, gathered once for all invariants. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Controller } from '../core/controller.ts';
import { type ControllerFile, decodeController } from '../core/controller-file.ts';
import { sourceTrailer } from '../core/trailer.ts';
import { keepHouse } from '../effects/housekeeping.ts';
import { type JournalLine, readJournalTail } from '../effects/journal.ts';
import { parseDocument } from '../effects/schema.ts';
import { stateFiles } from '../effects/state-files.ts';
import type { Point } from './points.ts';
import type { RunEnd } from './run.ts';
import { differences, type Snapshot, snapshotOf } from './snapshot.ts';
import { type CrashWorld, gitIn, noteOf, type Origin } from './world.ts';

/** One move of the remote's target, from its reflog. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly byRival: boolean;
}

/** A commit that the target has gained. */
export interface Landed {
  readonly sha: string;
  readonly subject: string;
  /** The commit of the branch that its trailer names, or "". */
  readonly source: string;
}

export interface Evidence {
  readonly point: Point;
  readonly origin: Origin;
  readonly world: CrashWorld;
  /** The run that was disturbed, and those after it, in order. */
  readonly first: RunEnd;
  readonly later: readonly RunEnd[];
  /** Where the target was when the first run had ended and its server had come to rest. */
  readonly targetAfterFirst: string;
  readonly moves: readonly Move[];
  readonly gained: readonly Landed[];
  /** Trees that QA has seen: path and blob id of every file. */
  readonly tested: readonly string[];
  readonly cloneChanges: readonly string[];
  readonly remoteChanges: readonly string[];
  /** null when it is not there or not valid. */
  readonly controller: Controller | null;
  readonly journal: readonly JournalLine[];
  readonly torn: readonly string[];
  readonly living: readonly number[];
}

/** In the clone all but the store of objects and our own state. */
export function snapshotOfClone(world: CrashWorld): Snapshot {
  return snapshotOf(world.clone, (name) => name === '.git/objects' || name === '.git/loopbreaker');
}

const movingInRemote = /^(logs\/)?(HEAD|refs\/heads\/(main|agent))$|^objects\/([0-9a-f]{2}|pack|info)$/;

/** In the remote all but finished objects, the target, and the branch that policy lets auto-promote delete. */
export function snapshotOfRemote(world: CrashWorld): Snapshot {
  return snapshotOf(world.remote, (name) => movingInRemote.test(name));
}

const rivalName = 'Rival';

function movesOf(world: CrashWorld): readonly Move[] {
  const log = readFileSync(path.join(world.remote, 'logs', 'refs', 'heads', 'main'), 'utf8')
    .trimEnd()
    .split('\n');
  // The first line is the template's own push.
  return log.slice(1).map((line) => {
    const [from = '', to = ''] = line.split(' ');
    return { from, to, byRival: line.includes(` ${rivalName} <`) };
  });
}

function gainedBy(world: CrashWorld, since: string): readonly Landed[] {
  const format = `--format=%H%x00%(trailers:key=${sourceTrailer},valueonly,separator=%x2C)%x00%s`;
  const range = `${since}..refs/heads/main`;
  const lines = gitIn(world.remote, 'log', '--reverse', '--first-parent', format, range).split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [sha = '', source = '', subject = ''] = line.split('\0');
      return { sha, source: source.trim(), subject };
    });
}

/** A tree as QA notes it. */
export function treeAsTested(world: CrashWorld, commit: string): string {
  const listing = gitIn(world.remote, 'ls-tree', '-r', '-z', commit).split('\0');
  const files = listing
    .filter((line) => line !== '')
    .map((line) => [line.slice(line.indexOf('\t') + 1), line.split(/[ \t]/)[2] ?? ''] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(files));
}

function controllerOf(world: CrashWorld): Controller | null {
  const file = stateFiles(world.state).controller;
  const parsed = parseDocument<ControllerFile>('controller', readFileSync(file, 'utf8'), file);
  return parsed.ok ? decodeController(parsed.value) : null;
}

const afterwardsMs = 2 * 60 * 60 * 1000;

/** Temp files that even housekeeping leaves, two hours on: a torn write is allowed to lie for an hour, not for ever. */
function tornFor(world: CrashWorld): readonly string[] {
  keepHouse(stateFiles(world.state), Date.now() + afterwardsMs);
  return readdirSync(world.state, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'));
}

/** What `gather` cannot see in the world itself. */
export type Witness = Pick<
  Evidence,
  'point' | 'origin' | 'world' | 'first' | 'later' | 'targetAfterFirst' | 'living'
> & {
  readonly cloneBefore: Snapshot;
  readonly remoteBefore: Snapshot;
};

/** Looks at everything once. */
export function gather({ cloneBefore, remoteBefore, ...witness }: Witness): Evidence {
  const { world, origin } = witness;
  const tail = readJournalTail(stateFiles(world.state).journal);
  return {
    ...witness,
    moves: movesOf(world),
    gained: gainedBy(world, origin.target),
    tested: (noteOf(world, 'tested') ?? '').split('\n').filter((line) => line !== ''),
    cloneChanges: differences(cloneBefore, snapshotOfClone(world)),
    remoteChanges: differences(remoteBefore, snapshotOfRemote(world)),
    controller: controllerOf(world),
    journal: tail.kind === 'lines' ? tail.lines : [],
    torn: tornFor(world),
  };
}
