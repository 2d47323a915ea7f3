/** The paths of a graded tree by other keys than themselves: each index is made once a tree, when it is first asked. */
import path from 'node:path';
import { groupedBy } from '../core/grouped.ts';
import { isProgram } from '../core/script-built.ts';
import type { GradedTree } from '../effects/tree.ts';

export interface TreeIndex {
  /** Paths by their names without folders. */
  readonly named: (name: string) => readonly string[];
  /** Names of what lies directly in a folder: files, and folders among them. */
  readonly namesIn: (folder: string) => ReadonlySet<string>;
  /** Paths that are the same but for capitals, itself among them. */
  readonly spelt: (file: string) => readonly string[];
  /** Paths that hold that blob. */
  readonly holding: (sha: string) => readonly string[];
  /** Whether any path lies below the folder. */
  readonly hasFolder: (folder: string) => boolean;
  /** Whether any program lies below the folder. */
  readonly hasPrograms: (folder: string) => boolean;
}

type Entries = GradedTree['entries'];

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function* keyed(entries: Entries, keyOf: (file: string) => string): Iterable<readonly [string, string]> {
  for (const file of entries.keys()) yield [keyOf(file), file];
}

function* blobs(entries: Entries): Iterable<readonly [string, string]> {
  for (const [file, { sha }] of entries) yield [sha, file];
}

function foldersOf(entries: Entries, isMeant: (file: string) => boolean): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const file of entries.keys()) {
    if (!isMeant(file)) continue;
    let end = file.lastIndexOf('/');
    for (; end > 0 && !folders.has(file.slice(0, end)); end = file.lastIndexOf('/', end - 1))
      folders.add(file.slice(0, end));
  }
  return folders;
}

/** For each folder the names in it; the root is `.`. */
function namesByFolder(entries: Entries): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  for (const file of entries.keys()) {
    for (let one = file; one !== '.'; one = path.posix.dirname(one)) {
      const folder = path.posix.dirname(one);
      const known = names.get(folder) ?? new Set();
      if (known.has(path.posix.basename(one))) break;
      names.set(folder, known.add(path.posix.basename(one)));
    }
  }
  return names;
}

const noNames: ReadonlySet<string> = new Set();

function indexOf(entries: Entries): TreeIndex {
  const byFolder = lazily(() => namesByFolder(entries));
  const byName = lazily(() => groupedBy(keyed(entries, path.posix.basename)));
  const bySpelling = lazily(() => groupedBy(keyed(entries, (file) => file.toLowerCase())));
  const byBlob = lazily(() => groupedBy(blobs(entries)));
  const folders = lazily(() => foldersOf(entries, () => true));
  const programFolders = lazily(() => foldersOf(entries, isProgram));
  return {
    named: (name) => byName().get(name) ?? [],
    namesIn: (folder) => byFolder().get(folder) ?? noNames,
    spelt: (file) => bySpelling().get(file.toLowerCase()) ?? [],
    holding: (sha) => byBlob().get(sha) ?? [],
    hasFolder: (folder) => folders().has(folder),
    hasPrograms: (folder) => programFolders().has(folder),
  };
}

/** A tree does not change while it is graded, and many checks ask it the same. */
const known = new WeakMap<Entries, TreeIndex>();

/** The index of a tree, the same one for whoever asks. */
export function treeIndex({ entries }: Pick<GradedTree, 'entries'>): TreeIndex {
  const index = known.get(entries) ?? indexOf(entries);
  known.set(entries, index);
  return index;
}
