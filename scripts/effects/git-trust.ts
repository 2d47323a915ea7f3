/**
 * What no repository and no inherited variable may do to our own git commands: run a program, redirect a push, or change
 * what git shows us. The settings with names of the user's own choosing are in core/git-trust.ts.
 */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { Switches } from '../core/git-config.ts';
import { hasErrorCode } from '../core/outcome.ts';

/** Settings of every git command of ours, whatever the configuration says. */
const fixedSettings: Switches = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.pager', 'cat'],
  ['core.quotePath', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  // It would start gpg.program.
  ['log.showSignature', 'false'],
];

/** The same as arguments, to go in front of the command. */
export const fixedArguments: readonly string[] = fixedSettings.flatMap(([key, value]) => ['-c', `${key}=${value}`]);

/**
 * Variables of git that the person's environment may set for us: who commits, whose configuration, and how a remote is
 * reached (CI hands deploy keys over in GIT_SSH_COMMAND and GIT_ASKPASS). Everything else of git's is left out: other
 * repositories (fact 2), traces that would print secrets, external diffs, templates, pathspec modes, and what git 3 adds.
 */
const kept = new RegExp(
  `^GIT_(${[
    'SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS',
    '(AUTHOR|COMMITTER)_(NAME|EMAIL|DATE)',
    'CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)',
    'CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM',
    '(SSL|HTTP|PROXY_SSL)_.*',
  ].join('|')})$`,
);

/** Transports that may be used. A person who needs another one names it in GIT_ALLOW_PROTOCOL; `ext` runs any command. */
const transports = 'file:git:http:https:ssh';

function allowedTransports(named: string | undefined): string {
  const names = (named ?? transports).split(':');
  return names.filter((name) => name !== 'ext' && name !== 'fd').join(':');
}

function liesOutside(directory: string, root: string): boolean {
  if (!path.isAbsolute(directory) || directory.split(path.sep).includes('node_modules')) return false;
  try {
    return !`${realpathSync.native(directory)}${path.sep}`.startsWith(root + path.sep);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP')) return false;
    throw error;
  }
}

/** PATH without directories of the repository and of packages: git looks there for ssh and for credential helpers (fact 14). */
function outerPath(named: string | undefined, repository: string): string {
  const root = realpathSync.native(repository);
  return (named ?? '')
    .split(path.delimiter)
    .filter((directory) => liesOutside(directory, root))
    .join(path.delimiter);
}

/** The environment of every git command of ours, for a repository. */
export function gitEnvironment(env: NodeJS.ProcessEnv, repository: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(env).filter(([name]) => !name.startsWith('GIT_') || kept.test(name));
  return {
    ...Object.fromEntries(inherited),
    PATH: outerPath(env.PATH, repository),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_ALLOW_PROTOCOL: allowedTransports(env.GIT_ALLOW_PROTOCOL),
    // Set and empty it is the end of the search: core.gitProxy is not asked.
    GIT_PROXY_COMMAND: '',
    // What is pushed are the real commits: a replacement or a graft must not prove a fast-forward.
    GIT_NO_REPLACE_OBJECTS: '1',
    // A place that cannot be: an empty file would earn a hint at each command.
    GIT_GRAFT_FILE: '/dev/null/none',
  };
}

/** Settings as variables: unlike `-c`, a key may hold any character. */
export function settingVariables(switches: Switches): Readonly<Record<string, string>> {
  if (switches.length === 0) return {};
  const pairs = switches.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(switches.length), ...Object.fromEntries(pairs) };
}
