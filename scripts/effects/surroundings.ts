/**
 * What a gate command must leave as it was (promise P6): the settings of the repository that all its worktrees share, and
 * its hooks. Bytes are compared; only hooks are written, when they are put back.
 */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { GitFailed } from '../core/git-failed.ts';
import { hasErrorCode } from '../core/outcome.ts';
import { type ChangedFile, changedKeys, isBookkeeping, parseEntries } from '../core/surroundings.ts';
import type { RunGit } from './git.ts';
import type { Repository } from './repository.ts';

interface Content {
  readonly bytes: Buffer;
  readonly isLink: boolean;
  readonly mode: number;
}

/** Absolute path to content, for each file that is there. */
type Look = ReadonlyMap<string, Content>;

export interface Surroundings {
  /** Files that differ from how they were when this was opened; what was there before is kept under `runs`, and hooks are put back. */
  readonly changes: () => Promise<readonly ChangedFile[]>;
  /** Tracked files of the checkout that were touched since this was opened and are not those of the commit. */
  readonly changedInCheckout: (commit: string) => Promise<readonly string[]>;
}

/** The clock of a file system is read by the tick, and so may be that much late. */
const tickMs = 20;

/** An attribute such as `text` makes git call a file changed that it has just written itself; its change time tells. */
function isTouched(file: string, sinceMs: number): boolean {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat === undefined || stat.ctimeMs > sinceMs - tickMs;
}

/** Hooks are small scripts; more of them than this, or larger ones, are not looked at. */
const filesMax = 128;
const bytesMax = 1024 * 1024;

function contentOf(file: string): Content | null {
  try {
    const stat = statSync(file);
    if (!stat.isFile() || stat.size > bytesMax) return null;
    const isLink = lstatSync(file).isSymbolicLink();
    return { bytes: readFileSync(file), isLink, mode: stat.mode & 0o777 };
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES')) return null;
    throw error;
  }
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .slice(0, filesMax)
      .map((name) => path.join(directory, name));
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

function lookAt(configs: readonly string[], hookFolders: readonly string[]): Look {
  const files = [...configs, ...hookFolders.flatMap(filesIn)];
  return new Map(
    files.flatMap((file) => {
      const content = contentOf(file);
      return content === null ? [] : [[file, content] as const];
    }),
  );
}

function isSame(a: Content | undefined, b: Content | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.mode === b.mode && a.bytes.equals(b.bytes);
}

/** Makes a hook what it was before, if nobody has changed it since it was looked at. Returns whether it is. */
function putBack(file: string, before: Content | undefined, now: Content | undefined): boolean {
  if (before?.isLink === true || now?.isLink === true || !isSame(contentOf(file) ?? undefined, now)) return false;
  const temp = `${file}.${process.pid}.tmp`;
  try {
    if (before === undefined) rmSync(file, { force: true });
    else {
      writeFileSync(temp, before.bytes, { flag: 'wx' });
      chmodSync(temp, before.mode);
      renameSync(temp, file);
    }
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return false;
  }
}

/** The entries of a configuration file; null when git cannot read it. No file has none. */
async function entriesOf(runGit: RunGit, file: string | null) {
  if (file === null) return parseEntries('');
  const end = await runGit(['config', '--file', file, '--no-includes', '--list', '-z']);
  return end.exitCode === 0 ? parseEntries(end.stdout) : null;
}

/**
 * Remembers the surroundings of a checkout as they are now; `keepAt` is a path in the state directory that no other run
 * uses.
 */
export async function openSurroundings(
  { root, commonDirectory, gitDirectory }: Repository,
  runGit: RunGit,
  checkout: string,
  keepAt: string,
): Promise<Surroundings> {
  const openedMs = Date.now();
  const configs = [
    path.join(commonDirectory, 'config'),
    ...new Set([commonDirectory, gitDirectory].map((folder) => path.join(folder, 'config.worktree'))),
  ];
  const asked = await entriesOf(runGit, configs[0] ?? null);
  const hooksPath = asked?.get('core.hookspath')?.at(-1);
  const own = hooksPath === undefined ? [] : [path.resolve(root, hooksPath)];
  const hookFolders = [...new Set([path.join(commonDirectory, 'hooks'), ...own])];
  const before = lookAt(configs, hookFolders);

  function keep(file: string, { bytes, mode }: Content, what = configs.includes(file) ? '' : 'hook-'): string {
    mkdirSync(keepAt, { recursive: true, mode: 0o700 });
    const kept = path.join(keepAt, `${what}${path.basename(file)}`);
    // The mode is part of what is put back: a hook that cannot be executed does not run.
    writeFileSync(kept, bytes, { mode });
    return kept;
  }

  /** Hooks run behind everybody's back, so they do not stay as a gate has left them; that version is kept too. */
  function describeHook(file: string, name: string, kept: string | null, now: Content | undefined): ChangedFile {
    const gateCopy = now === undefined ? null : keep(file, now, 'gate-hook-');
    return { file, name, kept, keys: [], unreadable: false, isBack: putBack(file, before.get(file), now), gateCopy };
  }

  async function describe(file: string, now: Content | undefined): Promise<ChangedFile | null> {
    const content = before.get(file);
    const kept = content === undefined ? null : keep(file, content);
    const name = path.relative(root, file);
    if (!configs.includes(file)) return describeHook(file, name, kept, now);
    const old = await entriesOf(runGit, kept);
    const fresh = await entriesOf(runGit, contentOf(file) === null ? null : file);
    const keys = old === null || fresh === null ? [] : changedKeys(old, fresh);
    return isBookkeeping(keys)
      ? null
      : { file, name, kept, keys, unreadable: fresh === null, isBack: false, gateCopy: null };
  }

  async function changes(): Promise<readonly ChangedFile[]> {
    const now = lookAt(configs, hookFolders);
    const files = [...new Set([...before.keys(), ...now.keys()])];
    const changed: ChangedFile[] = [];
    for (const file of files.filter((each) => !isSame(before.get(each), now.get(each)))) {
      const described = await describe(file, now.get(file));
      if (described !== null) changed.push(described);
    }
    return changed;
  }

  async function changedInCheckout(commit: string): Promise<readonly string[]> {
    const options = ['--name-only', '-z', '--no-renames', '--no-ext-diff', '--ignore-submodules=all'];
    const args = ['diff', ...options, commit, '--'];
    const { exitCode, signal, stdout, stderr, spawnError = null } = await runGit(args, { cwd: checkout });
    if (exitCode !== 0) throw new GitFailed(args, { exitCode, signal, text: stderr }, spawnError);
    const names = stdout.split('\0').filter((name) => name !== '');
    return names.filter((name) => isTouched(path.join(checkout, name), openedMs));
  }
  return { changes, changedInCheckout };
}
