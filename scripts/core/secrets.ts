/** Takes secrets out of texts that are kept or passed on. Pure; every pattern is linear. */

const mask = '***';

/** Parameters of a URL whose values are secrets. */
const secretParameter =
  /([?&](?:[\w.-]*(?:token|secret|password|passwd|api[_-]?key|apikey|signature|credential)|auth|key|sig)=)[^&\s"'#]+/gi;

/** `https://anything@host`: a token may stand where a name does. For ssh a name alone is no secret. */
const userInfo = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)([^\s/@"'<>]{1,4096})@(?=[^\s@])/gi;

/** The text without passwords, tokens and secret parameters in its URLs; `ssh://git@host` stays as it is. */
export function withoutUrlSecrets(text: string): string {
  return text
    .replace(userInfo, (_all, scheme: string, info: string) => {
      if (!/^(git\+)?ssh:|^ssh\+git:/i.test(scheme)) return `${scheme}${mask}@`;
      const colon = info.indexOf(':');
      return `${scheme}${colon === -1 ? info : `${info.slice(0, colon)}:${mask}`}@`;
    })
    .replace(secretParameter, `$1${mask}`);
}

/** Shorter values are ports, numbers and words: masking them would only make a log unreadable. */
const secretLengthMin = 8;

const secretName = /TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY|(^|_)(KEY|PASS|PAT|AUTH)$/i;

/** Names of this form hold a place, a program or a way, not the secret itself. */
const notTheSecret = /(_(SOCK|FILE|PATH|DIR|NAME|ID|TYPE|HELPER|URL|URI|ENDPOINT)|^LOOPBREAKER_.*)$/i;

/** Values of environment variables whose names say that they are secret, longest first; of one with several lines, each line. */
export function secretValues(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const values = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || !secretName.test(name) || notTheSecret.test(name) ? [] : value.split(/\r?\n/),
  );
  const long = values.map((value) => value.trim()).filter((value) => value.length >= secretLengthMin);
  return [...new Set(long)].sort((one, other) => other.length - one.length);
}

/** The text without these values and without secrets in its URLs. */
export function withoutSecrets(text: string, values: readonly string[]): string {
  return withoutUrlSecrets(values.reduce((masked, value) => masked.replaceAll(value, mask), text));
}
