/** The two hooks in a lefthook.yml, with its comments, order and layout kept. Pure. */
import { type Document, isMap, isSeq, parseDocument } from 'yaml';
import { hookFileCall } from './hook-file.ts';
import { isJsonObject, type JsonObject, objectAt } from './json-value.ts';
import { type Entry, insertedLines, removedLines } from './lefthook-lines.ts';

/** What is put into the configuration for each hook: pre-push has to get the refs that git tells on stdin. */
function entryOf(folder: string, hook: string): Entry {
  const run = hookFileCall(folder, hook);
  return hook === 'pre-push' ? { run, use_stdin: true } : { run };
}

/** Where the jobs of a hook hold our call; -1 where they do not, or where there are none. */
function placeIn(jobs: unknown, call: string): number {
  return isSeq(jobs) ? jobs.items.findIndex((item) => isMap(item) && item.get('run') === call) : -1;
}

/** With merge keys as lefthook reads them: what a hook names itself comes in the place of what is merged. */
const read = (text: string): Document => parseDocument(text, { merge: true });

/** What a document says, a hook by its name; null where it is no YAML, or no map. */
function meaningOf(document: Document): JsonObject | null {
  if (document.errors.length > 0) return null;
  try {
    const said: unknown = document.toJS() ?? {};
    return isJsonObject(said) ? said : null;
  } catch (error) {
    // That an alias has no anchor comes out only here.
    if (error instanceof ReferenceError) return null;
    throw error;
  }
}

function isThere(said: JsonObject, hook: string, call: string): boolean {
  const { jobs, commands } = objectAt(said, hook);
  const isJob = Array.isArray(jobs) && jobs.some((job) => isJsonObject(job) && job.run === call);
  return isJob || (isJsonObject(commands) && Object.hasOwn(commands, 'loopbreaker'));
}

/** What is to be said once our entry is in: the same, and that. */
function joined(said: JsonObject, hook: string, entry: Entry): JsonObject {
  const own = objectAt(said, hook);
  const { jobs } = own;
  if (Array.isArray(jobs)) return { ...said, [hook]: { ...own, jobs: [{ name: 'loopbreaker', ...entry }, ...jobs] } };
  return { ...said, [hook]: { ...own, commands: { ...objectAt(own, 'commands'), loopbreaker: entry } } };
}

/** Puts our entry in front of what a hook runs, as far as there is a place for it. */
function putEntry(document: Document, hook: string, entry: Entry): void {
  const own = document.get(hook);
  // A hook that is named without anything in it: as good as none.
  if ((own ?? null) === null) document.set(hook, document.createNode({ commands: { loopbreaker: entry } }));
  if (!isMap(own)) return;
  const [jobs, commands] = [own.get('jobs'), own.get('commands')];
  if (isSeq(jobs)) jobs.items.unshift(document.createNode({ name: 'loopbreaker', ...entry }));
  else if (isMap(commands)) commands.items.unshift(document.createPair('loopbreaker', entry));
  else if (!own.has('jobs') && !own.has('commands')) own.set('commands', document.createNode({ loopbreaker: entry }));
}

/** The same text for all that say the same, in whatever order; a hook without anything in it says nothing. */
function saying(said: JsonObject): string {
  const sorted = (_key: string, one: unknown): unknown =>
    isJsonObject(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one;
  return JSON.stringify(Object.fromEntries(Object.entries(said).filter(([, own]) => own !== null)), sorted);
}

/** Whether a text is YAML that says this. */
function says(text: string, expected: string): boolean {
  const said = meaningOf(read(text));
  return said !== null && saying(said) === expected;
}

/** The document as text, where lines alone could not be changed: its layout may become another one. */
function written(document: Document, before: string): string {
  const text = document.toString({ lineWidth: 0 });
  const ended = before === '' || before.endsWith('\n') ? text : text.replace(/\n$/, '');
  return before.includes('\r\n') ? ended.replaceAll('\n', '\r\n') : ended;
}

/**
 * The configuration with a command "loopbreaker" for each hook; null where that cannot be added without a change to what is there:
 * where it is no YAML, where a hook has no place for it, or where ours would come in the place of what a merge key brings.
 */
export function withLefthook(text: string, folder: string): string | null {
  let edited = text;
  for (const hook of ['pre-commit', 'pre-push']) {
    const document = read(edited);
    const said = meaningOf(document);
    if (said === null) return null;
    const entry = entryOf(folder, hook);
    if (isThere(said, hook, String(entry.run))) continue;
    const expected = saying(joined(said, hook, entry));
    putEntry(document, hook, entry);
    const ways = [insertedLines(edited, hook, entry), written(document, edited)];
    const way = ways.find((one) => one !== undefined && says(one, expected));
    if (way === undefined) return null;
    edited = way;
  }
  return edited;
}

/** Takes our entry of one hook out, and what is empty then. Returns whether there was one. */
function withoutEntry(document: Document, hook: string, call: string): boolean {
  const place = [hook, 'commands', 'loopbreaker'];
  const jobs = document.getIn([hook, 'jobs']);
  const at = placeIn(jobs, call);
  if (isSeq(jobs) && at >= 0) return jobs.delete(at);
  if (document.getIn([...place, 'run']) !== call) return false;
  document.deleteIn(place);
  for (const above of [[hook, 'commands'], [hook]]) {
    const node = document.getIn(above);
    if (isMap(node) && node.items.length === 0) document.deleteIn(above);
  }
  return true;
}

/** The same without them; the text as it is where there are none. */
export function withoutLefthook(text: string, folder: string): string {
  let edited = text;
  for (const hook of ['pre-commit', 'pre-push']) {
    const document = read(edited);
    const entry = entryOf(folder, hook);
    if (document.errors.length > 0 || !withoutEntry(document, hook, String(entry.run))) continue;
    const said = meaningOf(document);
    if (said === null) continue;
    const expected = saying(said);
    edited = removedLines(edited, hook, entry).find((lines) => says(lines, expected)) ?? written(document, edited);
  }
  return edited;
}
