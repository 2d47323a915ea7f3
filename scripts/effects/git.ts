/** The one door to git. Questions are in git-questions.ts, switches in git-trust.ts, the program itself in git-program.ts. */
import { type GitSetting, parseSettings, settingsQuestion } from '../core/git-config.ts';
import { switchesFor } from '../core/git-trust.ts';
import { type GitOptions, openProgram, type RunGit } from './git-program.ts';
import { type Execute, executeDirectly, type ProcessResult } from './process.ts';

export { findGit, type GitOptions, type RunGit, withoutLocalGit } from './git-program.ts';

/** These neither run a program that a setting names nor read an object that a partial clone would have to fetch. */
const plainCommands = new Set(['rev-parse', 'symbolic-ref', 'config', 'remote', 'ls-files', 'check-ignore', 'init']);

/**
 * These run a program only where git itself needs one more: to fetch what a partial clone lacks, or for a hook. The
 * settings of the first of them do for all. Before any other command they are read anew: QA may have changed them.
 */
const quietCommands = new Set([
  'cat-file',
  'cherry',
  'commit-tree',
  'diff-index',
  'diff-tree',
  'for-each-ref',
  'log',
  'ls-tree',
  'merge-base',
  'rev-list',
  'update-index',
  'update-ref',
]);

function commandOf(args: readonly string[]): string {
  const first = args.findIndex((word, index) => !word.startsWith('-') && args[index - 1] !== '-c');
  return args[first] ?? '';
}

/** The settings that git would use for a command with these options, or how git failed to tell them. */
type AskSettings = (options: GitOptions, isFresh: boolean) => Promise<readonly GitSetting[] | ProcessResult>;

function settingsOnce(run: RunGit): AskSettings {
  const known = new Map<string, ReturnType<AskSettings>>();
  const ask = async ({ cwd, env }: GitOptions) => {
    const end = await run(settingsQuestion, {
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
    });
    return end.exitCode === 0 ? parseSettings(end.stdout) : end;
  };
  return (options, isFresh) => {
    const place = `${options.cwd}\0${options.env?.GIT_DIR}`;
    const asked = (isFresh ? undefined : known.get(place)) ?? ask(options);
    known.set(place, asked);
    // A git that failed is no answer for the next command.
    void asked.then((settings) => {
      if ('exitCode' in settings && known.get(place) === asked) known.delete(place);
    });
    return asked;
  };
}

/** A door to git for one directory. No setting of the repository runs a program behind it. */
export function openGit(cwd: string, env: NodeJS.ProcessEnv, execute: Execute = executeDirectly): RunGit {
  const run = openProgram(cwd, env, execute);
  const settingsIn = settingsOnce((args, options) => run(args, options));
  return async (args, options = {}) => {
    const command = commandOf(args);
    if (plainCommands.has(command)) return await run(args, options);
    const settings = await settingsIn(options, !quietCommands.has(command));
    return 'exitCode' in settings ? settings : await run(args, options, switchesFor(settings));
  };
}
