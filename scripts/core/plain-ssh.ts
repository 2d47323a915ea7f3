/** Which lines of `core.sshCommand` start ssh and nothing else. Pure. */

const programs = /^(ssh|ssh\.exe|\/(usr|usr\/local|opt\/homebrew)\/bin\/ssh)$/;

/** Options of ssh that choose a key, a host key or a time limit. Those that name a program (ProxyCommand, …) are not here. */
const harmlessOptions = new Set([
  'addkeystoagent',
  'batchmode',
  'compression',
  'connectionattempts',
  'connecttimeout',
  'forwardagent',
  'globalknownhostsfile',
  'hostkeyalgorithms',
  'hostkeyalias',
  'identitiesonly',
  'identityagent',
  'identityfile',
  'ipqos',
  'loglevel',
  'passwordauthentication',
  'port',
  'preferredauthentications',
  'pubkeyacceptedalgorithms',
  'pubkeyacceptedkeytypes',
  'serveralivecountmax',
  'serveraliveinterval',
  'stricthostkeychecking',
  'user',
  'userknownhostsfile',
]);

/** A settings file of ssh can name programs: only one of the person's own, or none. */
const ownSettings = /^(\/dev\/null|none|~\/.*)$/;

function isHarmless(option: string, value: string | undefined): boolean {
  if (/^-[46aACkqTvx]+$/.test(option)) return true;
  if (value === undefined) return false;
  if (option === '-F') return ownSettings.test(value);
  if (option === '-o') return harmlessOptions.has(value.replace(/[= ].*$/s, '').toLowerCase());
  return option === '-i' || option === '-p' || option === '-l';
}

const quoted = /"[^"$`\\]*"|'[^']*'/g;

/** The words of a line as a shell would make them; null where it does more than that. */
function wordsOf(line: string): readonly string[] | null {
  if (/[;|&`$<>()\\"'#*?[\]{}!\n]/.test(line.replace(quoted, ''))) return null;
  const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replace(quoted, (part) => part.slice(1, -1)));
}

/** Whether all of them are harmless; `-i key`, `-ikey`, `-o Name=value`. */
function areHarmless([first, second, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true;
  const [, option, joined = ''] = /^(-[oipFl])(.*)$/s.exec(first) ?? [];
  const after = second === undefined ? rest : [second, ...rest];
  if (option === undefined) return isHarmless(first, undefined) && areHarmless(after);
  return joined === ''
    ? isHarmless(option, second) && areHarmless(rest)
    : isHarmless(option, joined) && areHarmless(after);
}

/** Whether a line for git's shell runs ssh with a key, a port and such, and can run nothing else; so does an empty one. */
export function isPlainSsh(line: string): boolean {
  const [program, ...options] = wordsOf(line) ?? ['?'];
  return program === undefined || (programs.test(program) && areHarmless(options));
}
