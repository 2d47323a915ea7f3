/** One short child process with captured output: how git and small probes are run. Agents and QA use agent.ts. */
import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process';

export interface ProcessRequest {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly input?: string | undefined;
  readonly timeoutMs?: number | undefined;
  /** Descriptors that the child inherits as 3, 4, …; nothing else is inherited. */
  readonly inherit?: readonly number[] | undefined;
}

export interface ProcessResult {
  /** null when a signal ended it or it could not be started. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Node's code when the program could not be started at all, such as ENOENT; ETIMEDOUT when its time was over. */
  readonly spawnError?: string;
}

/** `spawnError` of a child that was ended because its time was over. */
export const timedOut = 'ETIMEDOUT';

/** Runs a child to its end; never throws for what the child does. */
export type Execute = (request: ProcessRequest) => Promise<ProcessResult>;

/** After SIGTERM a child has so long to put its lock files away (fact 8). */
const graceMs = 2000;

/** Ends a child that takes too long, even one that ignores SIGTERM or whose own child keeps the pipes open. */
function endAfter(
  child: ChildProcess,
  timeoutMs: number,
): { readonly stop: () => void; readonly isOver: () => boolean } {
  let over = false;
  const kill = () => {
    child.kill('SIGKILL');
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  let timer = setTimeout(() => {
    over = true;
    child.kill('SIGTERM');
    timer = setTimeout(kill, graceMs);
  }, timeoutMs);
  return { stop: () => clearTimeout(timer), isOver: () => over };
}

/** Execute by node:child_process, no shell. Output is kept whole, so only for programs whose output is bounded. */
export const executeDirectly: Execute = (request) =>
  new Promise((resolve) => {
    const [program, ...args] = request.argv;
    const stdio: StdioOptions = [
      request.input === undefined ? 'ignore' : 'pipe',
      'pipe',
      'pipe',
      ...(request.inherit ?? []),
    ];
    // A group of its own: Ctrl-C is ours to answer, and nothing can ask a question on the terminal.
    const child = spawn(program, args, { cwd: request.cwd, env: request.env, stdio, detached: true });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    const limit = request.timeoutMs === undefined ? null : endAfter(child, request.timeoutMs);
    const end = (exitCode: number | null, signal: NodeJS.Signals | null, spawnError?: string) => {
      limit?.stop();
      const texts = { stdout: Buffer.concat(stdout).toString('utf8'), stderr: Buffer.concat(stderr).toString('utf8') };
      resolve({ exitCode, signal, ...texts, ...(spawnError === undefined ? {} : { spawnError }) });
    };
    child.on('error', (error) => end(null, null, 'code' in error ? String(error.code) : error.message));
    child.on('close', (exitCode, signal) => end(exitCode, signal, limit?.isOver() === true ? timedOut : undefined));
    // A child that ends without reading its input closes the pipe; its exit code tells the story.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(request.input ?? '');
  });

/** What a child may print that is waited for; one that prints more is ended. */
const waitedBytesMax = 1024 * 1024;

/**
 * The same, and everything of ours waits until it is over: for a child of milliseconds that nothing else could run beside,
 * without the streams and events, which take Node longer to make than git takes to answer.
 */
export const executeAtOnce: Execute = ({ argv: [program, ...args], cwd, env, input, timeoutMs, inherit = [] }) => {
  const stdio: StdioOptions = [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...inherit];
  const ended = spawnSync(program, args, {
    cwd,
    env,
    input,
    stdio,
    encoding: 'utf8',
    maxBuffer: waitedBytesMax,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const { signal, error } = ended;
  if (error === undefined) {
    const { status: exitCode, stdout, stderr } = ended;
    return Promise.resolve({ exitCode, signal, stdout, stderr });
  }
  // There is no output of a child that could not be started, and none that is whole of one that was ended.
  const spawnError = 'code' in error ? String(error.code) : error.message;
  return Promise.resolve({ exitCode: null, signal, stdout: '', stderr: '', spawnError });
};
