/** Files that init writes whole, and how it knows later whether one is still as it wrote it. Pure. */
import { sha256Hex } from './evidence.ts';
import { hookFileName } from './hook-file.ts';
import { workflowPath } from './init-ci.ts';
import type { FileEdit, InitFacts } from './init-facts.ts';
import { attributesFile, hookFolder } from './init-policies.ts';
import { manifestPath } from './manifest.ts';

/** Their paths from the root of the work tree. */
export function wholeFiles(facts: Pick<InitFacts, 'hooks'>): readonly string[] {
  const policies = ['loop', 'promote', 'breaker', 'failure-classes'].map((name) => `policy/${name}.json`);
  const hooks = [`${hookFolder(facts)}/${hookFileName}`, attributesFile(facts)];
  return [manifestPath, ...policies, 'PROMPT.md', ...hooks, workflowPath];
}

/** A hash of a text, whatever line ends git gives it in a checkout. */
export function textHash(text: string): string {
  return sha256Hex(text.replaceAll('\r\n', '\n'));
}

/** What is to be noted once these edits are made: the hash of each file that init wrote whole. */
export function recordAfter(
  record: ReadonlyMap<string, string>,
  whole: readonly string[],
  edits: readonly FileEdit[],
): ReadonlyMap<string, string> {
  const next = new Map(record);
  for (const { path, after } of edits.filter((edit) => whole.includes(edit.path))) {
    if (after === null) next.delete(path);
    else next.set(path, textHash(after));
  }
  return next;
}
