/** Judges the settings of git that come from the repository itself: those that run a program (fact 12). Pure. */

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

interface Rule extends Judgement {
  readonly key: RegExp;
  /** Values that are ordinary, or run nothing. */
  readonly ordinary: RegExp;
}

const truth = /^(true|false|yes|no|on|off|1|0|)$/i;

/**
 * Warnings are for what runs behind everybody's back and changes what git does with files or pushes. What a person sets
 * up for himself (an ssh key, git-lfs, git-crypt, a merge driver) is a note: a clean clone does not have it.
 */
const rules: readonly Rule[] = [
  { key: /^core\.fsmonitor$/, ordinary: truth, severity: 'warning', when: 'each time it looks at the work tree' },
  {
    key: /^core\.sshcommand$/,
    ordinary: /^\S*\bssh(\.exe)?(\s+-(?!o\s*ProxyCommand)[^;|&`$]*)?$/,
    severity: 'warning',
    when: 'at each fetch and push',
  },
  { key: /^core\.gitproxy$/, ordinary: /^$/, severity: 'warning', when: 'at each fetch and push' },
  {
    key: /^remote\..*\.(receivepack|uploadpack|vcs)$/,
    ordinary: /^(git-(receive|upload)-pack|)$/,
    severity: 'warning',
    when: 'at each fetch or push',
  },
  { key: /^submodule\..*\.update$/, ordinary: /^[^!]/, severity: 'warning', when: 'at each update of the submodule' },
  {
    key: /^hook\..*\.command$/,
    // Our own, as the check `hooks` takes it for a hook.
    ordinary: /^((npx (--no-install )?)?loopbreaker hook pre-(commit|push))?$/,
    severity: 'warning',
    when: 'as a hook that no tracked file names (git 2.54 and newer)',
  },
  {
    key: /^filter\..*\.(clean|smudge|process)$/,
    ordinary: /^(git-lfs\b|cat$|$)/,
    severity: 'note',
    when: 'when files are added or checked out',
  },
  { key: /^merge\..*\.driver$/, ordinary: /^(true|false|:|)$/, severity: 'note', when: 'when it merges files' },
  { key: /^diff\.external$/, ordinary: /^$/, severity: 'note', when: 'at each diff' },
];

/** What a setting of the repository runs, and when; undefined for the ordinary. */
export function judgeSetting({ key, value }: GitSetting): Judgement | undefined {
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
