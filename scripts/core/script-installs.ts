/** Which commands of npm, pnpm, yarn and bun install all packages of a folder, and which of them need the lockfile. Pure. */
import { placeOptions, withoutOptions } from './script-manager-options.ts';
import { type Install, nothing, placeAt, type Reading } from './script-reading.ts';
import type { Place } from './shell-commands.ts';
import type { Word } from './shell-words.ts';

type Installer = Install['program'];

/** What is typed after the manager's name; yarn installs when nothing is. `strict` takes the lockfile or fails. */
const verbs: Readonly<Record<Installer, { readonly strict: readonly string[]; readonly loose: readonly string[] }>> = {
  npm: {
    strict: ['ci', 'clean-install', 'install-clean', 'ic', 'cit', 'clean-install-test', 'install-ci-test'],
    loose: ['install', 'i', 'it', 'install-test'],
  },
  pnpm: { strict: ['ci', 'clean-install', 'ic', 'install-clean'], loose: ['install', 'i', 'install-test', 'it'] },
  yarn: { strict: [], loose: ['', 'install'] },
  // Where its own lockfile is missing, bun makes one of another manager's.
  bun: { strict: [], loose: ['install', 'i', 'ci'] },
};

/** What makes the first verbs of a manager strict too. Yarn's first version lets --frozen-lockfile pass without a lockfile. */
const strictOptions: Readonly<Record<Installer, string>> = {
  npm: '',
  pnpm: '--frozen-lockfile',
  yarn: '--immutable',
  bun: '',
};

/** Not the packages of the folder, or nothing at all. */
const otherPurposes = ['-g', '--global', '--location', '-h', '--help', '-v', '--version', '--dry-run'];

/** Whoever writes one of these knows that there is no lockfile of this manager. */
const withoutLockfile =
  /^--(no-(package-lock|lockfile|save)|(package-lock|lockfile|save)=false|package-lock-only|lockfile-only)$/;

const valueOptions = [
  ...[
    '--omit',
    '--include',
    '--registry',
    '--cache',
    '--cache-folder',
    '--loglevel',
    '--reporter',
    '--network-timeout',
  ],
  ...['--filter', '-F', '-w', '--workspace', '--store-dir', '--modules-folder', '--mutex', '--userconfig'],
];

/** Whether the program is one of those whose installs are known. */
export function isInstaller(program: string): program is Installer {
  return Object.hasOwn(verbs, program);
}

/** The folder after options that come behind the verb; null where packages are named, which installs those. */
function placeOfInstall(args: readonly Word[], place: Place): Place | null {
  let here = place;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at];
    const [option = '', inline] = word?.text.split('=', 2) ?? [];
    if (!option.startsWith('-')) return null;
    const isPlace = placeOptions.includes(option);
    const value = inline === undefined || word === undefined ? args[at + 1] : { ...word, text: inline };
    if (isPlace) here = placeAt(here, value);
    if (inline === undefined && (isPlace || valueOptions.includes(option))) at += 1;
  }
  return here;
}

/** The reading of a manager's command as an install; nothing where it is none, or where its folder is not known. */
export function installReading(program: Installer, words: readonly Word[], place: Place): Reading {
  const end = words.findIndex((word) => word.text === '--');
  const own = end < 0 ? words : words.slice(0, end);
  const texts = own.map((word) => word.text);
  const isOther = texts.some((text) => otherPurposes.includes(text.split('=')[0] ?? '') || withoutLockfile.test(text));
  const { rest, place: front } = withoutOptions(own, place, valueOptions);
  const [verb, ...args] = rest;
  const { strict, loose } = verbs[program];
  const isStrict = strict.includes(verb?.text ?? '');
  if (isOther || !(isStrict || loose.includes(verb?.text ?? ''))) return nothing;
  const here = placeOfInstall(args, front);
  if (here === null || here.directory === null) return nothing;
  const install: Install = {
    program,
    spelling: [program, ...words.map((word) => word.text)].join(' '),
    isStrict: isStrict || texts.includes(strictOptions[program]),
    origin: here.origin,
    directory: here.directory,
  };
  return { ...nothing, installs: [install] };
}
