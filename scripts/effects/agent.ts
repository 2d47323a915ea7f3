/**
 * Long children: the agent and the QA commands. Their output is streamed and never kept whole (fact 21), their time is
 * limited, and their whole process tree is gone afterwards.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { type ByteTail, byteTail } from '../core/byte-tail.ts';
import { secretValues, withoutSecrets } from '../core/secrets.ts';
import { openChildLog } from './child-log.ts';
import { openChildPipes, type TakeOutput } from './child-pipes.ts';
import { withoutLocalGit } from './git.ts';
import { processStat } from './process-stat.ts';
import { childMarker, reapTree, signalGroup, type Traces } from './process-tree.ts';

export interface ChildRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Value of the marker variable: `<run id>/<number>`, unique. */
  readonly marker: string;
  readonly input?: string;
  readonly timeoutMs: number;
  /** Stop after so long without output; 0 or absent: never. */
  readonly idleTimeoutMs?: number;
  /**
   * Takes output as it comes; the bytes are its own until it returns, or until a promise that it returns is kept. As long
   * as that one is pending the child waits, and is not called idle.
   */
  readonly onOutput?: (chunk: Buffer, stream: 'stdout' | 'stderr') => Promise<void> | undefined;
  /** All output goes here too, bounded and without secrets. */
  readonly logFile?: string;
  readonly signal?: AbortSignal;
  /** Real path of a directory that nobody else works in: by it, processes that shed everything else are found. */
  readonly ownDirectory?: string;
}

export interface ChildEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Node's code when it could not be started, such as ENOENT. */
  readonly spawnError: string | null;
  readonly stoppedBy: 'timeout' | 'idle' | 'interrupt' | null;
  /** End of stderr, and of all output: decoded, bounded, without secrets, since both are kept and passed on. */
  readonly stderrTail: string;
  readonly outputTail: string;
  /** Processes that were still there when the child had ended. */
  readonly reaped: number;
}

const tailMax = 64 * 1024;

/** Time between SIGTERM and SIGKILL. */
const graceMs = 5000;

/** `npm run --silent loop` sets it for everything below: an npm of the gate would fail without a word. */
const loudness = 'npm_config_loglevel';

/** Environment of a long child: of no other repository, of no other run, marked. */
export function childEnvironment(env: NodeJS.ProcessEnv, marker: string, extra: Readonly<Record<string, string>> = {}) {
  const inherited = Object.entries(withoutLocalGit(env));
  const clean = inherited.filter(([name]) => !name.startsWith('LOOPBREAKER_') && name.toLowerCase() !== loudness);
  return { ...Object.fromEntries(clean), ...extra, [childMarker]: marker };
}

type StopReason = NonNullable<ChildEnd['stoppedBy']>;

/** Watches the limits of a child; `stop` ends it once, gently first. */
function watch(child: ChildProcess, request: ChildRequest) {
  let stoppedBy: StopReason | null = null;
  let finished = false;
  const timers = new Set<NodeJS.Timeout>();
  const end = (signal: NodeJS.Signals) => {
    if (child.pid !== undefined) signalGroup(child.pid, signal);
  };
  const stop = (reason: StopReason) => {
    if (stoppedBy !== null) return;
    stoppedBy = reason;
    end('SIGTERM');
    timers.add(setTimeout(() => end('SIGKILL'), graceMs));
  };
  const total = setTimeout(() => stop('timeout'), request.timeoutMs);
  timers.add(total);
  const idleMs = request.idleTimeoutMs ?? 0;
  let idle: NodeJS.Timeout | null = null;
  const watchIdleness = () => {
    if (idleMs > 0) idle = setTimeout(() => stop('idle'), idleMs);
  };
  watchIdleness();
  const onAbort = () => stop('interrupt');
  if (request.signal?.aborted === true) onAbort();
  request.signal?.addEventListener('abort', onAbort, { once: true });
  let waiting = 0;
  return {
    alive: () => idle?.refresh(),
    isSuspended: () => waiting > 0,
    /** While the reader of our own output is slow, the child cannot print: that is no idleness. */
    suspend: () => {
      waiting += 1;
      clearTimeout(idle ?? undefined);
      idle = null;
    },
    resume: () => {
      waiting -= 1;
      if (waiting === 0 && !finished) watchIdleness();
    },
    done: () => {
      finished = true;
      clearTimeout(idle ?? undefined);
      for (const timer of timers) clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
      return stoppedBy;
    },
  };
}

