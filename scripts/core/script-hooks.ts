/** Where the hooks of a repository lie, as the lines that install them say it. */
import path from 'node:path';
import { pathOf } from './script-reading.ts';
import { readShell, type ShellCommand } from './shell-commands.ts';

/** A folder of hook files. */
export interface HookFolder {
  readonly path: string;
  /** `root`: from the top of the work tree, as git takes it; `line`: from where the line runs. */
  readonly from: 'root' | 'line';
}

/** `git config core.hooksPath x`, whose path git takes from the top of the work tree (git-config(1)). */
function configured(words: ShellCommand['words']): HookFolder | undefined {
  const at = words.findIndex((word) => /^core\.hookspath$/i.test(word.text));
  const value = words[at + 1];
  const isSet = words[0]?.text === 'git' && words.some((word) => word.text === 'config') && at > 0;
  const isKept = isSet && !words.some((word) => /^--(unset|get)/.test(word.text));
  if (!isKept || value?.kind !== 'literal' || path.posix.isAbsolute(value.text)) return undefined;
  return { path: path.posix.normalize(value.text), from: 'root' };
}

/** `husky x` and, before its ninth version, `husky install x`. */
function installed({ words, place }: ShellCommand): HookFolder | undefined {
  const at = words.findIndex((word) => word.text === 'husky');
  const args = at < 0 || at > 2 ? [] : words.slice(at + 1);
  const [folder] = args[0]?.text === 'install' ? args.slice(1) : args;
  const isFolder = folder?.kind === 'literal' && !/^(-|add$|set$|init$|uninstall$)/.test(folder.text);
  const found = isFolder ? pathOf(folder, place) : null;
  return found === null ? undefined : { path: found, from: 'line' };
}

/** The folders that a line makes git take its hooks from. */
export function hookFolders(text: string): readonly HookFolder[] {
  if (!/core\.hookspath|husky/i.test(text)) return [];
  const found = readShell(text).commands.map((command) => configured(command.words) ?? installed(command));
  return found.filter((folder) => folder !== undefined);
}

/** Whether a hook's first line says that a shell reads it; without one git gives it to `sh`. */
export function isShellProgram(text: string): boolean {
  const [, program] = /^#!\s*(\S+(?:\s+\S+)*)/.exec(text) ?? [];
  return program === undefined || /\b(ba|z|da|k|a)?sh\b/.test(program);
}
