/** What takes out of a repository exactly what init put in; what a person has changed since stays, and is told. Pure. */
import path from 'node:path';
import { hookFileCall, hookFileName } from './hook-file.ts';
import { sealOf } from './hook-file-seal.ts';
import { type FileEdit, type InitFacts, type InitNote, note } from './init-facts.ts';
import { type AdoptedHook, adoptedHooks, joinedLines } from './init-hooks.ts';
import { withoutLefthook } from './init-lefthook.ts';
import { ignoreRemark, planInit, worktreePattern } from './init-plan.ts';
import { hookFolder, knownAgents } from './init-policies.ts';
import { adoptedScripts, installsHooks, joinedInstall, otherName } from './init-scripts.ts';
import { typedPath } from './init-typed.ts';
import { editHash, textHash, wholeFiles } from './init-written.ts';
import { isJsonObject, parseObject } from './json-value.ts';
import { withUnixEnds } from './line-ends.ts';
import { scriptsOf, withValue } from './package-edit.ts';
import { installScript } from './package-managers.ts';

/** What is known of the adoption besides the files themselves. */
export interface AdoptionHistory {
  /** What this clone has noted (core/init-written.ts): hashes of the files that init wrote whole, and of its edits of others. */
  readonly record: ReadonlyMap<string, string>;
  /** The texts of files in the commit before the adoption. */
  readonly earlier: ReadonlyMap<string, string>;
}

export interface RemovalPlan {
  readonly edits: readonly FileEdit[];
  readonly notes: readonly InitNote[];
  /** Files that stay, and that a person is told how to remove. */
  readonly staying: readonly string[];
}

/** The patterns that init may have added to .gitignore. */
export const ignorePatterns = ['node_modules', worktreePattern] as const;

/** Where QA may have been told to run when init wrote: another clone may have had another name, or other things beside it. */
function placesBeside({ texts, beside }: InitFacts): ReadonlySet<string | null> {
  const named = parseObject(texts.get('policy/promote.json') ?? '{}')?.worktreeDirectory;
  const isOurs = typeof named === 'string' && /^\.\.\/[^/]+-loopbreaker$/.test(named);
  return new Set([beside, null, ...(isOurs ? [named] : [])]);
}

/** What init would write today, with each of the agents that may have been on PATH when it wrote. */
function writtenAnew(facts: InitFacts): ReadonlySet<string> {
  const texts = new Map([...facts.texts].filter(([file]) => !wholeFiles(facts).includes(file)));
  const agents = [facts.agents, [], ...Object.keys(knownAgents).map((name) => [name])];
  const ways = agents.flatMap((some) => [...placesBeside(facts)].map((beside) => ({ agents: some, beside })));
  const plans = ways.map((way) => planInit({ ...facts, keepsLineEnds: false, ...way, texts }));
  return new Set(plans.flatMap(({ edits }) => edits.map((edit) => `${edit.path}\0${edit.after}`)));
}

function removeWhole(facts: InitFacts, { record, earlier }: AdoptionHistory): RemovalPlan {
  const anew = writtenAnew(facts);
  const edits: FileEdit[] = [];
  const notes: InitNote[] = [];
  const staying: string[] = [];
  for (const file of wholeFiles(facts)) {
    const before = facts.texts.get(file);
    if (before === undefined) continue;
    // What was there before the adoption is a person's, unless it was noted, or says itself that it is as it was written.
    const isSealed = file.endsWith(`/${hookFileName}`) && sealOf(before)?.isUntouched === true;
    const isNoted = isSealed || record.get(file) === textHash(before);
    if (!isNoted && earlier.has(file)) continue;
    if (isNoted || anew.has(`${file}\0${before}`)) edits.push({ path: file, before, after: null });
    else {
      staying.push(file);
      notes.push(note(`${file} is not as init wrote it here, and stays.`, `rm ${typedPath(facts, file)}`));
    }
  }
  return { edits, notes, staying };
}

function withoutScripts(text: string, facts: InitFacts): string {
  const { manager } = facts;
  const [alone, joined] = [installsHooks(hookFolder(facts)), joinedInstall(hookFolder(facts))];
  const scripts = scriptsOf(text);
  const ours = adoptedScripts.flatMap(([name, command]) =>
    [name, otherName(name)].filter((own) => scripts.get(own) === command),
  );
  const install = installScript(manager);
  const line = scripts.get(install) ?? '';
  let edited = ours.reduce((rest, name) => withValue(rest, ['scripts', name], undefined), text);
  if (line === alone) edited = withValue(edited, ['scripts', install], undefined);
  if (line.endsWith(joined)) edited = withValue(edited, ['scripts', install], line.slice(0, -joined.length));
  return withoutEmpty(edited, text, 'scripts');
}

