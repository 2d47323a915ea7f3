/** Two trees of git, object by object: a folder of which both have the same name is the same, however much is below it. */

/** Reads a tree object, without its header, by its name; null where it cannot be read. */
export type ReadTree = (sha: string) => Buffer | null;

/** An entry of two folders, with the same mode and name, of which each has another object. */
interface Changed {
  readonly isFolder: boolean;
  readonly name: string;
  readonly was: string;
  readonly is: string;
}

/** The entries with another object; null where the two differ in more than that. */
function changedIn(before: Buffer, after: Buffer, shaBytes: number): readonly Changed[] | null {
  // With the same modes and names they are of one length, and each entry lies in the same place.
  if (before.length !== after.length) return null;
  const changed: Changed[] = [];
  for (let at = 0; at < after.length; ) {
    const shaAt = after.indexOf(0, at) + 1;
    const end = shaAt + shaBytes;
    if (shaAt === 0 || end > after.length || before.compare(after, at, shaAt, at, shaAt) !== 0) return null;
    const [was, is] = [before.toString('hex', shaAt, end), after.toString('hex', shaAt, end)];
    if (was !== is) {
      const entry = after.toString('utf8', at, shaAt - 1);
      changed.push({ isFolder: entry.startsWith('40000 '), name: entry.slice(entry.indexOf(' ') + 1), was, is });
    }
    at = end;
  }
  // Two names that are no UTF-8 may look the same.
  return changed.some(({ name }) => name.includes('\ufffd')) ? null : changed;
}

/** Where more folders differ, git is faster. */
const foldersMax = 50;

/**
 * From one tree to another: the new blobs (of submodules the commits) of all paths whose content differs. null where a path
 * came or went or has another mode, where a tree that is needed cannot be read, and where too many folders differ.
 */
export function blobsSince(read: ReadTree, then: string, now: string): ReadonlyMap<string, string> | null {
  const blobs = new Map<string, string>();
  const folders: Changed[] = then === now ? [] : [{ isFolder: true, name: '', was: then, is: now }];
  for (const folder of folders) {
    if (folders.length > foldersMax) return null;
    const [before, after] = [read(folder.was), read(folder.is)];
    const changed = before === null || after === null ? null : changedIn(before, after, now.length / 2);
    if (changed === null) return null;
    for (const { isFolder, name, was, is } of changed) {
      if (isFolder) folders.push({ isFolder, name: `${folder.name}${name}/`, was, is });
      else blobs.set(folder.name + name, is);
    }
  }
  return blobs;
}
