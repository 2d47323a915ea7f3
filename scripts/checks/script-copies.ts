/** Which file of the graded tree took over what a removed one held. */
import path from 'node:path';
import type { GradedTree } from '../effects/tree.ts';
import type { CheckContext } from './check.ts';
import { treeIndex } from './tree-index.ts';

export interface Departure {
  /** Sha of the commit that removed it. */
  readonly commit: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  /** The path that git removed: the one asked for, or one that Node would have taken for it. */
  readonly path: string;
  /** Which parent of the commit has it, as git writes it, such as `^2`; the first when it is left out. */
  readonly parent?: string;
  /** A file of the graded tree that holds what it held. */
  readonly movedTo?: string;
}

/** A departure with the blob that went. */
export interface Removal extends Departure {
  readonly sha: string;
}

/** A path that was asked for, and the removal that is followed for it. */
export interface Open {
  readonly asked: string;
  readonly removal: Removal;
}

/** Paths for one git command, so that its argument list stays short of any limit. */
export const pathsMax = 200;

/** A history that takes longer is not read: the verdict is then less exact, never wrong. */
export const timeoutMs = 20_000;

/** git must not fetch what a partial clone left out: the doctor asks no network. */
export const offline = ['-c', 'protocol.allow=never', '--literal-pathspecs'];

/** Below this many bytes two files may hold the same and have nothing to do with each other. */
const tellingBytesMin = 32;

/** Whether a file's name is rare enough that another file of that name says something about it. */
export function isTellingName(name: string): boolean {
  return !/^(index|main|mod|test|run|cli|setup|config|types|utils?|helpers?)\./i.test(name);
}

/** Files of the tree with exactly that content; none where so many have it that it says nothing. */
export function copies(tree: GradedTree, sha: string): readonly string[] {
  const same = treeIndex(tree).holding(sha);
  return same.length > pathsMax ? [] : same.filter((file) => tree.has(file));
}

function standingOut(files: readonly string[], removal: Removal): string | undefined {
  const sameName = files.filter((file) => path.posix.basename(file) === path.posix.basename(removal.path));
  const stands = sameName.length > 0 ? sameName : files;
  return stands.length === 1 ? stands[0] : undefined;
}

/** By asked path the file of the tree that took its content over: one that was not there before the removal. */
export async function sameContents(context: CheckContext, open: readonly Open[]): Promise<ReadonlyMap<string, string>> {
  const alike = open.flatMap(({ asked, removal }) => {
    const files = copies(context.tree, removal.sha).filter((file) => !file.includes('\n'));
    return files.length === 0 ? [] : [{ asked, removal, files }];
  });
  if (alike.length === 0) return new Map();
  const names = alike.flatMap(({ removal, files }) => [removal.sha, ...files.map((file) => earlier(removal, file))]);
  const input = [...new Set(names)].map((name) => `${name}\n`).join('');
  const asked = await context.git([...offline, 'cat-file', '--batch-check=%(objectsize)'], { input, timeoutMs });
  if (asked.exitCode !== 0) return new Map();
  const answers = asked.stdout.split('\n');
  const sizes = new Map([...new Set(names)].map((name, at) => [name, answers[at] ?? ''] as const));
  return new Map(
    alike.flatMap(({ asked: file, removal, files }) => {
      if (!(Number(sizes.get(removal.sha)) >= tellingBytesMin)) return [];
      const fresh = files.filter((one) => sizes.get(earlier(removal, one))?.endsWith(' missing'));
      const to = standingOut(fresh, removal);
      return to === undefined ? [] : [[file, to] as const];
    }),
  );
}

/** The name under which git knows a file of the commit before the removal. */
function earlier({ commit }: Removal, file: string): string {
  return `${commit}^:${file}`;
}
