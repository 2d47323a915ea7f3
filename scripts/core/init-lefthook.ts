/** The two hooks in a lefthook.yml, with its comments, order and layout kept. Pure. */
import { type Document, isMap, isSeq, parseDocument } from 'yaml';
import { hookFileCall } from './hook-file.ts';
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

/** Puts our entry in front of what a hook runs. Returns whether it was not there. */
function withEntry(document: Document, hook: string, entry: Entry): boolean {
  // A hook that is named without anything in it: as good as none, but nothing can be put into it.
  if (document.has(hook) && (document.get(hook) ?? null) === null) document.set(hook, document.createNode({}));
  const jobs = document.getIn([hook, 'jobs']);
  const commands = document.getIn([hook, 'commands']);
  if (placeIn(jobs, String(entry.run)) >= 0 || document.hasIn([hook, 'commands', 'loopbreaker'])) return false;
  if (isSeq(jobs)) jobs.items.unshift(document.createNode({ name: 'loopbreaker', ...entry }));
  else if (isMap(commands)) commands.items.unshift(document.createPair('loopbreaker', entry));
  else document.setIn([hook, 'commands', 'loopbreaker'], document.createNode(entry));
  return true;
}

/** What a configuration says; a hook without anything in it says nothing. */
function saying(value: unknown): string {
  const sorted = (_key: string, one: unknown): unknown =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one;
  const hooks = Object.entries(typeof value === 'object' && value !== null ? value : {});
  return JSON.stringify(Object.fromEntries(hooks.filter(([, own]) => own !== null)), sorted);
}

/** Whether a text is YAML that says this. */
function says(text: string, expected: string): boolean {
  const document = parseDocument(text);
  return document.errors.length === 0 && saying(document.toJS()) === expected;
}

/** The document as text, where lines alone could not be changed: its layout may become another one. */
function written(document: Document, before: string): string {
  const text = document.toString({ lineWidth: 0 });
  const ended = before === '' || before.endsWith('\n') ? text : text.replace(/\n$/, '');
  return before.includes('\r\n') ? ended.replaceAll('\n', '\r\n') : ended;
}

/** The configuration with a command "loopbreaker" for each hook; null where it is no YAML that this can be added to. */
export function withLefthook(text: string, folder: string): string | null {
  let edited = text;
  for (const hook of ['pre-commit', 'pre-push']) {
    const document = parseDocument(edited);
    if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents))) return null;
    const entry = entryOf(folder, hook);
    if (!withEntry(document, hook, entry)) continue;
    const lines = insertedLines(edited, hook, entry);
    const isRight = lines !== undefined && says(lines, saying(document.toJS()));
    edited = isRight ? lines : written(document, edited);
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
    const document = parseDocument(edited);
    const entry = entryOf(folder, hook);
    if (document.errors.length > 0 || !withoutEntry(document, hook, String(entry.run))) continue;
    const expected = saying(document.toJS());
    edited = removedLines(edited, hook, entry).find((lines) => says(lines, expected)) ?? written(document, edited);
  }
  return edited;
}
