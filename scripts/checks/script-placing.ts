/** Which file of the graded tree a program takes for the path that it is given. */
import path from 'node:path';
import { runnableAs } from '../core/script-built.ts';
import type { FoundFile, Taking } from '../core/script-reading.ts';
import type { GradedTree } from '../effects/tree.ts';
import { treeIndex } from './tree-index.ts';

/** Links to links that are followed; more is a circle. */
const linksMax = 8;

/** The path with the tree's own links to folders followed; null when it leads out of what git holds. */
export async function withoutLinks(tree: GradedTree, file: string, depth = 0): Promise<string | null> {
  const names = file.split('/');
  for (let length = 1; length <= names.length; length += 1) {
    const front = names.slice(0, length).join('/');
    const mode = tree.entries.get(front)?.mode;
    if (mode === '160000') return null;
    if (mode !== '120000' || length === names.length) continue;
    const target = (await tree.read(front)) ?? '';
    const led = path.posix.join(path.posix.dirname(front), target, ...names.slice(length));
    const isOutside = path.posix.isAbsolute(target) || led.startsWith('..') || depth >= linksMax;
    return isOutside ? null : await withoutLinks(tree, led, depth + 1);
  }
  return file;
}

export interface Taken {
  /** The file that is there, or the one that should be. */
  readonly file: string;
  readonly there: boolean;
}

/** A text of a package.json; undefined where there is none, or no such file. */
export async function packageField(tree: GradedTree, file: string, key: 'main' | 'name'): Promise<string | undefined> {
  const text = (await tree.read(file)) ?? '{}';
  try {
    const content: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof content !== 'object' || content === null) return undefined;
    const value: unknown = Object.entries(content).find(([name]) => name === key)?.[1];
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch (error) {
    // What is wrong with that file is said where packages are read.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A folder given to Node: its package.json says which file, else it is the index (nodejs.org/api/modules.html). */
async function folderAsModule(tree: GradedTree, folder: string, taking: Taking): Promise<Taken> {
  const main = await packageField(tree, path.posix.join(folder, 'package.json'), 'main');
  const wanted = path.posix.join(folder, main ?? 'index.js');
  // Runners of TypeScript have fields of their own for it.
  const isOther = main === undefined && taking === 'source' && tree.has(path.posix.join(folder, 'package.json'));
  if (wanted.startsWith('..') || isOther) return { file: folder, there: true };
  const found = runnableAs(wanted, taking).find((candidate) => tree.has(candidate));
  return { file: found ?? wanted, there: found !== undefined };
}

/** The file that stands for a path. A folder is there where the program takes folders. */
export async function takenAs(tree: GradedTree, written: string, taking: Taking): Promise<Taken> {
  const found = runnableAs(written, taking).find((candidate) => tree.has(candidate));
  if (found !== undefined) return { file: found, there: true };
  if (written !== '.' && !treeIndex(tree).hasFolder(written)) return { file: written, there: false };
  switch (taking) {
    case 'module':
    case 'source':
      return await folderAsModule(tree, written, taking);
    case 'project':
      return { file: path.posix.join(written, 'tsconfig.json'), there: false };
    case 'path':
    case 'settings':
      return { file: written, there: true };
    case 'file':
      return { file: written, there: written === '.' };
  }
}

/** The file that a program finds by itself: one of its names in that folder, or in one above. A folder counts as well. */
export function takenAsFound(tree: GradedTree, usual: string, { names, upward }: FoundFile): Taken {
  for (let folder = path.posix.dirname(usual); ; folder = path.posix.dirname(folder)) {
    const files = names.map((name) => path.posix.join(folder, name));
    const file = files.find((one) => tree.has(one) || treeIndex(tree).hasFolder(one));
    if (file !== undefined) return { file, there: true };
    if (!upward || folder === '.') return { file: usual, there: false };
  }
}
