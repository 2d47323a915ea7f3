/** Protected paths: a branch that changes them waits for a person, who accepts exactly one commit. */
import picomatch from 'picomatch';
import { ownFailure } from '../core/classify.ts';
import { ownRules } from '../core/own-failures.ts';
import type { PhaseEnd } from '../core/phases.ts';
import { shellWord } from '../core/shell-word.ts';
import { acceptanceOf, type TriggerId } from '../core/verdict.ts';
import { failed } from './attempt.ts';
import type { Fetched, PromoteRun } from './facts.ts';

/** Protected paths in which a commit differs from the target, by the target's own policy. */
export async function protectedChanges(
  run: Pick<PromoteRun, 'world'>,
  fetched: Fetched,
  commit: string,
): Promise<readonly string[]> {
  const isProtected = picomatch([...fetched.trusted.promote.protectedPaths], { dot: true });
  const changed = await run.world.git.changedPaths(fetched.targetSha, commit);
  return changed.filter((path) => isProtected(path));
}

/** The command by which a person accepts exactly this commit. */
export function acceptCommand({ branch, sha }: TriggerId): string {
  // The full name where the short one would be taken for an option.
  const name = branch.replace(/^refs\/heads\/(?!-)/, '');
  return `npm run promote -- --branch ${shellWord(name)} --accept-protected ${sha} --why "your reason"`;
}

/** The end of a candidate that changes protected paths without a person's word; else null. */
export async function protectedRefusal(run: PromoteRun, fetched: Fetched, candidate: string): Promise<PhaseEnd | null> {
  const changes = await protectedChanges(run, fetched, candidate);
  if (changes.length === 0) return null;
  run.memory.accepted = acceptanceOf(run.world.verdicts.all(), run.trigger);
  if (run.memory.accepted !== null) return null;
  const problem = `${ownRules.protectedPaths.problem} Changed: ${changes.slice(0, 5).join(', ')}`;
  const remedy = `a person reviews the change, then: ${acceptCommand(run.trigger)}; or the branch takes it back`;
  return failed(ownFailure('merge', ownRules.protectedPaths, { problem, remedy, about: changes.join('\n') }));
}
