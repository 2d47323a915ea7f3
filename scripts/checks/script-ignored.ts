/** Which ignore rule hides each of many paths: asked of git at once, or read from the commit that is graded. */
import path from 'node:path';
import { hidingLine, type IgnoreFile } from '../core/script-ignore.ts';
import type { CheckContext } from './check.ts';

export interface IgnoreRule {
  /** `file:line: pattern`. */
  readonly text: string;
  readonly pattern: string;
}

type Rules = ReadonlyMap<string, IgnoreRule>;

/** Paths that are asked for one by one when git refuses them together. */
const singlesMax = 50;

async function ask({ git }: CheckContext, paths: readonly string[]): Promise<Rules | null> {
  const input = paths.map((file) => `${file}\0`).join('');
  const asked = await git(['check-ignore', '-v', '-z', '--no-index', '--stdin'], { input });
  if (asked.exitCode !== 0 && asked.exitCode !== 1) return null;
  const rules = new Map<string, IgnoreRule>();
  const fields = asked.stdout.split('\0');
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [source, line, pattern = '', file] = fields.slice(at, at + 4);
    // A pattern that begins with "!" is the rule that takes a path back in.
    if (file === undefined || pattern.startsWith('!')) continue;
    rules.set(file, { text: `${source}:${line}: ${pattern}`, pattern });
  }
  return rules;
}

async function askGit(context: CheckContext, paths: readonly string[]): Promise<Rules> {
  const all = await ask(context, paths);
  if (all !== null) return all;
  // One path that git refuses, such as one behind a link, spoils the answer for all, so each is asked for itself.
  const single = await Promise.all(paths.slice(0, singlesMax).map((file) => ask(context, [file])));
  return new Map(single.flatMap((rules) => [...(rules ?? [])]));
}

/** The .gitignore files of the tree in the folders on the way to the paths. */
function ignoreFiles({ tree }: CheckContext, paths: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const file of paths) {
    for (let folder = path.posix.dirname(file); ; folder = path.posix.dirname(folder)) {
      const candidate = path.posix.join(folder, '.gitignore');
      if (tree.has(candidate)) found.add(candidate);
      if (folder === '.') break;
    }
  }
  return [...found];
}

async function readRules({ tree }: CheckContext, names: readonly string[], paths: readonly string[]): Promise<Rules> {
  const { default: picomatch } = await import('picomatch');
  const options = { dot: true, nobrace: true, noextglob: true, nonegate: true };
  const read = async (name: string): Promise<IgnoreFile> => ({ path: name, text: (await tree.read(name)) ?? '' });
  const files = await Promise.all(names.map(read));
  const matches = (pattern: string, file: string): boolean => picomatch.isMatch(file, pattern, options);
  return new Map(
    paths.flatMap((file) => {
      const found = hidingLine(file, files, matches);
      if (found === undefined) return [];
      return [[file, { text: `${found.source}:${found.line}: ${found.pattern}`, pattern: found.pattern }] as const];
    }),
  );
}

/**
 * The rules by path. git reads .gitignore files from disk only: where disk lacks one that the graded commit has (a bare
 * repository, a clone without a checkout), they are read here.
 */
export async function ignoreRules(context: CheckContext, paths: readonly string[]): Promise<Rules> {
  if (paths.length === 0) return new Map();
  const names = ignoreFiles(context, paths);
  const onDisk = names.every((name) => context.disk.kindOf(name) !== 'absent');
  return onDisk ? await askGit(context, paths) : await readRules(context, names, paths);
}
