/** The files that a tool's options and arguments name. */
import { type Option, optionAt } from './script-options.ts';
import { merged, nothing, preload, type Reading, type Taking, targetReading } from './script-reading.ts';
import type { Tool } from './script-tools.ts';
import type { Place } from './shell-commands.ts';
import type { Word } from './shell-words.ts';

const programEnding = /\.([cm]?[jt]sx?|coffee)$/;

/** An option may stand without its value, or have one that is a package, JSON or a pattern. */
function isFile(tool: Tool, { text, kind }: Word, taking: Taking): boolean {
  if (kind === 'dynamic' || kind === 'glob' || /^[-@{]|[*?\s]/.test(text)) return false;
  const isPath = taking === 'project' || text.includes('/');
  return /\.\w+$/.test(text) || (isPath && tool.packages !== true);
}

interface Named {
  readonly settings: readonly Word[];
  readonly loads: readonly Word[];
  /** Arguments, those aside that may be an unknown option's value. */
  readonly plain: readonly Word[];
  readonly elsewhere: boolean;
}

/** An option, with the word after it where that is its value or may be. */
function toolOptionAt(tool: Tool, words: readonly Word[], at: number): Option {
  const known = [...tool.values, ...tool.loads, ...tool.settings];
  const option = optionAt(words, at, (name) => known.includes(name));
  const isNextFree = words[at + 1]?.text.startsWith('-') === false;
  // `--config` may stand without a value, and another option come next.
  if (option.length === 2) return isNextFree ? option : { ...option, value: undefined, length: 1 };
  const isKnown = option.value !== undefined || tool.flags.includes(option.name) || option.name.startsWith('--no-');
  return isKnown || !isNextFree ? option : { ...option, length: 2 };
}

function namedIn(tool: Tool, words: readonly Word[]): Named {
  const end = words.findIndex((word) => word.text === '--');
  const own = end < 0 ? words : words.slice(0, end);
  const options: Option[] = [];
  const plain: Word[] = [];
  for (let at = 0; at < own.length; ) {
    const word = own[at];
    const isOption = word?.text.startsWith('-') === true;
    if (isOption) options.push(toolOptionAt(tool, own, at));
    else if (word !== undefined) plain.push(word);
    at += isOption ? (options.at(-1)?.length ?? 1) : 1;
  }
  const valuesOf = (names: readonly string[]): readonly Word[] =>
    options.flatMap(({ name, value }) => (names.includes(name) && value !== undefined ? [value] : []));
  return {
    settings: valuesOf(tool.settings),
    loads: valuesOf(tool.loads),
    plain,
    elsewhere: options.some(({ name }) => tool.elsewhere.includes(name)),
  };
}

type ReadFiles = (files: readonly Word[], taking: Taking) => readonly Reading[];

function plainFiles(tool: Tool, words: readonly Word[], plain: readonly Word[], read: ReadFiles): readonly Reading[] {
  const programs = plain.filter((word) => programEnding.test(word.text));
  switch (tool.takes) {
    case 'nothing':
      return [];
    case 'tests':
      return read(programs, 'path');
    case 'sources':
      return read(programs, 'source');
    case 'first':
      return read(plain.slice(0, 1), 'module');
    case 'projects':
      return /^(-b|--build)$/.test(words[0]?.text ?? '') ? read(plain, 'project') : read(programs, 'path');
  }
}

/** Options that name the file, also glued to it, or that only ask something of the tool itself. */
const doesNotLook = /^(-f|--file|--makefile|--gulpfile|--gruntfile|-v|--version|-h|--help|--completion)/;

/** The file that a tool looks for by itself. */
function lookedFor({ looksFor }: Tool, words: readonly Word[], place: Place): Reading {
  const [usual] = looksFor?.names ?? [];
  if (looksFor === undefined || usual === undefined || words.some(({ text }) => doesNotLook.test(text))) return nothing;
  return targetReading({ text: usual, kind: 'literal', origin: 'place' }, place, {
    taking: 'settings',
    found: looksFor,
  });
}

/** Everything that a tool is seen to need. */
export function readTool(name: string, tool: Tool, words: readonly Word[], place: Place): Reading {
  const [first] = words;
  const { subcommands } = tool;
  if (subcommands.length > 0 && !subcommands.includes(first?.text ?? '')) return nothing;
  const own = subcommands.length > 0 ? words.slice(1) : words;
  const named = namedIn(tool, own);
  if (named.elsewhere) return nothing;
  const read: ReadFiles = (files, as) =>
    files.filter((word) => isFile(tool, word, as)).map((word) => targetReading(word, place, { taking: as }));
  const taking = /tsc|tspc|tsgo/.test(name) ? 'project' : 'settings';
  return merged([
    ...named.loads.map((word) => preload(word, place)),
    ...read(named.settings, taking),
    ...plainFiles(tool, own, named.plain, read),
    lookedFor(tool, words, place),
  ]);
}

/** PowerShell: the value of -File, in any capitals, or the first script before any -Command. */
export function readPowerShell(words: readonly Word[], place: Place): Reading {
  for (const [at, word] of words.entries()) {
    if (/^-(c|command|e|ec|encodedcommand)$/i.test(word.text)) return nothing;
    const file = /^-(f|file)$/i.test(word.text) ? words[at + 1] : word;
    if (file !== undefined && /\.ps1$/i.test(file.text)) return targetReading(file, place, { taking: 'file' });
  }
  return nothing;
}

/** `go run`: a package's folder, or its files. */
export function readGo(words: readonly Word[], place: Place): Reading {
  if (words[0]?.text !== 'run') return nothing;
  const values = ['-tags', '-ldflags', '-gcflags', '-mod', '-exec', '-p', '-asmflags', '-modfile', '-overlay'];
  let at = 1;
  while (words[at]?.text.startsWith('-') === true) {
    const option = optionAt(words, at, (name) => values.includes(name));
    if (option.name === '-C') return nothing;
    at += option.length;
  }
  const rest = words.slice(at);
  const end = rest.findIndex((word) => !word.text.endsWith('.go'));
  const files = rest.slice(0, end < 0 ? rest.length : Math.max(end, 1));
  const own = files.filter((word) => word.text.endsWith('.go') || /^\.{1,2}(\/|$)/.test(word.text));
  return merged(own.map((word) => targetReading(word, place, { taking: 'path' })));
}

/** `. ./x.sh`: files of variables that each person keeps, and names that PATH is searched for, are none of ours. */
export function readSource(word: Word | undefined, place: Place): Reading {
  if (word === undefined || word.kind === 'dynamic' || !word.text.includes('/')) return nothing;
  return /(^|\/)\.env|\.env$/.test(word.text) ? nothing : targetReading(word, place, { taking: 'file' });
}
