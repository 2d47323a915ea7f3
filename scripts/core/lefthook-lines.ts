/** Lines put into a lefthook.yml, and taken out again, with everything around them as it is. Pure. */
import { isMap, isPair, isScalar, isSeq, type Pair, parseDocument } from 'yaml';

/** What one command of lefthook says, in order. */
export type Entry = Readonly<Record<string, string | boolean>>;

interface Layout {
  readonly eol: string;
  /** The blanks of one level. */
  readonly unit: string;
}

function layoutOf(text: string): Layout {
  const [, unit = '  '] = /^( +)[^\s#-]/m.exec(text) ?? [];
  return { eol: text.includes('\r\n') ? '\r\n' : '\n', unit };
}

/** What of a hook is written, from the least: a job of a list, a command of a map, the map of commands, the hook. */
type Part = 'job' | 'command' | 'commands' | 'hook';

function linesOf(part: Part, hook: string, entry: Entry, unit: string): readonly string[] {
  const pairs = Object.entries(entry).map(([key, value]) => `${key}: ${value}`);
  const deeper = (lines: readonly string[]): readonly string[] => lines.map((line) => unit + line);
  switch (part) {
    case 'job':
      return ['- name: loopbreaker', ...pairs.map((pair) => `  ${pair}`)];
    case 'command':
      return ['loopbreaker:', ...deeper(pairs)];
    case 'commands':
      return ['commands:', ...deeper(linesOf('command', hook, entry, unit))];
    case 'hook':
      return [`${hook}:`, ...deeper(linesOf('commands', hook, entry, unit))];
  }
}

function blockOf(part: Part, hook: string, entry: Entry, indent: string, layout: Layout): string {
  return linesOf(part, hook, entry, layout.unit)
    .map((line) => indent + line + layout.eol)
    .join('');
}

interface Place {
  readonly part: Part;
  /** In front of which character. */
  readonly at: number;
  readonly indent: string;
}

function pairAt(map: unknown, key: string): Pair | undefined {
  if (!isMap(map)) return undefined;
  return map.items.find((pair) => isPair(pair) && isScalar(pair.key) && pair.key.value === key);
}

/** The blanks in front of what begins at a character. */
function indentAt(text: string, at: number): string {
  return /^ */.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1))?.[0] ?? '';
}

/** The end of the line of a key that has nothing but a remark behind it; undefined where its value begins there. */
function behindKey(text: string, { key }: Pair): number | undefined {
  if (!isScalar(key) || !key.range) return undefined;
  const rest = /^\s*:[ \t]*(#.*)?(\r?\n|$)/.exec(text.slice(key.range[1]));
  return rest === null ? undefined : key.range[1] + rest[0].length;
}

/** The first place in a block of lines; undefined where it begins behind its key, in braces. */
function firstIn(text: string, pair: Pair, part: Part): Place | undefined {
  const { value } = pair;
  const at = behindKey(text, pair);
  if (at === undefined || !(isMap(value) || isSeq(value)) || !value.range) return undefined;
  return { part, at, indent: indentAt(text, value.range[0]) };
}

function placeFor(text: string, hook: string, { unit }: Layout): Place | undefined {
  const { contents } = parseDocument(text);
  const own = pairAt(contents, hook);
  if (own === undefined) return { part: 'hook', at: text.length, indent: '' };
  const [jobs, commands] = [pairAt(own.value, 'jobs'), pairAt(own.value, 'commands')];
  if (jobs !== undefined) return firstIn(text, jobs, 'job');
  if (commands !== undefined) return firstIn(text, commands, 'command');
  if (isMap(own.value)) return firstIn(text, own, 'commands');
  const at = behindKey(text, own);
  return at === undefined ? undefined : { part: 'commands', at, indent: unit };
}

/** The text with the entry in front of what the hook runs, to be read again: it may be no YAML. undefined where there is no place for lines. */
export function insertedLines(text: string, hook: string, entry: Entry): string | undefined {
  const layout = layoutOf(text);
  const place = placeFor(text, hook, layout);
  if (place === undefined) return undefined;
  const { part, at, indent } = place;
  const block = blockOf(part, hook, entry, indent, layout);
  const before = text.slice(0, at);
  // Behind a last line without an end it gets one, and the new last line has none.
  if (before !== '' && !before.endsWith('\n')) return before + layout.eol + block.slice(0, -layout.eol.length);
  return before + block + text.slice(at);
}

/** The texts in which lines as they were put there are missing, the most of them first. */
export function removedLines(text: string, hook: string, entry: Entry): readonly string[] {
  const layout = layoutOf(text);
  const parts: readonly Part[] = ['hook', 'commands', 'command', 'job'];
  const ended = text.endsWith('\n') ? text : text + layout.eol;
  return parts.flatMap((part) => {
    const [first = ''] = linesOf(part, hook, entry, layout.unit);
    const indents = new Set(
      [...ended.matchAll(/^( *)(\S.*?)\r?$/gm)].flatMap(([, blanks = '', line]) => (line === first ? [blanks] : [])),
    );
    return [...indents].flatMap((indent) => {
      const block = blockOf(part, hook, entry, indent, layout);
      const at = `\n${ended}`.indexOf(`\n${block}`);
      if (at < 0) return [];
      const rest = ended.slice(0, at) + ended.slice(at + block.length);
      return [text.endsWith('\n') ? rest : rest.slice(0, -layout.eol.length)];
    });
  });
}
