/** The values of each key, in the order in which they came; what Map.groupBy does on newer Nodes. */
export function groupedBy<T>(pairs: Iterable<readonly [key: string, value: T]>): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const [key, value] of pairs) {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
