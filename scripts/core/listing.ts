/** What `git ls-files -v -s -z` tells of an index, however big it is: entries of tag, mode, sha, stage and path. */

/** `H 100644 <sha> 0<tab><path><NUL>`: where in an entry of the listing its sha begins. */
const shaAt = 9;

function shaLengthIn(listing: string): number {
  return listing.indexOf(' ', shaAt) - shaAt;
}

/**
 * The shas of those of the files that the listing holds; null where one of them is unmerged and has several. Sorted like
 * the listing, so that it is gone through once.
 */
export function shasIn(listing: string, files: Iterable<string>): ReadonlyMap<string, string> | null {
  const shaLength = shaLengthIn(listing);
  const found = new Map<string, string>();
  let last = 0;
  const tabBefore = (file: string, from: number): number => {
    for (let at = listing.indexOf(`\t${file}\0`, from); at !== -1; at = listing.indexOf(`\t${file}\0`, at + 1)) {
      const start = at - 2 - shaLength - shaAt;
      // Else it is the end of a name that holds a tab.
      if (start === 0 || listing[start - 1] === '\0') return at;
    }
    return from === 0 ? -1 : tabBefore(file, 0);
  };
  for (const file of [...files].sort()) {
    const tab = tabBefore(file, last);
    if (tab === -1) continue;
    if (listing[tab - 1] !== '0') return null;
    found.set(file, listing.slice(tab - 2 - shaLength, tab - 2));
    last = tab;
  }
  return found;
}