/** An object that is empty now and was not before is taken away too. */
function withoutEmpty(text: string, before: string, key: string): string {
  const isEmpty = (own: unknown): boolean => isJsonObject(own) && Object.keys(own).length === 0;
  const [now, then] = [parseObject(text)?.[key], parseObject(before)?.[key]];
  return isEmpty(now) && !isEmpty(then) ? withValue(text, [key], undefined) : text;
}

/** The text of a hook without our lines. */
export function withoutCall(text: string, folder: string, hook: AdoptedHook): string {
  const ways = [
    joinedLines(folder, hook, ''),
    joinedLines(folder, hook, 'lint-staged'),
    `${hookFileCall(folder, hook)}\n`,
  ];
  // Whole lines only: half of a line that a person wrote around the call would be a broken hook.
  const placeOf = (lines: string): number => `\n${text}`.indexOf(`\n${lines}`);
  const way = ways.find((lines) => placeOf(lines) >= 0);
  return way === undefined ? text : text.slice(0, placeOf(way)) + text.slice(placeOf(way) + way.length);
}

function withoutSimpleHooks(text: string, folder: string): string {
  const own = parseObject(text)?.['simple-git-hooks'];
  if (!isJsonObject(own)) return text;
  const edited = adoptedHooks.reduce((rest, hook) => {
    const value = own[hook];
    if (typeof value !== 'string') return rest;
    const left = withoutCall(`${value}\n`, folder, hook).replace(/\n$/, '');
    return left === value ? rest : withValue(rest, ['simple-git-hooks', hook], left === '' ? undefined : left);
  }, text);
  return withoutEmpty(edited, text, 'simple-git-hooks');
}

function editOf(facts: InitFacts, file: string, change: (text: string) => string | null): readonly FileEdit[] {
  const before = facts.texts.get(file);
  if (before === undefined) return [];
  const after = change(before);
  return after === before ? [] : [{ path: file, before, after }];
}

function removeCalls(facts: InitFacts, { earlier }: AdoptionHistory): readonly FileEdit[] {
  const { hooks } = facts;
  const folder = hookFolder(facts);
  if (hooks.kind === 'runner') {
    if (hooks.name !== 'lefthook') return [];
    return editOf(facts, hooks.config, (text) => withoutLefthook(text, folder));
  }
  return adoptedHooks.flatMap((hook) => {
    const file = `${folder}/${hook}`;
    return editOf(facts, file, (text) => {
      const plain = withUnixEnds(text);
      const rest = withoutCall(plain, folder, hook);
      if (rest === plain) return text;
      const then = earlier.get(file);
      if (then === undefined) return rest.replace(/^#!\/bin\/sh\n/, '') === '' ? null : rest;
      return withUnixEnds(then) === rest ? then : rest;
    });
  });
}

function withoutIgnores(text: string): string | null {
  const lines = text.split(/(?<=\n)/);
  const at = lines.findIndex((line) => line.trimEnd() === ignoreRemark);
  if (at < 0) return text;
  const isOurs = (line: string | undefined): boolean => ignorePatterns.some((pattern) => pattern === line?.trimEnd());
  let end = at + 1;
  while (isOurs(lines[end])) end += 1;
  const rest = [...lines.slice(0, at), ...lines.slice(end)].join('');
  return rest === '' ? null : rest;
}

/**
 * What init alone has made of the text from before the adoption becomes that text again, byte for byte. Anything else was written
 * or laid out by a person, before or since.
 */
function asBefore(edit: FileEdit, { record, earlier }: AdoptionHistory): FileEdit {
  const text = earlier.get(edit.path);
  if (text === undefined || edit.before === null || edit.after === null) return edit;
  return record.get(edit.path) === editHash(text, edit.before) ? { ...edit, after: text } : edit;
}

/** Plans the removal. */
export function planRemoval(facts: InitFacts, history: AdoptionHistory): RemovalPlan {
  const { edits, notes, staying } = removeWhole(facts, history);
  const folder = hookFolder(facts);
  const packageJson = editOf(facts, path.posix.join(facts.home, 'package.json'), (text) =>
    withoutSimpleHooks(withoutScripts(text, facts), folder),
  );
  const changed = [...packageJson, ...removeCalls(facts, history), ...editOf(facts, '.gitignore', withoutIgnores)];
  return { edits: [...edits, ...changed.map((edit) => asBefore(edit, history))], notes, staying };
}
