/** Every shell line that package.json files, hooks and lint-staged configuration of the graded tree hold. */
import path from 'node:path';
import { stagedTasks } from '../core/script-staged.ts';
import type { GradedTree } from '../effects/tree.ts';
import type { CheckContext } from './check.ts';
import { type PackagesRead, readPackages, type ScriptLine } from './script-packages.ts';

export type { Standing } from './script-membership.ts';
export type { ScriptLine, ScriptPackage } from './script-packages.ts';

export type ScriptSources = PackagesRead;

/** githooks(5); other files in .husky are not run. */
const hookNames = [
  ...['pre-commit', 'pre-merge-commit', 'prepare-commit-msg', 'commit-msg', 'post-commit', 'pre-rebase', 'pre-push'],
  ...['post-checkout', 'post-merge', 'post-rewrite', 'pre-auto-gc', 'reference-transaction', 'applypatch-msg'],
  ...['pre-applypatch', 'post-applypatch'],
];

async function hookLines(tree: GradedTree, named: readonly string[]): Promise<readonly ScriptLine[]> {
  const all = [...new Set([...named, ...hookNames])].map((hook) => `.husky/${hook}`);
  const line = async (file: string): Promise<ScriptLine> => {
    const text = (await tree.read(file)) ?? '';
    return { name: `the hook ${file}`, label: path.posix.basename(file), file, directory: '.', text };
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

/** What a configuration that is itself a program stands for: lines that only running it would tell. */
function programLine(file: string): ScriptLine {
  const unread = 'a program makes them';
  return {
    name: `the lint-staged tasks of ${file}`,
    label: 'lint-staged tasks',
    file,
    directory: '.',
    text: '',
    unread,
  };
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
export async function readScriptSources({ tree }: CheckContext, hooks: readonly string[]): Promise<ScriptSources> {
  const files = named(tree);
  const { lines, packages, unreadable } = await readPackages(tree, files.packages);
  const staged = await Promise.all(files.staged.map(async (file) => [file, await stagedLines(tree, file)] as const));
  return {
    lines: [
      ...lines,
      ...(await hookLines(tree, hooks)),
      ...staged.flatMap(([, found]) => found ?? []),
      ...files.programs.map(programLine),
    ],
    packages,
    unreadable: [...unreadable, ...staged.flatMap(([file, found]) => (found === null ? [file] : []))],
  };
}
