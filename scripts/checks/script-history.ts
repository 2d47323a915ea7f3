/** What git remembers of paths that are gone: which commit removed each, and where its content went. */
import path from 'node:path';
import { groupedBy } from '../core/grouped.ts';
import type { CheckContext } from './check.ts';
import {
  type Departure,
  isTellingName,
  type Open,
  offline,
  pathsMax,
  type Removal,
  sameContents,
  timeoutMs,
} from './script-copies.ts';

/** A file may be moved again after a move; more often than this nobody follows it. */
const movesMax = 4;

/** The commit whose history is asked. */
export function startOf({ tree }: CheckContext): string {
  return tree.kind === 'revision' ? tree.name : 'HEAD';
}

interface RawRecord {
  readonly commit: string;
  readonly date: string;
  readonly parents: number;
  readonly status: string;
  readonly sha: string;
  readonly paths: readonly string[];
}

/** Reads `--raw -z` output whose commits begin with `\x01<commit>\x02<date>\x02<parents>`. */
function rawRecords(text: string): readonly RawRecord[] {
  const records: RawRecord[] = [];
  const fields = text.split('\0');
  let commit = '';
  let date = '';
  let parents = '';
  for (let at = 0; at < fields.length; at += 1) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what the format puts there.
    const head = /\x01([0-9a-f]+)\x02([^\s\x02]*)\x02([0-9a-f ]*)/.exec(fields[at] ?? '');
    if (head !== null) [, commit = '', date = '', parents = ''] = head;
    const [, sha, status] = /:\d+ \d+ ([0-9a-f]+) [0-9a-f]+ ([A-Z])\d*$/.exec(fields[at] ?? '') ?? [];
    if (sha === undefined || status === undefined) continue;
    const count = status === 'R' ? 2 : 1;
    const paths = fields.slice(at + 1, at + 1 + count);
    records.push({ commit, date, parents: parents.split(' ').length, status, sha, paths });
    at += count;
  }
  return records;
}

interface Removals {
  readonly found: ReadonlyMap<string, Removal>;
  /** Whether git could read what history there is. */
  readonly isRead: boolean;
}

/** Without what a merge lacks of one parent only: the commit that removed it lies behind another parent. */
function deletions(records: readonly RawRecord[]): readonly RawRecord[] {
  const keyOf = ({ commit, paths }: RawRecord): string => `${commit} ${paths[0]}`;
  const counts = new Map<string, number>();
  for (const record of records) counts.set(keyOf(record), (counts.get(keyOf(record)) ?? 0) + 1);
  return records.filter((record) => (counts.get(keyOf(record)) ?? 0) >= record.parents);
}

/** The file itself and the folders on the way to it. */
function* upwards(file: string): Iterable<string> {
  for (let at = file; at !== '.' && at !== '/'; at = path.posix.dirname(at)) yield at;
}

/** The newest removal of each path, or of anything below it when it was a folder. */
async function removals(context: CheckContext, wanted: readonly string[]): Promise<Removals> {
  const found = new Map<string, Removal>();
  let isRead = true;
  for (let at = 0; at < wanted.length; at += pathsMax) {
    const paths = wanted.slice(at, at + pathsMax);
    const asking = new Set(paths);
    const flags = [
      '--raw',
      '-z',
      '--no-abbrev',
      '--no-renames',
      '--diff-filter=D',
      '-m',
      '--format=%x01%h%x02%cs%x02%p',
    ];
    const args = [...offline, 'log', ...flags, '--end-of-options', startOf(context), '--', ...paths];
    const log = await context.git(args, { timeoutMs });
    if (log.exitCode !== 0) isRead = false;
    for (const {
      commit,
      date,
      sha,
      paths: [removed = ''],
    } of deletions(rawRecords(log.stdout))) {
      for (const asked of upwards(removed)) {
        if (asking.has(asked) && !found.has(asked)) found.set(asked, { commit, date, sha, path: removed });
      }
    }
  }
  return { found, isRead };
}

