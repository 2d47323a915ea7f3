/** How the two hooks come into a repository: joined to the tool that it has, or husky's where it has none. Pure. */
import path from 'node:path';
import { callsHook } from './hook-calls.ts';
import { hookFileCall } from './hook-file.ts';
import { type HookRunnerName, hookRunners } from './hook-runners.ts';
import {
  type FileEdit,
  type HookSituation,
  type InitFacts,
  type InitPart,
  note,
  usesHookFile,
  warning,
} from './init-facts.ts';
import { planHookFile, planLineEnds } from './init-hook-file.ts';
import { withLefthook } from './init-lefthook.ts';
import { again } from './init-next.ts';
import { hookFolder } from './init-policies.ts';
import { typedIn, typedPath } from './init-typed.ts';
import { parseObject } from './json-value.ts';
import { withUnixEnds } from './line-ends.ts';
import { scriptsOf, withValue } from './package-edit.ts';
import { isShellProgram } from './script-hooks.ts';
import { shellWord } from './shell-word.ts';

/** The hooks that loopbreaker has commands for. */
export const adoptedHooks = ['pre-commit', 'pre-push'] as const;
export type AdoptedHook = (typeof adoptedHooks)[number];

/**
 * The lines for a hook that has other commands too. They come first: what follows may end by `exec`, and in a file without
 * `set -e` only its last command decides. pre-push gives the refs that git tells on stdin to both.
 */
export function joinedLines(folder: string, hook: AdoptedHook, others: string): string {
  const call = hookFileCall(folder, hook);
  // What the hook itself runs is not run a second time.
  if (hook === 'pre-commit') return `${call}${/\blint-staged\b/.test(others) ? ' --doctor-only' : ''} || exit $?\n`;
  const feed = `printf '%s\\n' "$loopbreaker_refs" | ${call} || exit $?`;
  return `loopbreaker_refs=$(cat)\n${feed}\nexec <<LOOPBREAKER\n$loopbreaker_refs\nLOOPBREAKER\n`;
}

