/** Where a script line is written, so that a finding leads to the line that is to be edited. */
import path from 'node:path';
import type { CheckContext } from './check.ts';
import { lineHolding, type Place, placeAt } from './place.ts';
import type { ScriptLine } from './script-packages.ts';

/** The text as a line of JSON or YAML may hold it. */
function spellings(text: string): readonly string[] {
  return text.includes('\n') || text === '' ? [] : [JSON.stringify(text), text];
}

/**
 * The place of a line: the script in its package.json, the task in its configuration, and in a hook, which has many
 * lines, the one that names `what`.
 */
export async function scriptPlace({ tree, documents }: CheckContext, line: ScriptLine, what: string): Promise<Place> {
  const { file, pointer, text } = line;
  const content = (await tree.read(file)) ?? '';
  const start = pointer === undefined ? undefined : documents.locate(content, pointer)?.line;
  const wanted = [...spellings(text.trim()), what, path.posix.basename(what)].filter((one) => one !== '');
  return placeAt(file, lineHolding(content, wanted, start) ?? start);
}
