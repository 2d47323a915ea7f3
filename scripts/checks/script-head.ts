/** What the change at hand brings and takes, seen from HEAD. */
import type { CheckContext } from './check.ts';
import { copies, pathsMax } from './script-copies.ts';

/** The records of a listing by git that end with NUL, asked for so many paths at a time. */
async function listed({ git }: CheckContext, args: readonly string[], paths: readonly string[]) {
  const records: string[] = [];
  for (let at = 0; at < paths.length; at += pathsMax) {
    const asked = await git(['--literal-pathspecs', ...args, '-z', '--', ...paths.slice(at, at + pathsMax)]);
    for (const record of asked.exitCode === 0 ? asked.stdout.split('\0') : []) if (record !== '') records.push(record);
  }
  return records;
}

/** Blobs by path of those that HEAD has as files. Empty without a commit. */
async function heldByHead(context: CheckContext, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const records = await listed(context, ['ls-tree', '--full-tree', 'HEAD'], paths);
  return new Map(
    records.flatMap((record) => {
      const [, sha, file] = /^\d+ blob ([0-9a-f]+)\t(.+)$/s.exec(record) ?? [];
      return sha === undefined || file === undefined ? [] : [[file, sha] as const];
    }),
  );
}

/** The empty file, by both hashes of git: that another file is empty too says nothing. */
const emptyBlob = /^(e69de29bb2d1d643|473a0f4c3be8a936)/;

export interface StagedRemoval {
  /** The file of the index that holds what the removed one held, and that HEAD does not have. */
  readonly movedTo?: string;
}

/** Of the paths those that HEAD has, by path: what is missing and yet there is what the change at hand removes. */
export async function stagedRemovals(
  context: CheckContext,
  paths: readonly string[],
): Promise<ReadonlyMap<string, StagedRemoval>> {
  // On a revision nothing is about to change.
  if (context.tree.kind === 'revision') return new Map();
  const held = await heldByHead(context, paths);
  const shas = [...new Set(held.values())].filter((sha) => !emptyBlob.test(sha));
  const alike = new Map(shas.map((sha) => [sha, copies(context.tree, sha)] as const));
  const before = await heldByHead(context, [...alike.values()].flat());
  return new Map(
    [...held].map(([file, sha]) => {
      const movedTo = alike.get(sha)?.find((name) => !before.has(name));
      return [file, movedTo === undefined ? {} : { movedTo }] as const;
    }),
  );
}

/** Whether the graded tree is a revision that is not checked out. */
export async function isElsewhere({ tree, git }: CheckContext): Promise<boolean> {
  if (tree.kind !== 'revision' || tree.name === 'HEAD') return false;
  const asked = await git(['rev-parse', '--verify', '--end-of-options', `${tree.name}^{commit}`]);
  const head = await git(['rev-parse', '--verify', 'HEAD^{commit}']);
  return asked.exitCode !== 0 || asked.stdout !== head.stdout;
}

/** Of the paths the files of the disk that no commit or index brought there, so that they are left to be added. */
export async function leftToAdd(
  context: CheckContext,
  paths: readonly string[],
  elsewhere: boolean,
): Promise<ReadonlySet<string>> {
  const files = paths.filter((file) => context.disk.kindOf(file) === 'file');
  if (!elsewhere) return new Set(files);
  const index = new Set(await listed(context, ['ls-files'], files));
  const head = await heldByHead(context, files);
  return new Set(files.filter((file) => !index.has(file) && !head.has(file)));
}
