/** How init knows later whether a file is still as it left it: one that it wrote whole, or one that it edited. Pure. */
import { sha256Hex } from './evidence.ts';
import { hookFileName } from './hook-file.ts';
import { workflowPath } from './init-ci.ts';
import type { FileEdit, InitFacts } from './init-facts.ts';
import { attributesFile, hookFolder } from './init-policies.ts';
import { withUnixEnds } from './line-ends.ts';
import { manifestPath } from './manifest.ts';

/** Their paths from the root of the work tree. */
export function wholeFiles(facts: Pick<InitFacts, 'hooks'>): readonly string[] {
  const policies = ['loop', 'promote', 'breaker', 'failure-classes'].map((name) => `policy/${name}.json`);
  const hooks = [`${hookFolder(facts)}/${hookFileName}`, attributesFile(facts)];
  return [manifestPath, ...policies, 'PROMPT.md', ...hooks, workflowPath];
}

/** A hash of a text, whatever line ends git gives it in a checkout. */
export function textHash(text: string): string {
  return sha256Hex(withUnixEnds(text));
}

/** A hash of an edit: with both of its texts known again, the one from before may be put in the place of the other. */
export function editHash(before: string, after: string): string {
  return sha256Hex(JSON.stringify([before, after]));
}

/** What is to be noted once these edits are made: the hash of each file that init wrote whole, and of each edit of another. */
export function recordAfter(
  record: ReadonlyMap<string, string>,
  whole: readonly string[],
  edits: readonly FileEdit[],
): ReadonlyMap<string, string> {
  const next = new Map(record);
  for (const { path, before, after } of edits) {
    if (after === null) next.delete(path);
    else if (whole.includes(path)) next.set(path, textHash(after));
    else if (before !== null) next.set(path, editHash(before, after));
  }
  return next;
}

/** What stays noted once what init did to these files has been undone. */
export function recordWithout(
  record: ReadonlyMap<string, string>,
  undone: readonly FileEdit[],
): ReadonlyMap<string, string> {
  return new Map([...record].filter(([path]) => !undone.some((edit) => edit.path === path)));
}
