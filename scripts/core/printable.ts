/** Text for a terminal that holds a name somebody else chose. Pure. */
import { stripVTControlCharacters } from 'node:util';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const obeyed = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** The text without what a terminal would obey (escapes, bells, changes of direction); newlines stay. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(obeyed, '?');
}