function tracesOf({ pid }: ChildProcess, { ownDirectory }: ChildRequest): Traces {
  const startTime = pid === undefined ? null : (processStat(pid)?.startTime ?? null);
  return { session: pid ?? null, startTime, directory: ownDirectory ?? null };
}

/** Runs a long child to its end. */
export type RunChild = (request: ChildRequest) => Promise<ChildEnd>;

/** Runs a long child to its end and reaps its tree; however the child ends is an answer. Throws if the log cannot be opened. */
export function runChild(request: ChildRequest): Promise<ChildEnd> {
  const secrets = secretValues(request.env);
  const log = request.logFile === undefined ? null : openChildLog(request.logFile, secrets);
  const [program = '', ...args] = request.argv;
  const env = { ...request.env, [childMarker]: request.marker };
  const stderr = byteTail(tailMax);
  const output = byteTail(tailMax);
  const take =
    (name: 'stdout' | 'stderr'): TakeOutput =>
    (chunk, stream) => {
      limits.alive();
      if (name === 'stderr') stderr.push(chunk);
      output.push(chunk);
      log?.push(chunk);
      const taken = request.onOutput?.(chunk, name);
      if (taken === undefined) return;
      stream.pause();
      limits.suspend();
      void taken.finally(() => {
        limits.resume();
        stream.resume();
      });
    };
  const pipes = openChildPipes(take('stdout'), take('stderr'));
  const child = spawn(program, args, { cwd: request.cwd, env, detached: true, stdio: ['pipe', ...pipes.stdio] });
  // Asked at once: a child that has ended and been waited for has no start any more.
  const traces = tracesOf(child, request);
  const limits = watch(child, request);
  // A second Ctrl-C ends this process at once: nothing that it has started may outlive it.
  const endAtOnce = () => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    reapTree(request.marker, traces);
  };
  process.once('exit', endAtOnce);
  const streams = pipes.begin(child);
  const allRead = Promise.all(streams.map((stream) => new Promise((resolve) => stream.on('close', resolve))));
  // A child that ends without reading its input closes the pipe; how it ended is told by its exit.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(request.input ?? '');
  return new Promise((resolve) => {
    let ended: { exitCode: number | null; signal: NodeJS.Signals | null } = { exitCode: null, signal: null };
    let reaped = 0;
    let late: NodeJS.Timeout | undefined;
    let finished = false;
    // A program that cannot be started is told twice: by "error" and by "close".
    const finish = (spawnError: string | null) => {
      if (finished) return;
      finished = true;
      clearTimeout(late);
      process.off('exit', endAtOnce);
      const stoppedBy = limits.done();
      log?.end();
      const kept = (tail: ByteTail) => withoutSecrets(tail.text(), secrets);
      resolve({ ...ended, spawnError, stoppedBy, reaped, stderrTail: kept(stderr), outputTail: kept(output) });
    };
    child.on('error', (error) => finish('code' in error ? String(error.code) : error.message));
    // What the child left behind is ended at its exit, or its pipes would keep us waiting for "close".
    child.on('exit', (exitCode, signal) => {
      ended = { exitCode, signal };
      limits.done();
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      reaped = reapTree(request.marker, traces);
      // A process that shed its marker may still hold the pipes open: nobody waits for it. But what the child has said is
      // waited for, while whoever reads our own output takes his time.
      const leave = () => {
        if (limits.isSuspended() && request.signal?.aborted !== true) late = setTimeout(leave, graceMs);
        else for (const stream of streams) stream.destroy();
      };
      late = setTimeout(leave, graceMs);
    });
    child.on('close', () => void allRead.then(() => finish(null)));
  });
}
