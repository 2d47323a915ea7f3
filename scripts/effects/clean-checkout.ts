/** A checkout of exactly the graded tree, in the state directory: no worktree entry, no config, gone afterwards. */
import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { exitCodes, hasErrorCode, Refusal } from '../core/outcome.ts';
import type { RunGit } from './git.ts';
import type { GradedTree } from './tree.ts';

export interface CleanCheckouts {
  /** Root of the checkout, made on the first call. Throws a Refusal (75) when git cannot write it. */
  readonly checkOut: () => Promise<string>;
  readonly remove: () => void;
}

export interface CheckoutSource {
  readonly git: RunGit;
  readonly tree: GradedTree;
  /** Root of the work tree: its installed packages are linked into the checkout. */
  readonly root: string;
  readonly stateDirectory: string;
}

/** Folders of packages that get their node_modules linked. */
const linkedMax = 500;

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return hasErrorCode(error, 'ESRCH');
  }
}

/** Removes what doctors of this computer left that were killed half-way. */
function sweep(home: string): void {
  const names = existsSync(home) ? readdirSync(home) : [];
  for (const name of names) {
    const [, pid, host] = /^checkout-(\d+)-[0-9a-f]{8}@(.*)$/.exec(name) ?? [];
    if (pid === undefined || host !== hostname() || !isGone(Number(pid))) continue;
    rmSync(path.join(home, name), { recursive: true, force: true });
  }
}

function copyFromDisk({ tree, root }: CheckoutSource, target: string): void {
  for (const file of tree.entries.keys()) {
    if (!tree.has(file)) continue;
    const to = path.join(target, file);
    mkdirSync(path.dirname(to), { recursive: true });
    const from = path.join(root, file);
    if (tree.entries.get(file)?.mode === '120000') symlinkSync(readlinkSync(from), to);
    else copyFileSync(from, to);
  }
}

/** By an index of our own, so that the user's is neither read nor written. */
async function writeFromObjects({ git, tree }: CheckoutSource, directory: string, target: string): Promise<void> {
  const env = { GIT_INDEX_FILE: path.join(directory, 'index'), GIT_LFS_SKIP_SMUDGE: '1' };
  const records = [...tree.entries].filter(([file]) => tree.has(file));
  const input = records.map(([file, { mode, sha }]) => `${mode} ${sha}\t${file}\0`).join('');
  const steps: readonly (readonly [readonly string[], { readonly input?: string }])[] = [
    [['update-index', '-z', '--index-info'], { input }],
    [['checkout-index', '--all', '--force', '--quiet', `--prefix=${target}/`], {}],
  ];
  for (const [args, options] of steps) {
    const asked = await git(args, { ...options, env });
    if (asked.exitCode === 0) continue;
    const problem = `git could not write a clean checkout: ${asked.stderr.trim()}`;
    throw new Refusal({ code: 'tree-unreadable', exitCode: exitCodes.tryLater, problem, remedy: 'git fsck, df -h .' });
  }
}

/** Installed packages are no part of the tree; the checkout uses those of the work tree. */
function linkPackages({ tree, root }: CheckoutSource, target: string): void {
  const folders = [...tree.entries.keys()]
    .filter((file) => path.posix.basename(file) === 'package.json' && tree.has(file))
    .map((file) => path.posix.dirname(file));
  for (const folder of ['.', ...folders.filter((each) => each !== '.')].slice(0, linkedMax)) {
    const installed = path.join(root, folder, 'node_modules');
    const link = path.join(target, folder, 'node_modules');
    if (existsSync(installed) && !existsSync(link)) symlinkSync(installed, link);
  }
}

async function make(source: CheckoutSource, directory: string): Promise<string> {
  const target = path.join(directory, 'tree');
  mkdirSync(target, { recursive: true, mode: 0o700 });
  if (source.tree.kind === 'worktree') copyFromDisk(source, target);
  else await writeFromObjects(source, directory, target);
  linkPackages(source, target);
  return target;
}

/** Opens the place for clean checkouts of one tree; nothing is made before it is asked for. */
export function openCleanCheckouts(source: CheckoutSource): CleanCheckouts {
  const home = path.join(source.stateDirectory, 'deep');
  const directory = path.join(home, `checkout-${process.pid}-${randomUUID().slice(0, 8)}@${hostname()}`);
  let made: Promise<string> | undefined;
  return {
    checkOut: () => {
      if (made === undefined) sweep(home);
      made ??= make(source, directory);
      return made;
    },
    remove: () => {
      if (made !== undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}
