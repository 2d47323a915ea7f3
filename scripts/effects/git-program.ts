/** The program git: which one, in which environment, with which fixed settings. Whoever opens a door to it says what may pass. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Switches } from '../core/git-config.ts';
import { exitCodes, Refusal } from '../core/outcome.ts';
import { withoutUrlSecrets } from '../core/secrets.ts';
import { fixedArguments, gitEnvironment, settingVariables } from './git-trust.ts';
import type { Execute, ProcessResult } from './process.ts';

export interface GitOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Descriptors the git child inherits: the promote lock, for the children that change the remote. */
  readonly inherit?: readonly number[];
  /** Extra environment, such as fixed dates or the hook's own GIT_INDEX_FILE. */
  readonly env?: Readonly<Record<string, string>>;
  /** Settings for this one command. */
  readonly settings?: Switches;
}

/** Runs `git <args>` and tells how it ended; a failing git is an answer, not an exception. */
export type RunGit = (args: readonly string[], options?: GitOptions) => Promise<ProcessResult>;

/** `git rev-parse --local-env-vars` of git 2.39 and 2.54: a hook sets them, and a child must not inherit them (fact 2). */
const localVariables = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_CONFIG',
  'GIT_CONFIG_PARAMETERS',
  'GIT_CONFIG_COUNT',
  'GIT_OBJECT_DIRECTORY',
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_GRAFT_FILE',
  'GIT_INDEX_FILE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_REPLACE_REF_BASE',
  'GIT_PREFIX',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_SHALLOW_FILE',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_QUARANTINE_PATH',
  'GIT_EXEC_PATH',
];

/** The environment without the variables that tie a child to one repository. */
export function withoutLocalGit(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !localVariables.includes(name)));
}

/** No git command on this machine may take longer than this; a checkout of a very large repository takes seconds. */
const localLimitMs = 10 * 60 * 1000;

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // Not there or not ours to run: either way it is not the git we look for.
  }
}

/** Asked of real paths: PATH may reach into the repository through a link, and a link there may lead out of it. */
function liesIn(root: string, place: string): boolean {
  return `${realpathSync.native(place)}${path.sep}`.startsWith(root + path.sep);
}

/**
 * The git on PATH that lies outside the repository and outside any node_modules/.bin, where a dropped file would stand
 * in for it (fact 14). Throws a Refusal (78) when there is none.
 */
export function findGit(env: NodeJS.ProcessEnv, repository: string): string {
  const root = realpathSync.native(repository);
  for (const directory of (env.PATH ?? '').split(path.delimiter)) {
    if (!path.isAbsolute(directory) || directory.includes(`${path.sep}node_modules${path.sep}`)) continue;
    const candidate = path.join(directory, 'git');
    if (isExecutable(candidate) && !liesIn(root, directory) && !liesIn(root, candidate)) return candidate;
  }
  throw new Refusal({
    code: 'git-missing',
    exitCode: exitCodes.configFatal,
    problem: 'git was not found on PATH (directories inside the repository and node_modules are not looked at).',
    remedy: 'install git 2.38 or newer, or put its directory on PATH',
  });
}

/** Runs git with settings that take the place of others, whatever it is asked. */
export type RunWith = (args: readonly string[], options?: GitOptions, switches?: Switches) => Promise<ProcessResult>;

/**
 * git for one directory, in an environment that is cleaned of another repository's variables; what it says on stderr holds
 * no password of a URL. Settings of the repository may still run a program, so this is for doors only.
 */
export function openProgram(cwd: string, env: NodeJS.ProcessEnv, execute: Execute): RunWith {
  const program = findGit(env, cwd);
  const base = gitEnvironment(env, cwd);
  return async (args, options = {}, switches = []) => {
    const end = await execute({
      argv: [program, ...fixedArguments, ...args],
      cwd: options.cwd ?? cwd,
      env: { ...base, ...settingVariables([...switches, ...(options.settings ?? [])]), ...options.env },
      input: options.input,
      timeoutMs: options.timeoutMs ?? localLimitMs,
      inherit: options.inherit,
    });
    return { ...end, stderr: withoutUrlSecrets(end.stderr) };
  };
}
