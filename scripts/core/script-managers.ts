/** What npm, pnpm, yarn, bun and npm-run-all run: a package script by its name, or a command of its own. */
import { installReading, isInstaller } from './script-installs.ts';
import { foldersToWorkIn, isClaimable, withoutOptions } from './script-manager-options.ts';
import { merged, nameReading, nothing, type Reading, targetReading } from './script-reading.ts';
import type { Place } from './shell-commands.ts';
import type { Word } from './shell-words.ts';

/** Reads a command that the manager runs; given by the caller, which is where managers themselves are read. */
export type ReadCommand = (words: readonly Word[], place: Place) => Reading;

const bunValues = [
  ...['--env-file', '-r', '--preload', '--define', '-d', '--port', '--conditions', '--tsconfig-override'],
  ...['-c', '--config', '--loader', '-l', '--inspect-wait'],
];

function runName(manager: string, words: readonly Word[], place: Place, anywhere = false): Reading {
  const { rest, elsewhere, place: here } = withoutOptions(words, place);
  if (elsewhere || !isClaimable(rest.slice(1))) return nothing;
  return nameReading(rest[0], here, `${manager} run`, anywhere);
}

function readExec(words: readonly Word[], place: Place, read: ReadCommand): Reading {
  const { rest, elsewhere, place: here } = withoutOptions(words, place);
  const reading = read(rest[0]?.text === '--' ? rest.slice(1) : rest, here);
  return elsewhere ? inEveryPackage(reading) : reading;
}

/** It runs once in the folder of each package: which files that are is not known. */
function inEveryPackage({ targets }: Reading): Reading {
  return { ...nothing, unknowable: targets.map((target) => `${target.path}, in the folder of other packages`) };
}

function readNpm(words: readonly Word[], place: Place, read: ReadCommand): Reading {
  const { rest, elsewhere, place: here } = withoutOptions(words, place);
  const [subcommand, ...args] = rest;
  if (elsewhere) return nothing;
  switch (subcommand?.text) {
    case 'run':
    case 'run-script':
      return runName('npm', args, here);
    case 'test':
    case 't':
      return isClaimable(args) ? nameReading({ ...subcommand, text: 'test' }, here, 'npm') : nothing;
    case 'exec':
    case 'x':
      return readExec(args, here, read);
    default:
      return nothing;
  }
}

/** A name with a colon can be no program, so it must be a script; any other may be a program of a package. */
function implicitName(manager: string, words: readonly Word[], place: Place): Reading {
  const [word, ...args] = words;
  if (word?.text.includes(':') !== true || !isClaimable(args)) return nothing;
  return nameReading(word, place, manager, manager.startsWith('yarn'));
}

/** A program of a package, such as tsx. With a slash it is no program here but a script of that name. */
function readBin(words: readonly Word[], place: Place, read: ReadCommand): Reading {
  return words[0]?.text.includes('/') === true ? nothing : read(words, place);
}

function readPnpmOrYarn(manager: string, words: readonly Word[], place: Place, read: ReadCommand): Reading {
  const { rest, elsewhere, place: here } = withoutOptions(words, place);
  const [subcommand, ...args] = rest;
  if (elsewhere) return subcommand?.text === 'exec' ? inEveryPackage(readExec(args, here, read)) : nothing;
  switch (subcommand?.text) {
    case undefined:
    case 'workspace':
      return nothing;
    case 'workspaces': {
      const exec = args.findIndex((word) => word.text === 'exec');
      return exec < 0 ? nothing : inEveryPackage(readExec(args.slice(exec + 1), here, read));
    }
    case 'run':
      if (manager === 'pnpm') return runName(manager, args, here);
      return merged([implicitName('yarn run', args, here), readBin(args, here, read)]);
    case 'exec':
    case 'dlx':
      return readExec(args, here, read);
    default:
      return merged([implicitName(manager, rest, here), readBin(rest, here, read)]);
  }
}

const programEnding = /\.[cm]?[jt]sx?$/;

function readBun(words: readonly Word[], place: Place, read: ReadCommand, asRunner: ReadCommand): Reading {
  const { rest, elsewhere, place: here } = withoutOptions(words, place, bunValues);
  const [first, ...args] = rest;
  if (elsewhere || first === undefined) return asRunner(words, here);
  const before = asRunner(words.slice(0, -rest.length), here);
  if (first.text === 'run') return merged([before, readBunRun(args, here, asRunner, read)]);
  if (first.text === 'x') return readExec(args, here, read);
  if (programEnding.test(first.text) || /^\.{0,2}\//.test(first.text)) return asRunner(words, here);
  return first.text.includes('/') ? bunFile(first, here) : implicitName('bun', rest, here);
}

/** What bun takes for a script if there is one of that name, and for a file otherwise. */
function bunFile(word: Word, place: Place): Reading {
  return targetReading(word, place, { taking: 'source', unlessScript: word.text });
}

function readBunRun(words: readonly Word[], place: Place, asRunner: ReadCommand, read: ReadCommand): Reading {
  const { rest, elsewhere, place: here } = withoutOptions(words, place, bunValues);
  const [word] = rest;
  if (elsewhere || word === undefined) return nothing;
  const isFile = !word.text.includes(':') && (word.text.includes('/') || programEnding.test(word.text));
  if (isFile) return merged([asRunner(words.slice(0, -rest.length), here), bunFile(word, here)]);
  return word.text.includes(':') ? implicitName('bun run', rest, here) : read(rest, here);
}

const runAllValues = ['--max-parallel', '--npm-path'];

function readRunAll(program: string, words: readonly Word[], place: Place): Reading {
  const end = words.findIndex((word) => word.text === '--');
  const own = (end < 0 ? words : words.slice(0, end)).filter(
    (word, index, all) => !word.text.startsWith('-') && !runAllValues.includes(all[index - 1]?.text ?? ''),
  );
  // "name -- --flag" is one quoted word: the name comes first.
  const names = own.map((word) => ({ ...word, text: word.text.split(' ')[0] ?? '' }));
  return merged(names.map((word) => nameReading(word, place, program)));
}

/** The reading of a package manager's command, or null when the program is none. */
export function readManager(
  program: string,
  words: readonly Word[],
  place: Place,
  read: ReadCommand,
  asRunner: ReadCommand,
): Reading | null {
  const reading = readManaged(program, words, place, read, asRunner);
  if (reading === null || !isInstaller(program)) return reading;
  return merged([reading, foldersToWorkIn(program, words, place), installReading(program, words, place)]);
}

function readManaged(
  program: string,
  words: readonly Word[],
  place: Place,
  read: ReadCommand,
  asRunner: ReadCommand,
): Reading | null {
  switch (program) {
    case 'npm':
      return readNpm(words, place, read);
    case 'pnpm':
    case 'yarn':
      return readPnpmOrYarn(program, words, place, read);
    case 'bun':
      return readBun(words, place, read, asRunner);
    case 'lerna':
      return words[0]?.text === 'exec' ? inEveryPackage(readExec(words.slice(1), place, read)) : nothing;
    case 'npm-run-all':
    case 'npm-run-all2':
    case 'run-s':
    case 'run-p':
      return readRunAll(program, words, place);
    default:
      return null;
  }
}
