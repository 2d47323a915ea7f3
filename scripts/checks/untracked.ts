/** Untracked files where programs are: an error if something tracked needs them, else worth a look. */

import type { CheckOutcome, Finding } from '../core/doctor.ts';
import type { Manifest } from '../core/manifest.ts';
import { type Check, type CheckContext, withManifest } from './check.ts';
import { importSource } from './import-source.ts';
import { pathspecWord } from './pathspec-word.ts';

/** Findings shown; a folder of a thousand left-overs is one thing, not a thousand. */
const findingsMax = 25;

/** Source files whose imports are read, so that a huge folder costs seconds and not minutes. */
const sourcesMax = 5000;

async function untrackedFiles(context: CheckContext, directories: readonly string[]): Promise<readonly string[]> {
  const pathspecs = directories.map((directory) => `:(top,literal)${directory}`);
  const asked = await context.git(['ls-files', '--others', '--exclude-standard', '-z', '--', ...pathspecs]);
  if (asked.exitCode !== 0) throw new Error(`git ls-files --others failed: ${asked.stderr.trim()}`);
  return asked.stdout.split('\0').filter((name) => name !== '');
}

/** The tracked files of the runtime directories that import each untracked one, by its path. */
async function importers(context: CheckContext, directories: readonly string[], untracked: ReadonlySet<string>) {
  const source = importSource(context, (file) => context.tree.has(file) || untracked.has(file));
  // What might use the file is asked for, so by the rules that find most.
  const { resolve } = source.under({ by: 'tsx', conditions: [] });
  const sources = [...context.tree.entries.keys()]
    .filter((file) => directories.some((directory) => file.startsWith(`${directory}/`)) && context.tree.has(file))
    .slice(0, sourcesMax);
  const found = new Map<string, string>();
  for (const file of sources) {
    for (const reference of await source.importsOf(file)) {
      const meant = await resolve(reference, file);
      if (meant.kind === 'file' && untracked.has(meant.path) && !found.has(meant.path)) found.set(meant.path, file);
    }
  }
  return found;
}

function findingFor(file: string, importer: string | undefined): Finding {
  const commands = [`git add ${pathspecWord(file)}`];
  if (importer !== undefined) {
    const problem = `${file} is untracked, and ${importer} imports it.`;
    return { code: 'untracked-in-use', severity: 'error', problem, remedy: 'add it to git', commands, path: file };
  }
  const problem = `${file} is untracked, in a directory of programs.`;
  const remedy = 'add it to git, ignore it, or remove it';
  return { code: 'untracked-in-runtime-directory', severity: 'warning', problem, remedy, commands, path: file };
}

async function look(context: CheckContext, manifest: Manifest): Promise<CheckOutcome> {
  const directories = manifest.runtimeDirectories;
  if (directories.length === 0) return { findings: [], skipped: 'the manifest names no runtime directories' };
  const files = await untrackedFiles(context, directories);
  if (files.length === 0) return { findings: [] };
  const inUse = await importers(context, directories, new Set(files));
  const sorted = [...files].sort((a, b) => Number(inUse.has(b)) - Number(inUse.has(a)));
  const findings = sorted.slice(0, findingsMax).map((file) => findingFor(file, inUse.get(file)));
  return files.length <= findingsMax ? { findings } : { findings, leftOut: files.length - findingsMax };
}

/** Check `untracked`. */
export const untracked: Check = {
  id: 'untracked',
  title: 'no untracked file where programs are',
  asks: 'Does a runtime directory hold files that git does not, and does something tracked need them?',
  run: withManifest((context, manifest) => {
    if (context.tree.kind === 'worktree') return look(context, manifest);
    return { findings: [], skipped: 'only the work tree can hold untracked files' };
  }),
};
