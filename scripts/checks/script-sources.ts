/** Every shell line that package.json files, hooks and lint-staged configuration of the graded tree hold. */
import path from 'node:path';
import { hookNames } from '../core/hook-names.ts';
import { hookFolders, isShellProgram } from '../core/script-hooks.ts';
import { stagedTasks } from '../core/script-staged.ts';
import type { GradedTree } from '../effects/tree.ts';
import type { CheckContext } from './check.ts';
import { type PackagesRead, readPackages, type ScriptLine } from './script-packages.ts';
import { stagedProgram } from './script-staged-program.ts';

export type { Standing } from './script-membership.ts';
export type { ScriptLine, ScriptPackage } from './script-packages.ts';

export type ScriptSources = PackagesRead;

/** The folders with hook files, from the root. */
function foldersOf(lines: readonly ScriptLine[]): readonly string[] {
  const told = lines.flatMap(({ text, directory }) =>
    hookFolders(text).map((one) => (one.from === 'root' ? one.path : path.posix.join(directory, one.path))),
  );
  return [...new Set(['.husky', ...told])].map((folder) => folder.replace(/(.)\/$/, '$1'));
}

/** Other files in these folders are not run. */
async function hookLines(
  tree: GradedTree,
  named: readonly string[],
  lines: readonly ScriptLine[],
): Promise<readonly ScriptLine[]> {
  const names = [...new Set([...named, ...hookNames])];
  const all = foldersOf(lines).flatMap((folder) => names.map((hook) => path.posix.join(folder, hook)));
  const line = async (file: string): Promise<ScriptLine> => {
    const text = (await tree.read(file)) ?? '';
    const base = { name: `the hook ${file}`, label: path.posix.basename(file), file, directory: '.' };
    return isShellProgram(text) ? { ...base, text } : { ...base, text: '', unread: 'no shell program' };
  };
  return await Promise.all(all.filter((file) => tree.has(file)).map(line));
}

async function stagedLines(tree: GradedTree, file: string): Promise<readonly ScriptLine[] | null> {
  const text = (await tree.read(file)) ?? '';
  const tasks = stagedTasks(text);
  const directory = path.posix.dirname(file);
  if (tasks.length === 0 && text.trim() !== '') return null;
  return tasks.map((task) => ({
    name: `the lint-staged task "${task}" of ${file}`,
    label: task,
    file,
    directory,
    text: task,
  }));
}

/** What a configuration that is itself a program writes out; for the rest a line that says it is not read. */
async function programLines(tree: GradedTree, file: string): Promise<readonly ScriptLine[]> {
  const { tasks, complete } = await stagedProgram(file, (await tree.read(file)) ?? '');
  const base = { file, directory: path.posix.dirname(file) };
  const unread = { ...base, name: `the lint-staged tasks of ${file}`, label: 'lint-staged tasks', text: '' };
  return [
    ...tasks.map((text) => ({ ...base, name: `the lint-staged task "${text}" of ${file}`, label: text, text })),
    ...(complete ? [] : [{ ...unread, unread: 'a program makes them' }]),
  ];
}

interface Named {
  readonly packages: readonly string[];
  readonly staged: readonly string[];
  /** Configurations of lint-staged in JavaScript or TypeScript. */
  readonly programs: readonly string[];
}

/** The files of interest, in one walk: a tree may have a hundred thousand. */
function named(tree: GradedTree): Named {
  const packages: string[] = [];
  const staged: string[] = [];
  const programs: string[] = [];
  for (const file of tree.entries.keys()) {
    if (file.endsWith('/package.json')) packages.push(file);
    else if (!/lint-?staged/.test(file)) continue;
    else if (/(^|\/)\.lintstagedrc(\.json|\.ya?ml)?$/.test(file)) staged.push(file);
    else if (/(^|\/)(lint-staged\.config|\.lintstagedrc)\.[cm]?[jt]s$/.test(file)) programs.push(file);
  }
  return { packages: tree.has('package.json') ? ['package.json', ...packages] : packages, staged, programs };
}

/** Reads them all. Throws nothing for what a person wrote wrongly: it is told as unreadable. */
export async function readScriptSources(context: CheckContext, hooks: readonly string[]): Promise<ScriptSources> {
  const { tree } = context;
  const files = named(tree);
  const { lines, packages, broken, unreadable } = await readPackages(context, files.packages);
  const staged = await Promise.all(files.staged.map(async (file) => [file, await stagedLines(tree, file)] as const));
  const programs = await Promise.all(files.programs.map((file) => programLines(tree, file)));
  return {
    lines: [
      ...lines,
      ...(await hookLines(tree, hooks, lines)),
      ...staged.flatMap(([, found]) => found ?? []),
      ...programs.flat(),
    ],
    packages,
    broken,
    unreadable: [...unreadable, ...staged.flatMap(([file, found]) => (found === null ? [file] : []))],
  };
}
