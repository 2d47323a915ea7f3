/** What runs have left in a clone, for a person who takes loopbreaker out of it. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { CheckContext } from './checks/check.ts';
import { type InitFacts, type InitNote, warning } from './core/init-facts.ts';
import { refsNote, stateNote } from './core/init-next.ts';
import { worktreePattern } from './core/init-plan.ts';
import { parseObject } from './core/json-value.ts';
import { ourRefs } from './core/litter.ts';
import { policyPaths } from './effects/policies.ts';

/** What stays of loops and promotions in this clone. */
export async function leftNotes({ git, commonDirectory }: CheckContext): Promise<readonly InitNote[]> {
  const folder = path.join(commonDirectory, 'loopbreaker');
  const isKept = existsSync(folder) && readdirSync(folder).length > 0;
  const refs = await git(['for-each-ref', '--count=1', ourRefs]);
  return [...(isKept ? [stateNote()] : []), ...(refs.stdout === '' ? [] : [refsNote()])];
}

/** Folders of worktrees that runs have left, or are at work in: without its policy nobody looks for them any more. */
export async function leftWorktrees(context: CheckContext, facts: InitFacts): Promise<readonly string[]> {
  const named = parseObject(facts.texts.get(policyPaths.promote) ?? '{}')?.worktreeDirectory;
  const machine = await context.machine?.();
  const ours = machine?.survey(typeof named === 'string' ? named : worktreePattern.slice(1)).ours ?? [];
  return [...new Set(ours.map(({ directory }) => path.dirname(directory)))];
}

/** The warning of a dry run that they are there. */
export function leftNote(folders: readonly string[]): InitNote {
  return warning(`Worktrees of runs are left in ${folders.join(', ')}:`, 'npx loopbreaker worktrees --clean');
}
