/** An index that can be read without git: its entries where they are few, else the tree that git has noted in it. */
import path from 'node:path';
import { blobsSince } from '../core/tree-difference.ts';
import { stampOf } from './changes.ts';
import { readIndex } from './index-file.ts';
import { indexState } from './index-listing.ts';
import { treeOfIndex } from './index-tree.ts';
import { readLooseTree } from './loose-tree.ts';
import { placeFiles, type Repository } from './repository.ts';

/** The blob of a path, or undefined where it is known to be the same. */
export type BlobOf = (file: string) => string | undefined;

/** What a commit of an index would contain. */
interface Content {
  /** Modes and paths in git's order, or the name of the tree: to be remembered, and to be given to `blobsSince`. */
  readonly shape: string;
  /** The blobs since an index of that shape; null where more than texts differs from it, or that cannot be told. */
  readonly blobsSince: (shape: string) => BlobOf | null;
}

/** Such an index, and by what git would know that it is this repository's. */
export interface PlainIndex extends Content {
  /** Equal as long as nobody has written to any of the files that say where the repository is. */
  readonly place: string;
  /** Whether no other index has taken its place since it was read. */
  readonly isStill: () => boolean;
}

const treeMark = 'tree ';

function contentOf({ commonDirectory }: Repository, file: string, shaBytes: number): Content | null {
  const entries = readIndex(file, shaBytes);
  if (entries !== null) {
    return { shape: entries.shape, blobsSince: (shape) => (shape === entries.shape ? entries.shaOf : null) };
  }
  const tree = treeOfIndex(file, shaBytes);
  if (tree === null) return null;
  const read = (sha: string) => readLooseTree(commonDirectory, sha);
  const since = (shape: string): BlobOf | null => {
    const blobs = shape.startsWith(treeMark) ? blobsSince(read, shape.slice(treeMark.length), tree) : null;
    return blobs === null ? null : (name) => blobs.get(name);
  };
  return { shape: treeMark + tree, blobsSince: since };
}

/** Reads it, for a repository whose commits have names of so many letters; null where git has to be asked. */
export function readPlain(repository: Repository, indexFile: string | undefined, shaLength: number): PlainIndex | null {
  const file = indexFile ?? path.join(repository.gitDirectory, 'index');
  const state = indexState(file);
  const content = contentOf(repository, file, shaLength / 2);
  if (content === null) return null;
  return { ...content, place: stampOf(placeFiles(repository)), isStill: () => indexState(file) === state };
}
