/** The npm scripts of an adopted repository, and the one that installs its hooks. Pure. */
import path from 'node:path';
import { type FileEdit, type InitFacts, type InitNote, type InitPart, note } from './init-facts.ts';
import { scriptsOf, withValue } from './package-edit.ts';
import { installScript } from './package-managers.ts';
import { shellWord } from './shell-word.ts';

/** The scripts by name, with the command of loopbreaker that each runs. */
export const adoptedScripts: readonly (readonly [name: string, command: string])[] = [
  ['doctor', 'loopbreaker doctor'],
  ['loop', 'loopbreaker loop'],
  ['promote', 'loopbreaker auto-promote'],
  ['status', 'loopbreaker status'],
  ['worktrees', 'loopbreaker worktrees'],
  ['clear', 'loopbreaker clear'],
  ['hold', 'loopbreaker hold'],
  ['explain', 'loopbreaker explain'],
];

/** What init has put behind an install, in whichever folder. */
export const ownInstall = /loopbreaker hook install[^|)]*\|\| true/;

/** An install without development packages has no loopbreaker, and must not fail for that; the doctor misses the hooks. */
export function installsHooks(folder: string): string {
  return `loopbreaker hook install${folder === '.husky' ? '' : ` ${shellWord(folder)}`} || true`;
}

/** Behind what a repository runs there already. */
export const joinedInstall = (folder: string): string => ` && (${installsHooks(folder)})`;

/** What another script of that name is called instead. */
export const otherName = (name: string): string => `loopbreaker:${name}`;

function withCommands(text: string, notes: InitNote[]): string {
  let edited = text;
  const scripts = scriptsOf(text);
  for (const [name, command] of adoptedScripts) {
    const isOurs = (own: string): boolean => scripts.get(own) === command;
    if (isOurs(name) || isOurs(otherName(name))) continue;
    const isTaken = scripts.has(name);
    if (isTaken) {
      const instead = `${otherName(name)} is loopbreaker's; where a message says npm run ${name}, take that one`;
      notes.push(note(`The script "${name}" is your own and stays; ${instead}.`));
    }
    edited = withValue(edited, ['scripts', isTaken ? otherName(name) : name], command);
  }
  return edited;
}

function withInstall(text: string, { hooks, manager }: InitFacts): string {
  if (hooks.kind !== 'husky' || !hooks.isNew) return text;
  const name = installScript(manager);
  const own = scriptsOf(text).get(name);
  if (own !== undefined && ownInstall.test(own)) return text;
  return withValue(
    text,
    ['scripts', name],
    own === undefined ? installsHooks(hooks.folder) : own + joinedInstall(hooks.folder),
  );
}

/** The edit of package.json. */
export function planScripts(facts: InitFacts): InitPart {
  const file = path.posix.join(facts.home, 'package.json');
  const before = facts.texts.get(file);
  if (before === undefined) return { edits: [], notes: [] };
  const notes: InitNote[] = [];
  const after = withInstall(withCommands(before, notes), facts);
  const edits: readonly FileEdit[] = after === before ? [] : [{ path: file, before, after }];
  return { edits, notes };
}