const hasCommands = (text: string): boolean => text.split('\n').some((line) => /^\s*[^\s#]/.test(line));

/** husky 8 runs a hook a second time from within this line, and husky 9 lets it be: what is above it would run twice. */
const restart = /^[ \t]*\.[ \t].*\/_\/husky\.sh["']?[ \t]*(\n|$)/m;

/** How much of a hook stays in front of our lines. */
function headOf(text: string): string {
  const line = restart.exec(text);
  const [first = ''] = /^#!.*\n?/.exec(text) ?? [];
  return line === null ? first : text.slice(0, line.index + line[0].length);
}

/** The hook with the call in it; null where it is in a language that lines cannot be added to. */
export function joinHook(text: string | undefined, folder: string, hook: AdoptedHook, shebang: boolean): string | null {
  const own = `${hookFileCall(folder, hook)}\n`;
  if (text === undefined) return (shebang ? '#!/bin/sh\n' : '') + own;
  if (!isShellProgram(text)) return null;
  const head = headOf(text);
  const start = head === '' || head.endsWith('\n') ? head : `${head}\n`;
  const rest = text.slice(head.length);
  return start + (hasCommands(rest) ? joinedLines(folder, hook, rest) : own) + rest;
}

function scriptsIn({ home, texts }: InitFacts): ReadonlyMap<string, string> {
  return scriptsOf(texts.get(path.posix.join(home, 'package.json')));
}

function planFolder(facts: InitFacts, folder: string, isHusky: boolean): InitPart {
  const edits: FileEdit[] = [];
  const notes: InitPart['notes'][number][] = [];
  for (const hook of adoptedHooks) {
    const file = path.posix.join(folder, hook);
    const before = facts.texts.get(file);
    const plain = before !== undefined && isShellProgram(before) ? withUnixEnds(before) : before;
    const isJoined = plain !== undefined && callsHook(plain, hook, scriptsIn(facts));
    const after = isJoined ? plain : joinHook(plain, folder, hook, !isHusky);
    if (after === before) continue;
    if (after === null) {
      const call = hookFileCall(folder, hook);
      notes.push(warning(`${file} is no shell script: let it run this, and end where this fails.`, call));
      continue;
    }
    edits.push({ path: file, before: before ?? null, after, ...(isHusky ? {} : { executable: true }) });
  }
  return { edits, notes };
}

/** simple-git-hooks in package.json takes one line a hook. */
function withSimpleHooks(text: string, folder: string): string {
  const own = parseObject(text)?.['simple-git-hooks'];
  const values = new Map(Object.entries(typeof own === 'object' && own !== null ? own : {}));
  return adoptedHooks.reduce((edited, hook) => {
    const value = values.get(hook);
    const call = hookFileCall(folder, hook);
    if (value !== undefined && (typeof value !== 'string' || callsHook(value, hook, new Map()))) return edited;
    const joined = value === undefined ? call : `${joinedLines(folder, hook, value).trimEnd()}\n${value}`;
    return withValue(edited, ['simple-git-hooks', hook], joined);
  }, text);
}

function planRunner(facts: InitFacts, name: string, config: string): InitPart {
  const before = facts.texts.get(config) ?? '';
  const runner = hookRunners.find((one) => one.name === name);
  const folder = hookFolder(facts);
  if (adoptedHooks.every((hook) => callsHook(before, hook, scriptsIn(facts)))) return { edits: [], notes: [] };
  const after = usesHookFile(facts.hooks) ? joinedConfig(runner?.name, before, folder) : null;
  const install = typedIn(facts, '.', runner?.install(adoptedHooks, true) ?? '');
  if (after === null) {
    const how = runner?.edit(config, adoptedHooks) ?? '';
    return { edits: [], notes: [warning(`${config} is ${name}'s and was left alone: ${how}.`, install)] };
  }
  const installed = `${config} was changed; ${name} installs what it needs for that.`;
  return { edits: [{ path: config, before, after }], notes: [warning(installed, install)], first: [install] };
}

/** After its configuration was edited back: its hooks stay in git's own folder, some as copies of what the configuration said. */
export function leftHooks({ hooks, place }: InitFacts, edits: readonly FileEdit[]) {
  const runner = hooks.kind === 'runner' ? hookRunners.find(({ name }) => name === hooks.name) : undefined;
  if (hooks.kind !== 'runner' || runner === undefined || !edits.some((edit) => edit.path === hooks.config)) {
    return { notes: [], first: [] };
  }
  const text = `The hooks that ${hooks.name} has put into git's own folder stay; it makes them agree with ${hooks.config} again.`;
  return { notes: [note(text)], first: [typedIn({ place }, '.', runner.install(adoptedHooks, true))] };
}

function joinedConfig(name: HookRunnerName | undefined, text: string, folder: string): string | null {
  switch (name) {
    case 'lefthook':
      return withLefthook(text, folder);
    case 'simple-git-hooks':
      return withSimpleHooks(text, folder);
    case 'pre-commit':
    case undefined:
      return null;
  }
}

/** Hooks come with the next run, when a person has made room for them: an adoption without them is not one to commit. */
function needsRoom(text: string, command: string): InitPart {
  return { edits: [], notes: [warning(text, command)], first: [command, again] };
}

/** husky 4 takes what it runs from package.json, and nothing can be joined to its hooks. */
function leaveHusky4(facts: InitFacts, folder: string): InitPart {
  const text = `${folder} holds the hooks of husky 4, to which nothing can be joined, so nothing was changed about hooks: commits and pushes are not checked yet. What "husky" in package.json names has to become files in .husky, one a hook; husky's own hooks go, and init is run again.`;
  return needsRoom(text, `grep -l '^# husky$' ${typedPath(facts, folder)}/* | xargs rm`);
}

/** How git comes to look into a folder of hooks, where no package script tells it in every clone. */
function pointingNotes({ folder, isInForce, isShared }: Extract<HookSituation, { kind: 'folder' }>) {
  if (isShared) return [];
  const command = `git config core.hooksPath ${shellWord(folder)}`;
  const others = 'for instance by "prepare" in package.json';
  if (isInForce) {
    const text = `git looks into ${folder} by a setting of this clone; every other clone needs it too, ${others}.`;
    return [note(text, command)];
  }
  const text = `The hooks are in ${folder}, where git does not look in this clone, so commits and pushes are not checked here. Each clone has to be told, ${others}.`;
  return [warning(text, command)];
}

function planCalls(facts: InitFacts): InitPart {
  const { hooks } = facts;
  switch (hooks.kind) {
    case 'husky':
      return planFolder(facts, hooks.folder, true);
    case 'folder': {
      const { edits, notes } = planFolder(facts, hooks.folder, false);
      return { edits, notes: [...notes, ...pointingNotes(hooks)] };
    }
    case 'runner':
      return planRunner(facts, hooks.name, hooks.config);
    case 'outside': {
      const where = `core.hooksPath is ${hooks.value} (${hooks.scope}), outside of this repository, so nothing was changed about hooks: commits and pushes are not checked here.`;
      const how =
        'A setting of the repository itself comes before it, and what is there then runs here only if a hook of .husky calls it; then run init again.';
      return needsRoom(`${where} ${how}`, 'git config core.hooksPath .husky/_');
    }
    case 'unmanaged': {
      if (hooks.isHusky4) return leaveHusky4(facts, hooks.folder);
      const files = hooks.names.map((name) => typedPath(facts, `${hooks.folder}/${name}`)).join(' ');
      const place = typedPath(facts, '.husky');
      const text = `${hooks.folder} holds hooks of your own (${hooks.names.join(', ')}), which husky would switch off, so nothing was changed about hooks: commits and pushes are not checked yet. Move them to where husky runs them, then run init again.`;
      return needsRoom(text, `mkdir -p ${place} && mv ${files} ${place}/`);
    }
  }
}

/** The hook file, and what calls it. */
export function planHooks(facts: InitFacts): InitPart {
  if (!usesHookFile(facts.hooks)) return planCalls(facts);
  const [file, calls, lineEnds] = [planHookFile(facts), planCalls(facts), planLineEnds(facts)];
  return {
    ...calls,
    edits: [...file.edits, ...calls.edits, ...lineEnds.edits],
    notes: [...file.notes, ...calls.notes, ...lineEnds.notes],
  };
}
