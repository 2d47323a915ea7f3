/**
 * Reads what git lists. An entry is cut out of the listing when it is asked for, and the rest is skipped by position, so
 * that 100,000 files cost little more than the listing itself.
 */
import { emptyBlobs } from './index-listing.ts';
import type { TreeEntry } from './tree.ts';

export interface Listing {
  readonly entries: ReadonlyMap<string, TreeEntry>;
  /** How many of them are files or symbolic links that are not in conflict. */
  readonly filesCount: number;
}

type EntryAt = (offset: number) => TreeEntry;

function stateOf(tag: string, stage: string): TreeEntry['state'] {
  if (stage !== '0') return 'unmerged';
  return tag === 'S' || tag === 's' ? 'skip-worktree' : 'plain';
}

/** A map over a listing; `changed` has the entries that are otherwise than the listing says. */
function lazyMap(
  offsets: ReadonlyMap<string, number>,
  entryAt: EntryAt,
  changed: ReadonlyMap<string, TreeEntry>,
): ReadonlyMap<string, TreeEntry> {
  const get = (path: string): TreeEntry | undefined => {
    const offset = offsets.get(path);
    return offset === undefined ? undefined : (changed.get(path) ?? entryAt(offset));
  };
  function* entries(): MapIterator<[string, TreeEntry]> {
    for (const [path, offset] of offsets) yield [path, changed.get(path) ?? entryAt(offset)];
  }
  function* values(): MapIterator<TreeEntry> {
    for (const [, entry] of entries()) yield entry;
  }
  const map: ReadonlyMap<string, TreeEntry> = {
    get,
    has: (path) => offsets.has(path),
    keys: () => offsets.keys(),
    entries,
    values,
    [Symbol.iterator]: entries,
    forEach: (visit) => {
      for (const [path, entry] of entries()) visit(entry, path, map);
    },
    size: offsets.size,
  };
  return map;
}

/** `isFile` is asked with the offset of a record and the place of its tab. */
function read(text: string, isFile: (start: number, tab: number) => boolean) {
  const offsets = new Map<string, number>();
  let filesCount = 0;
  let start = 0;
  for (let end = text.indexOf('\0'); end >= 0; end = text.indexOf('\0', start)) {
    const tab = text.indexOf('\t', start);
    if (tab >= 0 && tab < end) {
      offsets.set(text.slice(tab + 1, end), start);
      if (isFile(start, tab)) filesCount += 1;
    }
    start = end + 1;
  }
  return { offsets, filesCount };
}

/**
 * Of `ls-files -v -s -z`: `H 100644 <sha> 0<tab><path>`, apart by NUL. `committed`: what a commit would really contain,
 * where that has to be asked because the listing has empty files, which look like announced ones.
 */
export function indexListing(text: string, committed: ReadonlySet<string> | null): Listing {
  const isFile = (start: number, tab: number) => text.charAt(tab - 1) === '0' && !text.startsWith('16', start + 2);
  const { offsets, filesCount } = read(text, isFile);
  const entryAt: EntryAt = (start) => {
    const tab = text.indexOf('\t', start);
    const state = stateOf(text.charAt(start), text.charAt(tab - 1));
    return { mode: text.slice(start + 2, start + 8), sha: text.slice(start + 9, tab - 2), state };
  };
  const changed = new Map<string, TreeEntry>();
  for (const [path, offset] of committed === null ? [] : offsets) {
    if (committed?.has(path) === true) continue;
    const entry = entryAt(offset);
    if (entry.state === 'plain' && emptyBlobs.includes(entry.sha))
      changed.set(path, { ...entry, state: 'intent-to-add' });
  }
  return { entries: lazyMap(offsets, entryAt, changed), filesCount: filesCount - changed.size };
}

/** Of `ls-tree -r -z`: `100644 blob <sha><tab><path>`, apart by NUL. */
export function commitListing(text: string): Listing {
  const { offsets, filesCount } = read(text, (start) => !text.startsWith('16', start));
  const entryAt: EntryAt = (start) => {
    const tab = text.indexOf('\t', start);
    const sha = text.slice(text.indexOf(' ', start + 7) + 1, tab);
    return { mode: text.slice(start, start + 6), sha, state: 'plain' };
  };
  return { entries: lazyMap(offsets, entryAt, new Map()), filesCount };
}
