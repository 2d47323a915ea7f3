/** Removals that git leaves out of the history of a path: on a branch whose merge kept nothing of it, or by a merge. */
import type { CheckContext } from './check.ts';
import { type Departure, offline, timeoutMs } from './script-copies.ts';
import { startOf } from './script-history.ts';

/** Parents of a merge that are asked; no merge of a person has more. */
const parentsMax = 16;

/** The first parent of a commit that has the file, as git writes it. */
async function parentWith({ git }: CheckContext, commit: string, parents: number, file: string): Promise<string> {
  const names = Array.from({ length: Math.min(parents, parentsMax) }, (_, at) => `^${at + 1}`);
  const input = names.map((name) => `${commit}${name}:${file}\n`).join('');
  const asked = await git([...offline, 'cat-file', '--batch-check=%(objectsize)'], { input, timeoutMs });
  const answers = asked.stdout.split('\n');
  return names.find((_, at) => /^\d+$/.test(answers[at] ?? '')) ?? '^';
}

/**
 * The newest commit anywhere in the history that lacks a file which one of its parents has; undefined when there is none
 * or git cannot say. Slower than the history of a path: ask only before "never" is said.
 */
export async function lostOnBranch(context: CheckContext, file: string): Promise<Departure | undefined> {
  if (file.includes('\n')) return undefined;
  const flags = ['-1', '-m', '--full-history', '--no-renames', '--diff-filter=D', '--name-only', '-z'];
  const format = '--format=%H %cs %P%x00';
  const args = [...offline, 'log', ...flags, format, '--end-of-options', startOf(context), '--', file];
  const log = await context.git(args, { timeoutMs });
  const [, commit, date, parents = ''] = /^([0-9a-f]+) ([\d-]+) ([0-9a-f ]+)\0/.exec(log.stdout) ?? [];
  if (log.exitCode !== 0 || commit === undefined || date === undefined) return undefined;
  const count = parents.split(' ').length;
  return { commit, date, path: file, parent: count > 1 ? await parentWith(context, commit, count, file) : '^' };
}
