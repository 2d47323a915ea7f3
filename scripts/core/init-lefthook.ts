/** The two hooks in a lefthook.yml, with its comments and order kept. Pure. */
import { type Document, isMap, isSeq, parseDocument } from 'yaml';
import { hookFileCall } from './hook-file.ts';

/** What is put into the configuration for each hook: pre-push has to get the refs that git tells on stdin. */
function entryOf(folder: string, hook: string): Readonly<Record<string, unknown>> {
  const run = hookFileCall(folder, hook);
  return hook === 'pre-push' ? { run, use_stdin: true } : { run };
}

/** Where the jobs of a hook hold our call; -1 where they do not, or where there are none. */
function placeIn(jobs: unknown, call: string): number {
  return isSeq(jobs) ? jobs.items.findIndex((item) => isMap(item) && item.get('run') === call) : -1;
}

/** The configuration with a command "loopbreaker" for each hook; null where it is no YAML that this can be added to. */
export function withLefthook(text: string, folder: string): string | null {
  const document = parseDocument(text);
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents))) return null;
  for (const hook of ['pre-commit', 'pre-push']) {
    // A hook that is named without anything in it: as good as none, but nothing can be put into it.
    if (document.has(hook) && document.get(hook) === undefined) document.set(hook, document.createNode({}));
    const jobs = document.getIn([hook, 'jobs']);
    const entry = entryOf(folder, hook);
    if (placeIn(jobs, hookFileCall(folder, hook)) >= 0) continue;
    if (isSeq(jobs)) jobs.add(document.createNode({ name: 'loopbreaker', ...entry }));
    else if (document.hasIn([hook, 'commands', 'loopbreaker'])) continue;
    else document.setIn([hook, 'commands', 'loopbreaker'], document.createNode(entry));
  }
  return document.toString({ lineWidth: 0 });
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
  const document = parseDocument(text);
  if (document.errors.length > 0) return text;
  const found = ['pre-commit', 'pre-push'].map((hook) => withoutEntry(document, hook, hookFileCall(folder, hook)));
  return found.includes(true) ? document.toString({ lineWidth: 0 }) : text;
}
