/** What `git diff-index --cached --raw -z --no-renames` tells: in what an index differs from a tree. */

/** What stands in one place: mode and blob; nothing is mode `000000`. */
interface Side {
  readonly mode: string;
  readonly sha: string;
}

/** Of each path that differs: the tree's side and that of the index. */
export type Staged = ReadonlyMap<string, { readonly tree: Side; readonly index: Side }>;

/** The differences; null where one of them is no plain one, such as an unmerged path. */
export function parseStaged(text: string): Staged | null {
  const fields = text.split('\0');
  if (fields.pop() !== '') return null;
  const staged = new Map<string, { readonly tree: Side; readonly index: Side }>();
  for (let at = 0; at < fields.length; at += 2) {
    const [, treeMode, mode, treeSha, sha] =
      /^:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) [AMDT]$/.exec(fields[at] ?? '') ?? [];
    const path = fields[at + 1];
    if (treeMode === undefined || mode === undefined || treeSha === undefined || sha === undefined) return null;
    // Two names that are no UTF-8 may look the same.
    if (path === undefined || path === '' || staged.has(path)) return null;
    staged.set(path, { tree: { mode: treeMode, sha: treeSha }, index: { mode, sha } });
  }
  return staged;
}

/**
 * From one index to another, told by what both differ in from one tree: the blobs of all paths that may have changed.
 * null where more than texts has changed: a path came or went, or has another mode.
 */
export function textsSince(then: Staged, now: Staged): ReadonlyMap<string, string> | null {
  const shas = new Map<string, string>();
  for (const path of new Set([...then.keys(), ...now.keys()])) {
    const [before, after] = [then.get(path), now.get(path)];
    // Where one of them is silent, that index has what the tree has.
    const was = before?.index ?? after?.tree;
    const is = after?.index ?? before?.tree;
    if (was === undefined || is === undefined || was.mode !== is.mode) return null;
    shas.set(path, is.sha);
  }
  return shas;
}
