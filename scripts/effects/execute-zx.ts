/** Children by zx: what loop.ts and auto-promote.ts are scripted with. The doctor and the hooks never load it. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { $, quote, type Shell, which } from 'zx/core';
import { exitCodes, Refusal } from '../core/outcome.ts';
import { type Execute, timedOut } from './process.ts';

export interface ShellOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Starts a command by bash, which reads no file first. Without --norc it takes our pipe for a network connection, when nobody
 * has counted shells before it (SHLVL: a service, a timer, a GUI), and runs ~/.bashrc; without -p it runs what BASH_ENV names.
 */
function startBy(bash: string) {
  return (command: string, _args: readonly string[], options: SpawnOptions): ChildProcess => {
    const child = spawn(bash, ['--norc', '-p', '-c', command], { ...options, shell: false });
    // A child that ends without reading its input closes the pipe; its exit code tells the story.
    child.stdin?.on('error', () => undefined);
    return child;
  };
}

/**
 * A zx shell with settings of ours: zx itself would read them from ZX_* variables, and put bash between us and the
 * child. `exec` lets the child take bash's place: same pid, same signals, same exit code. Its output is not echoed and
 * its failing does not throw. Throws a Refusal (78) where there is no bash for zx to speak to.
 */
export async function openShell(): Promise<(options: ShellOptions & Record<string, unknown>) => Shell> {
  const bash = await which('bash', { nothrow: true });
  if (bash === null) {
    const problem = 'bash was not found on PATH; loop and auto-promote run their children through it.';
    throw new Refusal({ code: 'bash-missing', exitCode: exitCodes.configFatal, problem, remedy: 'install bash' });
  }
  const settings = {
    shell: bash,
    // Typed as all its overloads; zx calls this one.
    spawn: startBy(bash) as typeof spawn,
    quote,
    prefix: 'exec ',
    postfix: '',
    nothrow: true,
    quiet: true,
    verbose: false,
    // A group of its own: Ctrl-C is ours to answer, and nothing can ask a question on the terminal.
    detached: true,
    preferLocal: false,
  };
  return (options) => $({ ...settings, ...options });
}

/** Execute by zx. zx keeps output whole, so this is for git, whose output is bounded; never for agents or QA (fact 21). */
export async function openZx(): Promise<Execute> {
  const shell = await openShell();
  return async ({ argv, cwd, env, input, inherit, timeoutMs }) => {
    // zx writes no empty input and leaves the pipe open: a git that reads to its end would wait for ever.
    const hasInput = input !== undefined && input !== '';
    const stdio = [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe', ...(inherit ?? [])];
    const run = shell({
      cwd,
      env,
      ...(hasInput ? { input } : {}),
      stdio,
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    });
    const startedMs = performance.now();
    const { exitCode, signal, stdout, stderr } = await run`${argv}`;
    const late = timeoutMs !== undefined && signal !== null && performance.now() - startedMs >= timeoutMs;
    return { exitCode, signal, stdout, stderr, ...(late ? { spawnError: timedOut } : {}) };
  };
}
