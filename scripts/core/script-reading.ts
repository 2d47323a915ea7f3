/** What the reading of a script line says. */
import path from 'node:path';
import { movedTo, type Place, type ShellReading } from './shell-commands.ts';
import type { Word, WordOrigin } from './shell-words.ts';

/** What a program takes a path for. */
export type Taking =
  /** It runs exactly that file. */
  | 'file'
  /** As Node does: it may add an ending; a folder stands for its main file. */
  | 'module'
  /** As a module, and `x.js` may be `x.ts`. */
  | 'source'
  /** It runs that file, or what is in that folder. */
  | 'path'
  /** It reads that file or folder; it may add an ending. */
  | 'settings'
  /** As tsc does: it reads that file, or the tsconfig.json of that folder. */
  | 'project';

/** One file, or pattern of files, that a line runs. */
export interface ScriptTarget {
  /** Normal, with / between folders, relative to the origin. */
  readonly path: string;
  /** `place`: the directory of the package.json; `root`: that of the repository. */
  readonly origin: WordOrigin;
  readonly glob: boolean;
  /** It is executed itself, so it needs its execute bit. */
  readonly direct: boolean;
  readonly taking: Taking;
  /** A `cd` came before. */
  readonly moved: boolean;
  /** Written for another system, such as `scripts\\x.js`: only what git once held is claimed to be missing. */
  readonly tentative: boolean;
  /** Set where the same word may be the name of a package script instead. */
  readonly unlessScript?: string;
  /** Set where the program looks for a file by itself. */
  readonly found?: FoundFile;
}

/** A file that a program looks for where it is started. */
export interface FoundFile {
  /** Names that do as well, and files that it is generated from. */
  readonly names: readonly string[];
  /** Whether it is looked for in the folders above too. */
  readonly upward: boolean;
}

/** A package script that a line runs by its name. */
export interface ScriptName {
  readonly name: string;
  /** As it is written, such as `npm run build`. */
  readonly spelling: string;
  readonly origin: WordOrigin;
  readonly directory: string;
  /** Whether packages of the same workspace may have it: yarn knows names with a colon everywhere. */
  readonly anywhere: boolean;
}

/** A folder that a line goes into, or that a package manager is told to work in; without it the line fails. */
export interface ScriptFolder {
  /** Normal, relative to the origin. */
  readonly path: string;
  readonly origin: WordOrigin;
  /** As it is written, such as `cd web` or `npm --prefix web`. */
  readonly spelling: string;
}

/** An install of all packages of a folder that a line asks a package manager for. */
export interface Install {
  readonly program: 'npm' | 'pnpm' | 'yarn' | 'bun';
  /** As it is written, such as `npm ci`. */
  readonly spelling: string;
  /** Whether it fails where the manager's own lockfile is missing. */
  readonly isStrict: boolean;
  readonly origin: WordOrigin;
  readonly directory: string;
}

export interface Reading {
  readonly targets: readonly ScriptTarget[];
  readonly folders: readonly ScriptFolder[];
  readonly names: readonly ScriptName[];
  readonly installs: readonly Install[];
  /** Parts about which nothing is claimed. */
  readonly unknowable: readonly string[];
  /** Lines within the line, such as those in quotes that concurrently runs. */
  readonly inner: readonly ShellReading[];
}

export const nothing: Reading = { targets: [], folders: [], names: [], installs: [], unknowable: [], inner: [] };

/** Several readings as one. */
export function merged(readings: readonly Reading[]): Reading {
  return {
    targets: readings.flatMap((reading) => reading.targets),
    folders: readings.flatMap((reading) => reading.folders),
    names: readings.flatMap((reading) => reading.names),
    installs: readings.flatMap((reading) => reading.installs),
    unknowable: readings.flatMap((reading) => reading.unknowable),
    inner: readings.flatMap((reading) => reading.inner),
  };
}

/** A word as a path from its origin, or null when it has none here. */
export function pathOf(word: Word, place: Place): string | null {
  if (word.origin === 'root') return path.posix.normalize(word.text);
  if (place.directory === null || path.posix.isAbsolute(word.text)) return null;
  return path.posix.join(place.directory, word.text);
}

/** A file of the machine, a URL, a package, a number: nothing that a repository holds. */
function isElsewhere(text: string): boolean {
  const isOutside = path.posix.isAbsolute(text) || text.includes(':') || /^(\d[\d.]*)?$/.test(text);
  // What yarn installs instead of node_modules is no more the repository's than that.
  return isOutside || text.split('/').some((name) => /^(node_modules|\.pnp\.[cm]?js|\.pnp\.loader\.mjs)$/.test(name));
}

interface TargetOptions {
  readonly taking: Taking;
  readonly direct?: boolean;
  readonly unlessScript?: string;
  readonly found?: FoundFile;
}

/** The reading of a word that names the file to run. */
export function targetReading(word: Word, place: Place, options: TargetOptions): Reading {
  const { taking, direct, unlessScript, found } = options;
  if (word.kind === 'dynamic') return { ...nothing, unknowable: [`${word.text}, which is known only when it runs`] };
  if (isElsewhere(word.text)) return nothing;
  const file = pathOf(word, place);
  if (file === null) return { ...nothing, unknowable: [`${word.text}, after a cd that cannot be followed`] };
  if (isElsewhere(file)) return nothing;
  const target: ScriptTarget = {
    path: file,
    origin: word.origin === 'root' ? 'root' : place.origin,
    // A runner may be given the pattern in quotes, to match it itself.
    glob: word.kind === 'glob' || /[*?]|\{.*,.*\}/.test(word.text),
    direct: direct ?? false,
    taking,
    moved: place.moved,
    tentative: word.kind === 'windows',
    ...(unlessScript === undefined ? {} : { unlessScript }),
    ...(found === undefined ? {} : { found }),
  };
  return { ...nothing, targets: [target] };
}

/** A module that is loaded first: a package unless it is written as a path. */
export function preload(value: Word | undefined, place: Place): Reading {
  const isPath = value !== undefined && /^\.{1,2}\//.test(value.text);
  return isPath ? targetReading(value, place, { taking: 'module' }) : nothing;
}

/** The reading of a word that names a package script. What is not one plain name is left alone. */
export function nameReading(word: Word | undefined, place: Place, runner: string, anywhere = false): Reading {
  if (word?.kind !== 'literal' || place.directory === null || !/^[\w@.:/+-]+$/.test(word.text)) return nothing;
  if (word.text.startsWith('-') || word.text.startsWith('/')) return nothing;
  const spelling = `${runner} ${word.text}`;
  return {
    ...nothing,
    names: [{ name: word.text, spelling, origin: place.origin, directory: place.directory, anywhere }],
  };
}

/** The reading of a word that names a folder to work in. Nothing is claimed where the word cannot be read. */
export function folderReading(word: Word | undefined, place: Place, spelling: string): Reading {
  if (word?.kind !== 'literal' || /[*?~]|^(-|[A-Za-z]:)/.test(word.text) || isElsewhere(word.text)) return nothing;
  const folder = pathOf(word, place);
  if (folder === null || folder === '.' || isElsewhere(folder)) return nothing;
  const origin = word.origin === 'root' ? 'root' : place.origin;
  return { ...nothing, folders: [{ path: folder, origin, spelling: `${spelling} ${word.text}` }] };
}

/** The place after an option such as `--prefix dir`. */
export function placeAt(place: Place, directory: Word | undefined): Place {
  return movedTo(place, directory);
}
