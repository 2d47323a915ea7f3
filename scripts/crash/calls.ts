/** System calls that change something, of our process and of every git that does: learnt from a traced run. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { commandsOf, type Stage } from './play.ts';
import { type CallFault, faults, type GitCommand, type Point } from './points.ts';
import { type Bench, promote, runEnvironment } from './run.ts';
import { type CrashWorld, copyWorld, noteOf } from './world.ts';

/** Calls that need room on the disk: only they can meet a full one. */
const allocating = [
  'openat',
  'write',
  'pwrite64',
  'mkdir',
  'mkdirat',
  'rename',
  'renameat2',
  'link',
  'linkat',
  'symlink',
];

const changing = [
  ...allocating,
  ...['renameat', 'unlink', 'unlinkat', 'rmdir', 'symlinkat', 'fsync', 'fdatasync', 'ftruncate', 'chmod', 'fchmod'],
];

/** Names that the kernel of this machine may not have are marked for strace. */
const traced = changing.map((name) => `?${name}`).join(',');

/** Why system calls cannot be swept here; null when they can. */
export function whyNoCalls(): string | null {
  const probe = spawnSync('strace', ['-qq', '-e', 'trace=unlink', '-e', 'inject=unlink:error=EIO:when=1', 'true']);
  if (probe.error !== undefined) return 'strace is not installed';
  return probe.status === 0 ? null : `strace may not trace here: ${probe.stderr.toString('utf8').trim()}`;
}

interface Call {
  readonly name: string;
  readonly nth: number;
  readonly line: string;
}

/** The calls of a trace, each with its number among those of its name in its process. */
export function callsOf(trace: string): readonly Call[] {
  const counts = new Map<string, number>();
  return trace.split('\n').flatMap((text) => {
    // With -f each line begins with the pid; a resumed call has been told already.
    const found = /^(\d+ +)?([a-z0-9_]+)\((.*)$/.exec(text);
    const [, pid = '', name = '', line = ''] = found ?? [];
    if (name === '') return [];
    const nth = (counts.get(pid + name) ?? 0) + 1;
    counts.set(pid + name, nth);
    return [{ name, nth, line }];
  });
}

/** Whether a call changes the world: files opened to be written, and bytes that go into a file of the world. */
function changesWorld({ name, line }: Call, world: CrashWorld): boolean {
  if (name === 'openat') return /O_(WRONLY|RDWR|CREAT)/.test(line) && !line.includes('/dev/');
  if (name === 'write' || name === 'pwrite64')
    return /^\d+<([^>]*)>/.exec(line)?.[1]?.startsWith(world.directory) === true;
  return true;
}

function pointsOfTrace(base: Omit<Point, 'call'>, trace: string, world: CrashWorld): readonly Point[] {
  const calls = callsOf(trace).filter((call) => changesWorld(call, world));
  // Helpers of one git are counted each for itself: the same number is one point.
  const distinct = new Map(calls.map((call) => [`${call.name} ${call.nth}`, call]));
  const fits = (fault: CallFault, name: string) => fault !== 'ENOSPC' || allocating.includes(name);
  const shown = (line: string) => line.replaceAll(`${world.directory}/`, '').slice(0, 100);
  return [...distinct.values()].flatMap(({ name, nth, line }) =>
    faults
      .filter((fault) => fits(fault, name))
      .map((fault) => ({
        ...base,
        words: `${base.words.split(' ').slice(0, 2).join(' ')} ${name}(${shown(line)}`,
        call: { name, nth, fault },
      })),
  );
}

/**
 * Files of our state that were put in their place before their bytes were on the disk, or whose folder was not told to
 * keep the new name: SIGKILL cannot show it, a power cut would (fact 9). The doctor's cache may be lost.
 */
export function unsyncedRenames(trace: string): readonly string[] {
  const calls = callsOf(trace);
  return calls.flatMap(({ name, line }, index) => {
    const [, from = '', to = ''] = (name.startsWith('rename') && /"([^"]+)"[^"]*"([^"]+)"/.exec(line)) || [];
    if (from === '' || /\/cache\//.test(to)) return [];
    const synced = (file: string) => (call: Call) => call.name === 'fsync' && call.line.includes(`<${file}>)`);
    const before = calls.slice(0, index).some(synced(from));
    const after = calls.slice(index).some(synced(path.dirname(to)));
    return before && after ? [] : [`${path.basename(to)}: ${before ? 'its folder' : 'its content'} was not synced`];
  });
}

/** What our process did in a clean run, as strace told it, with the world it did it in. */
export interface TracedRun {
  readonly world: CrashWorld;
  readonly trace: string;
}

/** A clean run in which our process and every git are traced. Throws when it does not promote. */
export async function traceRun(bench: Bench, stage: Stage, directory: string): Promise<TracedRun> {
  const world = copyWorld(stage.template, path.join(directory, `calls-${stage.strategy}`));
  const env = { ...runEnvironment(bench, world, `${world.directory}.calls.`, 'count'), CRASH_CALLS: traced };
  const ours = path.join(world.notes, 'ours.calls');
  const end = await promote(bench, world, env, ['strace', '-qq', '-y', '-e', `trace=${traced}`, '-o', ours]);
  if (end.report?.outcome !== 'promoted') throw new Error(`a traced run does not promote: ${end.output}`);
  return { world, trace: noteOf(world, 'ours.calls') ?? '' };
}

/** Every point of system calls of a strategy: first our process, then every git that changes something. */
export function callPointsOf({ strategy }: Stage, { world, trace }: TracedRun): readonly Point[] {
  const base = { strategy, moment: 'during', line: 0, fill: 0, lockHeld: false } as const;
  const own = { ...base, at: 0, phase: 'our process', words: '', victim: 'ours' } as const;
  const gits = commandsOf(world).filter(({ isAct }) => isAct);
  const ofGit = ({ at, phase, words }: GitCommand) =>
    pointsOfTrace({ ...base, at, phase, words, victim: 'git' }, noteOf(world, `${at}.calls`) ?? '', world);
  return [...pointsOfTrace(own, trace, world), ...gits.flatMap(ofGit)];
}
