/**
 * The short way to git for the hook: one command, before which no setting has to be known, because none can make it run a
 * program. `diff-index --cached --raw` compares what an index and a tree name. It reads no content, so it asks no filter,
 * textconv or external diff; not the work tree, so no fsmonitor and nothing of a submodule; it writes nothing, so it runs no
 * hook. What is left is a partial clone that lacks a tree: git would fetch it with whatever program its remote names, and is
 * told that no transport is allowed.
 */
import { openProgram, type RunGit } from './git-program.ts';
import type { Execute } from './process.ts';

/**
 * What is not here is not fetched; a command that needs it fails. git before 2.44 does not know the first variable. No
 * transport, and no program of one, can have the one name that the second allows.
 */
const offline = { GIT_NO_LAZY_FETCH: '1', GIT_ALLOW_PROTOCOL: '/' } as const;

/** A door for that command. Throws at any other, which would be a bug. */
export function openOffline(cwd: string, env: NodeJS.ProcessEnv, execute: Execute): RunGit {
  const run = openProgram(cwd, env, execute);
  return async (args, options = {}) => {
    const [command, ...words] = args;
    const isHarmless = command === 'diff-index' && ['--cached', '--raw'].every((word) => words.includes(word));
    if (!isHarmless) throw new Error(`git ${args.join(' ')} may obey settings, so it is not for this door`);
    return await run(args, { ...options, env: { ...options.env, ...offline } });
  };
}
