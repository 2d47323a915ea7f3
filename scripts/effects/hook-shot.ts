/**
 * Fires a hook as git itself would, up to the tracked hook and no further. `git hook run` finds the hook by the user's
 * own settings and executes husky's wrapper; a stand-in for `sh`, first on PATH, is what the wrapper then starts the
 * tracked hook with. The stand-in writes down which file it was to run, and runs nothing. So this is only for a hook
 * file that is known to be husky's wrapper: anything else would be the user's own commands.
 */
import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { hasErrorCode } from '../core/outcome.ts';
import { findGit, type RunGit, withoutLocalGit } from './git.ts';
import { executeDirectly } from './process.ts';

export interface HookShot {
  /** The file that would have been run, behind all links; null when git and the wrapper ended without getting there. */
  readonly reached: string | null;
  /** What git and the wrapper said, and how git ended. */
  readonly output: string;
  readonly exitCode: number | null;
}

export type FireHook = (name: string, configHooks: readonly string[]) => Promise<HookShot>;

/** A wrapper takes milliseconds. */
const timeoutMs = 10_000;

/** `sh -e FILE` is how husky starts the tracked hook. Everything else is the wrapper itself, without the user's start-up file. */
const standIn = `#!/bin/sh
if [ "$1" = -e ]; then
  printf '%s\\n%s' "$PWD" "$2" > "$LOOPBREAKER_SHOT/reached"
  exit 0
fi
HOME="$LOOPBREAKER_SHOT" XDG_CONFIG_HOME="$LOOPBREAKER_SHOT" exec /bin/sh "$@"
`;

/** git as the user has it, with hooks and settings in force, also those that the environment carries. */
export function openOwnGit(root: string, env: NodeJS.ProcessEnv): RunGit {
  const program = findGit(env, root);
  const settings = Object.entries(env).filter(([name]) => name.startsWith('GIT_CONFIG_'));
  const base = { ...withoutLocalGit(env), ...Object.fromEntries(settings), LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
  return (args, options = {}) => {
    const { input, inherit } = options;
    const limit = options.timeoutMs ?? timeoutMs;
    const environment = { ...base, GIT_OPTIONAL_LOCKS: '0', ...options.env };
    return executeDirectly({
      argv: [program, ...args],
      cwd: options.cwd ?? root,
      env: environment,
      input,
      inherit,
      timeoutMs: limit,
    });
  };
}

function readReached(directory: string): string | null {
  try {
    const [place = '', file = ''] = readFileSync(path.join(directory, 'reached'), 'utf8').split('\n');
    return realpathSync(path.resolve(place, file));
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/**
 * Fires hooks of the worktree at `root`. `configHooks` are the names of hooks that live in git's configuration (git
 * 2.54 and newer); they are switched off for the shot, because they are the user's own commands.
 */
export function openHookShot(root: string, env: NodeJS.ProcessEnv): FireHook {
  const git = openOwnGit(root, env);
  return async (name, configHooks) => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'loopbreaker-hook-'));
    try {
      const shell = path.join(directory, 'sh');
      writeFileSync(shell, standIn);
      chmodSync(shell, 0o755);
      const off = configHooks.flatMap((hook) => ['-c', `hook.${hook}.enabled=false`]);
      const shotEnv = {
        PATH: `${directory}${path.delimiter}${env.PATH ?? ''}`,
        LOOPBREAKER_SHOT: directory,
        HUSKY: '1',
      };
      const fired = await git([...off, 'hook', 'run', name], { env: shotEnv });
      const output = `${fired.stdout}${fired.stderr}`.trim();
      return { reached: readReached(directory), output, exitCode: fired.exitCode };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
}
