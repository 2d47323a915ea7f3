/** One run of auto-promote in a world, in a process group of its own, and who of it is still alive. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { executeDirectly } from '../effects/process.ts';
import { parseDocument } from '../effects/schema.ts';
import type { PromotionReport } from '../report/promotion.ts';
import type { Point, SystemCall } from './points.ts';
import type { StandIns } from './stand-ins.ts';
import { branch, type CrashWorld, crashEnvironment, gitIn } from './world.ts';

/** What is the same for all runs of a matrix. */
export interface Bench {
  /** Root of the program under test, compiled. */
  readonly program: string;
  readonly standIns: StandIns;
  readonly realGit: string;
  readonly serverPath: string;
}

export interface RunEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** null when it printed no valid report. */
  readonly report: PromotionReport | null;
  readonly output: string;
}

/** What the git that stands in does: nothing, count, or the deed of a point. */
export type Deed = 'nothing' | 'count' | Point;

/** What strace is told to do with a call. */
function injectionOf({ fault, nth }: SystemCall): string {
  return `${fault === 'KILL' ? 'signal=KILL' : `error=${fault}`}:when=${nth}`;
}

/** What goes before the command line of a run: a tracer, where a system call of our own process is meant. */
export function wrapOf(world: CrashWorld, { at, call }: Point): readonly string[] {
  if (call === null || at !== 0) return [];
  const { name } = call;
  const [file, inject] = [path.join(world.notes, 'strace'), `inject=${name}:${injectionOf(call)}`];
  return ['strace', '-qq', '-y', '-e', `trace=${name}`, '-e', inject, '-o', file];
}

function deedEnvironment(deed: Deed): NodeJS.ProcessEnv {
  if (deed === 'nothing') return {};
  if (deed === 'count') return { CRASH_AT: 'count' };
  const { at, moment, victim, fill, call } = deed;
  // Our own process is traced from outside; the git that stands in has nothing to do.
  if (call !== null && at === 0) return {};
  if (call !== null) return { CRASH_AT: String(at), CRASH_CALLS: call.name, CRASH_INJECT: injectionOf(call) };
  return { CRASH_AT: String(at), CRASH_MOMENT: moment, CRASH_VICTIM: victim, CRASH_FILL: String(fill) };
}

/** The environment of a run; its name marks every process that comes of it. */
export function runEnvironment(bench: Bench, world: CrashWorld, name: string, deed: Deed): NodeJS.ProcessEnv {
  const env = crashEnvironment();
  const front = deed === 'nothing' ? '' : `${bench.standIns.folder}${path.delimiter}`;
  return {
    ...env,
    ...deedEnvironment(deed),
    PATH: `${front}${env.PATH ?? ''}`,
    GIT_SSH_COMMAND: bench.standIns.ssh,
    GIT_SSH_VARIANT: 'simple',
    CRASH_POINT: name,
    CRASH_WORLD: world.directory,
    CRASH_NOTES: world.notes,
    CRASH_STATE: world.state,
    CRASH_TESTED: path.join(world.notes, 'tested'),
    CRASH_RIVAL: path.join(world.directory, 'rival.sh'),
    CRASH_GIT: bench.realGit,
    CRASH_SERVER_PATH: bench.serverPath,
  };
}

/** Far more than a run takes, on a machine that is busy with something else. */
const runMaxMs = 180_000;

/** The command line of a run. */
export function promoteCommand(bench: Bench, world: CrashWorld): readonly string[] {
  const program = path.join(bench.program, 'dist', 'auto-promote.cjs');
  return [process.execPath, program, '-C', world.clone, '--branch', branch, '--json'];
}

function reportOf(stdout: string): PromotionReport | null {
  const parsed = parseDocument<PromotionReport>('auto-promote-output', stdout, 'stdout');
  return parsed.ok ? parsed.value : null;
}

/** Runs auto-promote to its end, however it comes. `wrap` goes before its command line, such as a tracer. */
export function promote(
  bench: Bench,
  world: CrashWorld,
  env: NodeJS.ProcessEnv,
  wrap: readonly string[] = [],
): Promise<RunEnd> {
  const [program = '', ...args] = [...wrap, ...promoteCommand(bench, world)];
  const child = spawn(program, args, { cwd: world.clone, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  writeFileSync(path.join(world.notes, 'pid'), String(child.pid));
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => child.kill('SIGKILL'), runMaxMs);
    child.on('error', reject);
    child.on('exit', (exitCode, signal) => {
      clearTimeout(limit);
      // Not "close": an orphan may hold the pipes. What was written before the exit is there in the next turn.
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolve({ exitCode, signal, report: reportOf(stdout), output: `${stdout}${stderr}` });
      }, 10);
    });
  });
}

/** What a person does who is asked to: `clear promote`. */
export async function clear(bench: Bench, world: CrashWorld): Promise<void> {
  const program = path.join(bench.program, 'dist', 'clear.cjs');
  const argv = [process.execPath, program, 'promote', '--why', 'there is room again', '-C', world.clone] as const;
  const end = await executeDirectly({ argv: [argv[0], ...argv.slice(1)], cwd: world.clone, env: crashEnvironment() });
  if (end.exitCode !== 0) throw new Error(`clear did not work: ${end.stdout}${end.stderr}`);
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return ''; // It has gone meanwhile, or is somebody else's.
  }
}

/** Pids of living processes of the runs of these names, here and on their servers. */
function livingOf(names: readonly string[]): readonly number[] {
  const marks = names.flatMap((name) => [`CRASH_POINT=${name}`, `CRASH_SERVER=${name}`]);
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      const environment = environmentOf(pid);
      return marks.some((mark) => environment.includes(mark));
    })
    .map(Number);
}

const pollMs = 15;

/** Waits until nobody of these runs is alive, at most `maxMs`; returns who still is. */
export async function settled(names: readonly string[], maxMs: number): Promise<readonly number[]> {
  const startedMs = performance.now();
  for (;;) {
    const living = livingOf(names);
    if (living.length === 0 || performance.now() - startedMs > maxMs) return living;
    await sleep(pollMs);
  }
}

/** Where the server finds its git programs: git's own folder of them first. */
export function serverPathOf(realGit: string): string {
  return `${gitIn('/', '--exec-path')}${path.delimiter}${path.dirname(realGit)}${path.delimiter}/usr/bin:/bin`;
}
