/** The options of npm, pnpm, yarn and bun that say where they work, and which package is meant. */
import { folderReading, merged, nothing, placeAt, type Reading } from './script-reading.ts';
import type { Place } from './shell-commands.ts';
import type { Word } from './shell-words.ts';

/** Options whose value is the folder that a manager works in. */
export const placeOptions = ['--prefix', '-C', '--dir', '--cwd'];

/** Options that mean another package, or that a missing script is fine: then nothing is claimed. */
const elsewhereOptions = [
  ...['-w', '--workspace', '--workspaces', '-ws', '--filter', '-F', '-r', '--recursive', '--if-present'],
  ...['--parallel', '--workspace-root', '-T', '--top-level', '-g', '--global'],
];

const valueOptions = ['--loglevel', '--reporter', '--userconfig', '--workspace-concurrency', '--stage', '-p'];

interface Split {
  readonly place: Place;
  readonly elsewhere: boolean;
  readonly rest: readonly Word[];
}

/** Takes options from the front; what is left begins with the subcommand or a name. */
export function withoutOptions(words: readonly Word[], place: Place, values = valueOptions): Split {
  let at = 0;
  let here = place;
  let elsewhere = false;
  while (words[at]?.text.startsWith('-') === true && words[at]?.text !== '--') {
    const [option = '', inline] = words[at]?.text.split('=', 2) ?? [];
    const isPlace = placeOptions.includes(option);
    const value =
      inline === undefined ? words[at + 1] : { text: inline, kind: 'literal' as const, origin: 'place' as const };
    if (isPlace) here = placeAt(here, value);
    if (elsewhereOptions.includes(option) && !values.includes(option)) elsewhere = true;
    at += inline === undefined && (isPlace || values.includes(option)) ? 2 : 1;
  }
  return { place: here, elsewhere, rest: words.slice(at) };
}

/** Whether nothing leads elsewhere: options that come after the name, up to `--`, are still the manager's. */
export function isClaimable(words: readonly Word[]): boolean {
  const end = words.findIndex((word) => word.text === '--');
  const own = end < 0 ? words : words.slice(0, end);
  return !own.some((word) => [...elsewhereOptions, ...placeOptions].includes(word.text.split('=')[0] ?? ''));
}

/** What a manager does in a folder without making it first. */
const needsFolder = /^(run|run-script|test|t|tst|start|stop|restart|exec|x|[\w@/.-]+:[\w:./-]+)$/;

/** The reading of folders that its options, before and after the name of a script, tell a manager to work in. */
export function foldersToWorkIn(manager: string, words: readonly Word[], place: Place): Reading {
  const { rest } = withoutOptions(words, place);
  if (!needsFolder.test(rest[0]?.text ?? '')) return nothing;
  const front = words.slice(0, words.length - rest.length);
  const after = /^(exec|x)$/.test(rest[0]?.text ?? '') ? [] : rest;
  const end = after.findIndex((word) => word.text === '--');
  const own = [...front, ...(end < 0 ? after : after.slice(0, end))];
  return merged(
    own.map((word, at) => {
      const [option = '', inline] = word.text.split('=', 2);
      if (!placeOptions.includes(option)) return nothing;
      const value = inline === undefined ? own[at + 1] : { ...word, text: inline };
      return folderReading(value, place, `${manager} ${option}`);
    }),
  );
}
