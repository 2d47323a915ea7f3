/**
 * A disk that fills up: commands run with so many pages left on the volume of the state directory, or of the whole
 * clone. What was there stays whole, the exit code says what kind of trouble it is, and with space all goes on.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { makeSandbox, type Sandbox } from '../demo/sandbox.ts';
import type { ProcessResult } from '../effects/process.ts';
import type { Program } from '../effects/program.ts';

export type Volume = 'state' | 'clone';

export interface DiskRun {
  readonly freeBytes: number;
  readonly command: 'auto-promote' | 'loop';
  readonly exitCode: number | null;
  /** The sentence that was said, or what is wrong with how it ended. */
  readonly said: string;
  readonly faults: readonly string[];
}

const pageBytes = 4096;

/** Free space grows from run to run by so much: state files are of a page, a checkout takes hundreds. */
const steps: Readonly<Record<Volume, number>> = { state: pageBytes, clone: 20 * pageBytes };
const volumeMiB: Readonly<Record<Volume, number>> = { state: 4, clone: 64 };

/** Mounts a tmpfs over an empty folder; why it cannot be, or null. */
function mountAt(folder: string, mebibytes: number): string | null {
  const ended = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder], { encoding: 'utf8' });
  if (ended.error !== undefined) return ended.error.message;
  return ended.status === 0 ? null : ended.stderr.trim();
}

/** Why no volume can be mounted here, or null. */
export function whyNoVolume(folder: string): string | null {
  const probe = path.join(folder, 'probe');
  mkdirSync(probe);
  const why = mountAt(probe, 1);
  if (why === null) spawnSync('umount', [probe]);
  return why;
}

/** Puts a folder with all it holds on a volume of its own. */
function moveToVolume(folder: string, mebibytes: number): void {
  const before = `${folder}.before`;
  renameSync(folder, before);
  mkdirSync(folder);
  const why = mountAt(folder, mebibytes);
  if (why !== null) throw new Error(`no volume could be mounted: ${why}`);
  const copied = spawnSync('cp', ['-a', `${before}/.`, folder]);
  if (copied.status !== 0) throw new Error(`cp failed: ${copied.stderr}`);
  rmSync(before, { recursive: true });
}

/** Fills the volume up to so many free bytes. */
function fill(folder: string, freeBytes: number): () => void {
  // Not in the work tree of a clone: what is not committed there is no claim.
  const git = path.join(folder, '.git');
  const filler = path.join(existsSync(git) ? git : folder, 'filler');
  const { bavail, bsize } = statfsSync(folder);
  const blocks = Math.max(0, bavail - freeBytes / bsize);
  writeFileSync(filler, Buffer.alloc(blocks * bsize));
  return () => rmSync(filler, { force: true });
}

const stateOf = (sandbox: Sandbox): string => path.join(sandbox.clone, '.git', 'loopbreaker');

/** Files of ours that are not whole. */
function halfWritten(sandbox: Sandbox): readonly string[] {
  const names = readdirSync(stateOf(sandbox), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.json') || name.endsWith('.tmp'))
    .filter((name) => {
      try {
        JSON.parse(readFileSync(path.join(stateOf(sandbox), name), 'utf8'));
        return name.endsWith('.tmp');
      } catch {
        return true; // Torn: that is the answer.
      }
    });
}

function faultsOf(end: ProcessResult, sandbox: Sandbox, revisionBefore: number): readonly string[] {
  const faults: string[] = [];
  if (![0, 75, 78].includes(end.exitCode ?? -1)) faults.push(`exit ${end.exitCode ?? end.signal}`);
  if (/^ {4}at .*:\d+/m.test(end.stderr)) faults.push('a stack trace');
  faults.push(...halfWritten(sandbox).map((name) => `${name} is not whole`));
  if (revisionOf(sandbox) < revisionBefore) faults.push('the controller went back');
  return faults;
}

function revisionOf(sandbox: Sandbox): number {
  const { revision } = JSON.parse(readFileSync(path.join(stateOf(sandbox), 'controller.json'), 'utf8'));
  return Number(revision);
}

function saying({ stdout, stderr }: ProcessResult): string {
  const lines = `${stderr}\n${stdout}`.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => /why:|could not be written|No space|promoted/.test(line)) ??
    lines.find(Boolean) ??
    ''
  ).slice(0, 110);
}

/** With space again, what is waiting is promoted: that there is room is noticed without a person. */
async function goesOn(sandbox: Sandbox): Promise<string | null> {
  const end = await sandbox.loopbreaker('auto-promote', '--branch', 'agent/work');
  if (end.exitCode !== 0) return `does not go on: ${saying(end)}`;
  const [here, there] = [await sandbox.git('rev-parse', 'agent/work'), await sandbox.remoteGit('rev-parse', 'main')];
  return here === there ? null : 'says that it landed, and it has not';
}

async function runWith(sandbox: Sandbox, folder: string, index: number, freeBytes: number): Promise<DiskRun> {
  const command = index % 2 === 0 ? 'auto-promote' : 'loop';
  const lines = [`echo ${index} > work-${index}.txt`, `git add work-${index}.txt`, `git commit -q -m work-${index}`];
  if (command === 'loop') sandbox.plan([{ run: lines, claim: true }]);
  else spawnSync('sh', ['-ec', lines.join('\n')], { cwd: sandbox.clone, env: sandbox.env });
  const before = revisionOf(sandbox);
  const empty = fill(folder, freeBytes);
  const args = command === 'loop' ? ['loop', '--max-iterations', '1'] : ['auto-promote', '--branch', 'agent/work'];
  const end = await sandbox.loopbreaker(...args);
  const faults = faultsOf(end, sandbox, before);
  empty();
  const stuck = await goesOn(sandbox);
  return {
    freeBytes,
    command,
    exitCode: end.exitCode,
    said: saying(end),
    faults: [...faults, ...(stuck === null ? [] : [stuck])],
  };
}

/** Runs commands with each of the numbers of steps free; a volume is mounted, which takes root. */
export async function fillDisk(
  volume: Volume,
  sizes: readonly number[],
  program?: Program,
): Promise<readonly DiskRun[]> {
  const sandbox = await makeSandbox({}, program);
  const folder = volume === 'state' ? stateOf(sandbox) : sandbox.clone;
  const runs: DiskRun[] = [];
  try {
    // Old state, which must stay: one promotion has been.
    await sandbox.loopbreaker('auto-promote', '--branch', 'agent/work');
    moveToVolume(folder, volumeMiB[volume]);
    for (const [index, size] of sizes.entries()) runs.push(await runWith(sandbox, folder, index, size * steps[volume]));
  } finally {
    spawnSync('umount', [folder]);
    sandbox.dispose();
  }
  return runs;
}
