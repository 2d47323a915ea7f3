/** The tree that is graded: the work tree (on disk and tracked), the index of this commit, or a revision. */
import { type ExitCode, exitCodes, hasErrorCode, Refusal } from '../core/outcome.ts';
import { openBlobs } from './blobs.ts';
import type { Disk } from './disk.ts';
import type { RunGit } from './git.ts';
import { failed } from './git-output.ts';
import { emptyBlobs, listIndex } from './index-listing.ts';
import { commitListing, indexListing, type Listing } from './tree-listing.ts';

export interface TreeEntry {
  /** `100644`, `100755`, `120000` (a symbolic link) or `160000` (a submodule). */
  readonly mode: string;
  readonly sha: string;
  /** What keeps the entry from being a file of the commit or of the disk. */
  readonly state: 'plain' | 'intent-to-add' | 'skip-worktree' | 'unmerged';
}

export type TreeKind = 'worktree' | 'index' | 'revision';

export interface GradedTree {
  readonly kind: TreeKind;
  /** As asked: `worktree`, `index`, or the revision. */
  readonly name: string;
  /** What was looked at, such as "41 files of the index". */
  readonly population: string;
  readonly entries: ReadonlyMap<string, TreeEntry>;
  /** Whether the path is a file or symbolic link of this tree; in the work tree also on disk. */
  readonly has: (path: string) => boolean;
  /** The text in this tree; a symbolic link's is its target. null when the tree does not have it. */
  readonly read: (path: string) => Promise<string | null>;
}

export interface TreeRequest {
  readonly git: RunGit;
  readonly disk: Disk;
  /** `worktree`, `index` or a revision. */
  readonly tree: string;
  /** The index that this commit is made from, when a hook says so; absolute. */
  readonly indexFile?: string | undefined;
  /** What git lists of that index, where it was asked already. */
  readonly listing?: string | undefined;
}

function unreadable(problem: string, code = 'tree-unreadable', exitCode: ExitCode = exitCodes.tryLater): Refusal {
  const remedy = code === 'revision-unknown' ? 'git log --oneline --all shows the commits that exist' : 'git status';
  return new Refusal({ code, exitCode, problem, remedy });
}

const emptyTrees: Readonly<Record<number, string>> = {
  40: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  64: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
};

/** The paths that a commit of this index would really contain. */
async function committedPaths({ git, indexFile }: TreeRequest, emptyTree: string): Promise<ReadonlySet<string>> {
  const flags = ['--cached', '--ita-invisible-in-index', '--no-renames', '--name-only', '-z'];
  const options = indexFile === undefined ? {} : { env: { GIT_INDEX_FILE: indexFile } };
  const asked = await git(['diff-index', ...flags, emptyTree], options);
  if (asked.exitCode !== 0) throw unreadable(`git could not read the index: ${asked.stderr.trim()}`);
  return new Set(asked.stdout.split('\0'));
}

async function indexEntries(request: TreeRequest): Promise<Listing> {
  const text = request.listing ?? (await listIndex(request.git, request.indexFile));
  const sha = emptyBlobs.find((each) => text.charAt(9 + each.length) === ' ');
  const emptyTree = sha !== undefined && text.includes(sha) ? emptyTrees[sha.length] : undefined;
  return indexListing(text, emptyTree === undefined ? null : await committedPaths(request, emptyTree));
}

async function revisionEntries(git: RunGit, sha: string): Promise<Listing> {
  const asked = await git(['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', sha]);
  if (asked.exitCode !== 0) throw unreadable(`git could not list the tree of ${sha}: ${asked.stderr.trim()}`);
  return commitListing(asked.stdout);
}

async function commitOf(git: RunGit, revision: string): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const asked = await git(args);
  const sha = asked.stdout.trim();
  if (asked.exitCode === 0 && /^[0-9a-f]{40,64}$/.test(sha)) return sha;
  // A git that was ended, or never began, has not said no.
  if (asked.exitCode === null) throw failed(args, asked);
  throw unreadable(`"${revision}" names no commit here.`, 'revision-unknown', exitCodes.usage);
}

function isInTree(entry: TreeEntry | undefined, kind: TreeKind): boolean {
  if (entry === undefined || entry.mode === '160000') return false;
  // A skip-worktree entry is part of the commit; on disk it is there or not, which is asked separately.
  return (
    entry.state === 'plain' || entry.state === 'skip-worktree' || (entry.state === 'unmerged' && kind === 'revision')
  );
}

function populationOf({ filesCount }: Listing, place: string): string {
  return `${filesCount} ${filesCount === 1 ? 'file' : 'files'} of ${place}`;
}

function openWorktree(request: TreeRequest, listing: Listing): GradedTree {
  const { entries } = listing;
  const { disk } = request;
  const has = (path: string): boolean => {
    if (!isInTree(entries.get(path), 'worktree')) return false;
    const kind = disk.kindOf(path);
    return kind === 'file' || kind === 'symlink';
  };
  const text = (path: string): string | null => {
    try {
      return has(path) ? (disk.read(path)?.toString('utf8') ?? null) : null;
    } catch (error) {
      if (!hasErrorCode(error, 'EACCES', 'EPERM')) throw error;
      throw unreadable(`${path} may not be read: permission denied.`);
    }
  };
  // What `text` throws becomes a rejection.
  const read = (path: string): Promise<string | null> => new Promise((resolve) => resolve(text(path)));
  const population = populationOf(listing, 'the work tree');
  return { kind: 'worktree', name: 'worktree', population, entries, has, read };
}

function openObjects(request: TreeRequest, listing: Listing, kind: TreeKind, place: string): GradedTree {
  const { entries } = listing;
  const blob = openBlobs(request.git, request.disk);
  const has = (path: string): boolean => isInTree(entries.get(path), kind);
  const read = async (path: string): Promise<string | null> => {
    const entry = entries.get(path);
    return entry === undefined || !has(path) ? null : await blob({ path, sha: entry.sha });
  };
  return { kind, name: request.tree, population: populationOf(listing, place), entries, has, read };
}

/**
 * Opens the tree with one listing by git. Throws a Refusal: 2 for a revision that names no commit, 75 when git cannot
 * read what it holds.
 */
export async function openTree(request: TreeRequest): Promise<GradedTree> {
  switch (request.tree) {
    case 'worktree':
      return openWorktree(request, await indexEntries({ ...request, indexFile: undefined }));
    case 'index':
      return openObjects(request, await indexEntries(request), 'index', 'the index');
    default: {
      const sha = await commitOf(request.git, request.tree);
      return openObjects(request, await revisionEntries(request.git, sha), 'revision', `commit ${sha.slice(0, 10)}`);
    }
  }
}
