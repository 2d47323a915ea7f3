/** Everything that lies in a folder, by content: what must be byte for byte the same afterwards. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** Mode and content of each file, by path; of a folder the mode alone. */
export type Snapshot = ReadonlyMap<string, string>;

function look(file: string): string {
  const stat = lstatSync(file);
  const mode = stat.mode.toString(8);
  if (stat.isSymbolicLink()) return `${mode} ${readlinkSync(file)}`;
  if (!stat.isFile()) return mode;
  return `${mode} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
}

/** Takes a snapshot of a folder; what `isLeftOut` names, with all below it, is left out. */
export function snapshotOf(root: string, isLeftOut: (name: string) => boolean): Snapshot {
  const found = new Map<string, string>();
  const folders = [''];
  for (const folder of folders) {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = path.join(folder, entry.name);
      if (isLeftOut(name)) continue;
      found.set(name, look(path.join(root, name)));
      if (entry.isDirectory()) folders.push(name);
    }
  }
  return found;
}

/** What differs, one line each: `+` came, `-` has gone, `~` is another. */
export function differences(before: Snapshot, after: Snapshot): readonly string[] {
  const gone = [...before.keys()].filter((name) => !after.has(name)).map((name) => `- ${name}`);
  const others = [...after].flatMap(([name, content]) => {
    const old = before.get(name);
    if (old === content) return [];
    return [`${old === undefined ? '+' : '~'} ${name}`];
  });
  return [...gone, ...others];
}
