/** Lock files of git that bear on one worktree, how old they are, and whether a living git can be holding them (fact 8). */
import { type Dirent, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { hasErrorCode } from '../core/outcome.ts';
import { processStat } from './process-stat.ts';

export interface LockFile {
  /** Absolute. */
  readonly path: string;
  readonly ageMs: number;
}

/** `unknown`: this system does not show its processes, or not all of them. */
export type GitAtWork = 'yes' | 'no' | 'unknown';

/** Entries that are looked at below refs; a repository with more loose refs than this is searched in part. */
const entriesMax = 20_000;

function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** Lock files right in a directory, absolute. */
export function lockNames(directory: string): readonly string[] {
  return entriesOf(directory)
    .filter((entry) => entry.isFile() && entry.name.endsWith('.lock'))
    .map((entry) => path.join(directory, entry.name));
}

/** Lock files anywhere below a directory, absolute. */
export function lockNamesBelow(directory: string): readonly string[] {
  const folders = [directory];
  const found: string[] = [];
  let seen = 0;
  for (const folder of folders) {
    for (const entry of entriesOf(folder)) {
      seen += 1;
      if (seen > entriesMax) return found;
      if (entry.isDirectory()) folders.push(path.join(folder, entry.name));
      else if (entry.name.endsWith('.lock')) found.push(path.join(folder, entry.name));
    }
  }
  return found;
}

/** The worktree's own locks and the shared ones; index and HEAD of other worktrees are theirs. */
function lockPaths(gitDirectory: string, commonDirectory: string): readonly string[] {
  const shared = lockNames(commonDirectory);
  const isOfMain = (file: string): boolean => /^(index|.*HEAD)\.lock$/.test(path.basename(file));
  const own =
    gitDirectory === commonDirectory
      ? shared
      : [...lockNames(gitDirectory), ...shared.filter((file) => !isOfMain(file))];
  return [...own, ...lockNamesBelow(path.join(commonDirectory, 'refs'))];
}

/** Git's lock files here, with their age by the clock `nowMs`; one that goes while we look is not one. */
export function listLockFiles(gitDirectory: string, commonDirectory: string, nowMs: number): readonly LockFile[] {
  return lockPaths(gitDirectory, commonDirectory).flatMap((file) => {
    const stat = lstatSync(file, { throwIfNoEntry: false });
    return stat === undefined ? [] : [{ path: file, ageMs: nowMs - stat.mtimeMs }];
  });
}

function readProcess(pid: string, name: 'cmdline' | 'comm' | 'environ'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return undefined; // It has gone, or belongs to somebody else: the caller says what that means.
  }
}

/** Servers that live long and write no lock of the index, of refs or of config. */
const harmless = /fsmonitor--daemon|credential-cache--daemon|cat-file|upload-pack|check-ignore|\bdaemon\b/;

/** Where a process works; null when it has ended meanwhile, undefined when it is not ours to see. */
function workingDirectory(pid: string): string | null | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch (error) {
    return hasErrorCode(error, 'ENOENT', 'ESRCH') ? null : undefined;
  }
}

/** Generations between this process and a git that it has started: a hook, a shell, git's own child. */
const generationsMax = 8;

/** The doctor's own questions to git, asked at the same time by other checks, hold nothing. */
function isOwnChild(pid: string): boolean {
  let at = pid;
  for (let generation = 0; generation < generationsMax; generation += 1) {
    const parent = processStat(at)?.parent ?? 0;
    if (parent === 0) return false;
    if (parent === process.pid) return true;
    at = String(parent);
  }
  return false;
}

function isGitIn(pid: string, places: readonly string[]): GitAtWork {
  if (readProcess(pid, 'comm')?.startsWith('git') !== true) return 'no';
  const command = readProcess(pid, 'cmdline');
  if (command === undefined || command === '' || harmless.test(command) || isOwnChild(pid)) return 'no';
  const directory = workingDirectory(pid);
  const environment = readProcess(pid, 'environ');
  if (directory === null) return 'no';
  // It may have ended between the two questions.
  if (directory === undefined || environment === undefined) return workingDirectory(pid) === null ? 'no' : 'unknown';
  const named = [directory, ...environment.split('\0').filter((entry) => entry.startsWith('GIT_DIR='))].join('\0');
  return places.some((place) => named.includes(place) || command.includes(place)) ? 'yes' : 'no';
}

/** Whether any git works in one of these places: by working directory, GIT_DIR or arguments. Linux only, else unknown. */
export function gitAtWork(places: readonly string[]): GitAtWork {
  let processes: readonly string[];
  try {
    processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return 'unknown'; // No /proc on this platform.
  }
  if (processes.length === 0) return 'unknown';
  const answers = processes.map((pid) => isGitIn(pid, places));
  return answers.find((answer) => answer === 'yes') ?? answers.find((answer) => answer === 'unknown') ?? 'no';
}