/** Where git's rename detection, or a file of the same name in the same commit, says that each path went. */
async function destinations(context: CheckContext, gone: readonly Removal[]): Promise<ReadonlyMap<string, string>> {
  const commits = [...new Set(gone.map((removal) => removal.commit))].slice(0, pathsMax);
  const found = new Map<string, string>();
  if (commits.length === 0) return found;
  const flags = [
    '-m',
    '--first-parent',
    '--raw',
    '-z',
    '--no-abbrev',
    '-M',
    '--no-rename-empty',
    '--diff-filter=RA',
    '--format=%x01%h%x02%x02',
  ];
  const show = await context.git([...offline, 'show', ...flags, '--end-of-options', ...commits], { timeoutMs });
  if (show.exitCode !== 0) return found;
  const records = rawRecords(show.stdout);
  const keyed = (status: string, nameOf: (file: string) => string) => {
    const own = records.filter((record) => record.status === status);
    return groupedBy(
      own.map(({ commit, paths: [from = '', to = from] }) => [`${commit} ${nameOf(from)}`, to] as const),
    );
  };
  const renamed = keyed('R', (file) => file);
  const added = keyed('A', path.posix.basename);
  for (const removal of gone) {
    const name = path.posix.basename(removal.path);
    const [namesake, ...more] = added.get(`${removal.commit} ${name}`) ?? [];
    const alone = more.length === 0 && isTellingName(name) ? namesake : undefined;
    const destination = renamed.get(`${removal.commit} ${removal.path}`)?.[0] ?? alone;
    if (destination !== undefined) found.set(removal.path, destination);
  }
  return found;
}

export interface PathHistory {
  /** By the path that was asked for; only of those that git once held. */
  readonly departures: ReadonlyMap<string, Departure>;
  /** Why "never committed" cannot be said, as a clause; undefined where git has the whole history and has read it. */
  readonly gap: string | undefined;
}

/** One step from where a path was removed to where its content went. */
async function steps(context: CheckContext, open: readonly Open[]): Promise<ReadonlyMap<string, string>> {
  const exact = await sameContents(context, open);
  const rest = open.filter(({ asked }) => exact.get(asked) === undefined);
  const likely = await destinations(
    context,
    rest.map(({ removal }) => removal),
  );
  return new Map(
    open.flatMap(({ asked, removal }) => {
      const to = exact.get(asked) ?? likely.get(removal.path);
      return to === undefined ? [] : [[asked, to] as const];
    }),
  );
}

/** How each of the paths left. Two git processes, and two more for each further move of any of them. */
export async function historyOf(context: CheckContext, paths: readonly string[]): Promise<PathHistory> {
  const first = await removals(context, paths);
  const departures = new Map<string, Departure>(first.found);
  let open: readonly Open[] = [...first.found].map(([asked, removal]) => ({ asked, removal }));
  for (let move = 0; move < movesMax && open.length > 0; move += 1) {
    const moved = await steps(context, open);
    for (const [asked, to] of moved) {
      const start = departures.get(asked);
      if (start !== undefined && context.tree.has(to)) departures.set(asked, { ...start, movedTo: to });
    }
    const further = [...moved].filter(([, to]) => !context.tree.has(to));
    const next = further.length === 0 ? undefined : await removals(context, [...new Set(further.map(([, to]) => to))]);
    open = further.flatMap(([asked, to]) => {
      const removal = next?.found.get(to);
      return removal === undefined ? [] : [{ asked, removal }];
    });
  }
  const known = departures.size === paths.length;
  return { departures, gap: known ? undefined : await gapOf(context, first) };
}

async function gapOf({ git, tree }: CheckContext, { isRead }: Removals): Promise<string | undefined> {
  const isShallow = (await git(['rev-parse', '--is-shallow-repository'])).stdout.trim() === 'true';
  if (isShallow) return 'git has only a part of the history here';
  if (isRead) return undefined;
  // Before the first commit there is no history that could be read.
  const head = tree.kind === 'revision' ? 0 : (await git(['rev-parse', '--verify', '--quiet', 'HEAD'])).exitCode;
  return head === 1 ? undefined : 'git could not read the history here';
}
