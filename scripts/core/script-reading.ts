/** What the reading of a script line says. */
import path from 'node:path';
import { movedTo, type Place } from './shell-commands.ts';
import type { Word, WordOrigin } from './shell-words.ts';

/** One file, or pattern of files, that a line runs. */
export interface ScriptTarget {
  /** Normal, with / between folders, relative to the origin. */
  readonly path: string;
  /** `place`: the directory of the package.json; `root`: that of the repository. */
  readonly origin: WordOrigin;
  readonly glob: boolean;
  /** It is executed itself, so it needs its execute bit. */
  readonly direct: boolean;
  /** Its runner takes `x.js` for `x.ts`. */
  readonly substitutes: boolean;
  /** A `cd` came before. */
  readonly moved: boolean;
  /** Set where the same word may be the name of a package script instead. */
  readonly unlessScript?: string;
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

export interface Reading {
  readonly targets: readonly ScriptTarget[];
  readonly names: readonly ScriptName[];
  /** Parts about which nothing is claimed. */
  readonly unknowable: readonly string[];
}

export const nothing: Reading = { targets: [], names: [], unknowable: [] };

/** Several readings as one. */
export function merged(readings: readonly Reading[]): Reading {
  return {
    targets: readings.flatMap((reading) => reading.targets),
    names: readings.flatMap((reading) => reading.names),
    unknowable: readings.flatMap((reading) => reading.unknowable),
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
  const isOutside = path.posix.isAbsolute(text) || text.includes(':') || /^[\d.]*$/.test(text);
  return isOutside || text.split('/').includes('node_modules');
}

interface TargetOptions {
  readonly direct?: boolean;
  readonly substitutes?: boolean;
  readonly unlessScript?: string;
}

/** The reading of a word that names the file to run. */
export function targetReading(word: Word, place: Place, { direct, substitutes, unlessScript }: TargetOptions): Reading {
  if (word.kind === 'dynamic') return { ...nothing, unknowable: [word.text] };
  if (isElsewhere(word.text)) return nothing;
  const file = pathOf(word, place);
  if (file === null) return { ...nothing, unknowable: [`${word.text} (after a cd that cannot be followed)`] };
  if (isElsewhere(file)) return nothing;
  const target: ScriptTarget = {
    path: file,
    origin: word.origin === 'root' ? 'root' : place.origin,
    // A runner may be given the pattern in quotes, to match it itself.
    glob: word.kind === 'glob' || /[*?]|\{.*,.*\}/.test(word.text),
    direct: direct ?? false,
    substitutes: substitutes ?? false,
    moved: place.moved,
    ...(unlessScript === undefined ? {} : { unlessScript }),
  };
  return { ...nothing, targets: [target] };
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

/** The place after an option such as `--prefix dir`. */
export function placeAt(place: Place, directory: Word | undefined): Place {
  return movedTo(place, directory);
}
