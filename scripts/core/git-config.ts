/** Judges the settings of git that come from the repository itself: those that run a program (fact 12). Pure. */
import { isPlainSsh } from './plain-ssh.ts';
import { withoutUrlSecrets } from './secrets.ts';
import { shellWord } from './shell-word.ts';

/** One setting, as `git config --list --show-scope --show-origin -z` tells it. */
export interface GitSetting {
  /** `system`, `global`, `local`, `worktree` or `command`. */
  readonly scope: string;
  /** Such as `file:.git/config`. */
  readonly origin: string;
  /** First and last part in small letters, as git writes them. */
  readonly key: string;
  readonly value: string;
}

/** The question to git whose answer `parseSettings` reads. */
export const settingsQuestion = ['config', '--list', '--includes', '--show-scope', '--show-origin', '-z'];

/** Reads that list. A key without a value is true to git. */
export function parseSettings(text: string): readonly GitSetting[] {
  const fields = text.split('\0');
  const settings: GitSetting[] = [];
  for (let index = 0; index + 2 < fields.length; index += 3) {
    const [scope = '', origin = '', entry = ''] = fields.slice(index, index + 3);
    const end = entry.indexOf('\n');
    const [key, value] = end === -1 ? [entry, 'true'] : [entry.slice(0, end), entry.slice(end + 1)];
    settings.push({ scope, origin, key, value });
  }
  return settings;
}

/** Whether a setting belongs to the repository and not to the person or the machine, whose choices are their own. */
export function isOfRepository({ scope }: GitSetting): boolean {
  return scope === 'local' || scope === 'worktree';
}

/** The last part of a place, which is where a push lands: `git@host:a/b.git`, `ssh://host/a/b` and `https://host/a/b` agree. */
export function placeOf(url: string): string {
  const remote = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^@/]*@)?([^/:]+)(?::\d+(?=\/))?[:/](.*)$/i.exec(url);
  const isPath = url.startsWith('/') || url.startsWith('.') || url.startsWith('file://') || remote === null;
  const place = isPath
    ? url.replace(/^file:\/\//, '')
    : `${remote[1]?.toLowerCase()}/${remote[2]?.replace(/^\/+/, '')}`;
  return place.replace(/\/+$/, '').replace(/\.git$/, '');
}

/**
 * Whether `url` may be the same place under a name of ~/.ssh/config, as people with two accounts have it: over ssh, the
 * same path, and a host that no name server knows (`gh-work`), or that begins with the real one (`github.com-work`).
 */
export function mayBeAlias(url: string, of: string): boolean {
  const isSsh = /^ssh:\/\//i.test(url) || /^[^/:]+:(?!\/\/)/.test(url);
  const [host = '', ...path] = placeOf(url).split('/');
  const [realHost = '', ...realPath] = placeOf(of).split('/');
  const isName = !host.includes('.') || host.startsWith(`${realHost}-`) || host.startsWith(`${realHost}.`);
  return isSsh && realHost !== '' && isName && path.join('/') === realPath.join('/');
}

export interface Judgement {
  readonly severity: 'warning' | 'note';
  /** When it runs, to go after "git runs … ". */
  readonly when: string;
}

/** Settings that take another one's place in our own git commands: key and value. */
export type Switches = readonly (readonly [string, string])[];

interface Rule extends Judgement {
  readonly key: RegExp;
  /** Values that are ordinary, or run nothing. */
  readonly ordinary: { readonly test: (value: string) => boolean };
  /**
   * What switches the setting off in every git command of our own; `personal` is the person's own value of the same key.
   * Nothing where no command of ours comes near it, or where git-trust.ts has switched it off whatever it says.
   */
  readonly off: (key: string, personal: string | undefined) => Switches;
}

const untouched = (): Switches => [];

const truth = /^(true|false|yes|no|on|off|1|0|)$/i;

/**
 * The command that takes a setting away; `where` is the option that names its file. A password in the name of the setting
 * is not printed: git is asked for the names that are like it.
 */
export function unsetCommand(where: string, { key }: GitSetting): string {
  const shown = withoutUrlSecrets(key);
  if (shown === key) return `git config ${where} --unset-all ${shellWord(key)}`;
  const pattern = shown.split('***').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const names = `git config ${where} --name-only --get-regexp ${shellWord(`^${pattern.join('.*')}$`)}`;
  return `${names} | xargs -n 1 git config ${where} --unset-all`;
}

/** `remote.origin.uploadpack` -> `remote.origin`. */
const sectionOf = (key: string): string => key.slice(0, key.lastIndexOf('.'));

