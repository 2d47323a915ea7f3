/** The graded tree, watched: of which files a text was read, and of which only the imports were asked. */
import type { ImportReference } from '../core/closure.ts';
import type { ScanModule } from './scans.ts';
import type { GradedTree, TreeEntry } from './tree.ts';

/** What was asked of the contents of a tree; what is asked of its paths, modes and states is not told. */
export interface Trace {
  /** Files whose text was read. */
  readonly texts: ReadonlySet<string>;
  /** Files of which nothing but their imports was asked, and the answers. */
  readonly scans: ReadonlyMap<string, readonly ImportReference[]>;
  /** False once a blob was asked for by name, or a file did not parse: then the trace does not say everything. */
  readonly isWhole: () => boolean;
}

export interface TracedTree {
  readonly tree: GradedTree;
  readonly scanModule: ScanModule;
  readonly trace: Trace;
}

/** The same entries, which note when the name of a blob is read from one of them. */
function noting(entries: GradedTree['entries'], note: () => void): GradedTree['entries'] {
  const noted = ({ mode, sha, state }: TreeEntry): TreeEntry => ({
    mode,
    state,
    get sha() {
      note();
      return sha;
    },
  });
  function* pairs(): MapIterator<[string, TreeEntry]> {
    for (const [path, entry] of entries) yield [path, noted(entry)];
  }
  function* values(): MapIterator<TreeEntry> {
    for (const entry of entries.values()) yield noted(entry);
  }
  const map: GradedTree['entries'] = {
    get: (path) => {
      const entry = entries.get(path);
      return entry === undefined ? undefined : noted(entry);
    },
    has: (path) => entries.has(path),
    keys: () => entries.keys(),
    entries: pairs,
    values,
    [Symbol.iterator]: pairs,
    forEach: (visit) => {
      for (const [path, entry] of pairs()) visit(entry, path, map);
    },
    size: entries.size,
  };
  return map;
}

/** The same tree and scanner, with a trace of what they were asked. */
export function traced(tree: GradedTree, scan: ScanModule): TracedTree {
  const texts = new Set<string>();
  const scans = new Map<string, readonly ImportReference[]>();
  let whole = true;
  const note = (): void => {
    whole = false;
  };
  const watchedTree: GradedTree = {
    ...tree,
    entries: noting(tree.entries, note),
    read: (path) => {
      texts.add(path);
      return tree.read(path);
    },
  };
  const scanModule: ScanModule = async (path) => {
    const parsed = await scan(path);
    if (parsed.errors.length > 0) note();
    scans.set(path, parsed.imports);
    return parsed;
  };
  return { tree: watchedTree, scanModule, trace: { texts, scans, isWhole: () => whole } };
}