/**
 * The one table of programs that a repository's settings can name: what the doctor says of them, and what our own git
 * commands put in their place. Warnings are for what runs behind everybody's back and changes what git does with files or pushes. What a person sets
 * up for himself (an ssh key, git-lfs, git-crypt, a merge driver) is a note: a clean clone does not have it.
 */
const rules: readonly Rule[] = [
  {
    key: /^core\.fsmonitor$/,
    ordinary: truth,
    severity: 'warning',
    when: 'each time it looks at the work tree',
    off: untouched,
  },
  {
    key: /^core\.sshcommand$/,
    ordinary: { test: isPlainSsh },
    severity: 'warning',
    when: 'at each fetch and push',
    off: (key, personal) => [[key, personal ?? 'ssh']],
  },
  { key: /^core\.gitproxy$/, ordinary: /^$/, severity: 'warning', when: 'at each fetch and push', off: untouched },
  {
    key: /^core\.askpass$/,
    ordinary: /^$/,
    severity: 'note',
    when: 'when a remote asks for a password',
    off: (key, personal) => [[key, personal ?? '']],
  },
  {
    // A name is a program beside git itself; a path or a line for the shell is anything.
    key: /^credential(\..*)?\.helper$/,
    ordinary: /^[a-z][a-z0-9-]*(\s+--?[a-z]+([= ][\w./~-]+)?)*$|^$/,
    severity: 'note',
    when: 'when a remote asks for a password',
    off: untouched, // One list for all: see switchesFor.
  },
  {
    key: /^core\.alternaterefscommand$/,
    ordinary: /^$/,
    severity: 'warning',
    when: 'at each fetch',
    off: (key) => [[key, ':']],
  },
  {
    key: /^remote\..*\.(receivepack|uploadpack|vcs)$/,
    ordinary: /^(git-(receive|upload)-pack|)$/,
    severity: 'warning',
    when: 'at each fetch or push',
    // git takes the first value it reads, so it cannot be replaced: see git-remotes.ts, and redirectOf.
    off: untouched,
  },
  {
    key: /^submodule\..*\.update$/,
    ordinary: /^[^!]/,
    severity: 'warning',
    when: 'at each update of the submodule',
    off: untouched,
  },
  {
    key: /^hook\..*\.command$/,
    // Our own, as the check `hooks` takes it for a hook.
    ordinary: /^((npx (--no-install )?)?loopbreaker hook pre-(commit|push))?$/,
    severity: 'warning',
    when: 'as a hook that no tracked file names (git 2.54 and newer)',
    off: (key) => [[`${sectionOf(key)}.enabled`, 'false']],
  },
  {
    key: /^filter\..*\.(clean|smudge|process)$/,
    ordinary: /^(git-lfs(\s+(clean|smudge|filter-process|--skip|--|%f))*|cat|)$/,
    severity: 'note',
    when: 'when files are added or checked out',
    // A filter that is required and absent would fail the checkout.
    off: (key) => [
      [key, ''],
      [`${sectionOf(key)}.required`, 'false'],
    ],
  },
  {
    key: /^merge\..*\.driver$/,
    ordinary: /^(true|false|:|)$/,
    severity: 'note',
    when: 'when it merges files',
    // A driver that fails is a conflict; one that does nothing would silently take our side.
    off: (key) => [[key, 'false']],
  },
  { key: /^diff\.external$/, ordinary: /^$/, severity: 'note', when: 'at each diff', off: untouched },
];

/** What a setting of the repository runs, when, and what switches it off; undefined for the ordinary. */
export function judgeSetting({ key, value }: GitSetting): Rule | undefined {
  const rule = rules.find((one) => one.key.test(key));
  return rule === undefined || rule.ordinary.test(value) ? undefined : rule;
}

export interface ConfigHook {
  readonly name: string;
  readonly events: readonly string[];
  readonly command: string;
}

/** Hooks in git's own configuration, which git 2.54 and newer run beside the hook file; switched-off ones left out. */
export function configHooks(settings: readonly GitSetting[]): readonly ConfigHook[] {
  const names = settings.flatMap(({ key }) => /^hook\.(.+)\.command$/.exec(key)?.[1] ?? []);
  return [...new Set(names)].flatMap((name) => {
    const values = (last: string) =>
      settings.filter(({ key }) => key === `hook.${name}.${last}`).map(({ value }) => value);
    const events = values('event');
    const enabled = values('enabled').at(-1) ?? 'true';
    if (/^(false|no|off|0)$/i.test(enabled)) return [];
    return [{ name, events: events.slice(events.lastIndexOf('') + 1), command: values('command').at(-1) ?? '' }];
  });
}
