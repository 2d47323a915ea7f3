/** An install that fails for the target as well: asked before a branch is blamed that changes nothing of what is installed. */
import { candidateRules } from '../core/candidate-failures.ts';
import { ownFailure } from '../core/classify.ts';
import type { Failure } from '../core/failure.ts';
import { isInstall } from '../core/gate-installs.ts';
import { decidesInstall } from '../core/package-managers.ts';
import { shellWord } from '../core/shell-word.ts';
import type { PromoteRun } from './facts.ts';

/** What the rules call an install that its own manifest and lockfile have stopped. */
const dependenciesBroken = 'dependencies-broken';

/**
 * The failure of the target in place of the candidate's; the failure itself where the command is more than an install,
 * or the candidate has other files that decide over it. Throws GitFailed.
 */
export async function withTargetAsked(run: PromoteRun, argv: readonly string[], failure: Failure): Promise<Failure> {
  const { candidate, fetched } = run.memory;
  if (candidate === null || fetched === null) throw new Error('the gate ran before merge');
  if (failure.phase !== 'prepare' || failure.rule !== dependenciesBroken || !isInstall(argv)) return failure;
  const changed = await run.world.git.changedPaths(fetched.targetSha, candidate.sha);
  if (changed.some(decidesInstall)) return failure;
  const { target } = run.local;
  const install = argv.map(shellWord).join(' ');
  const rule = candidateRules.targetInstall;
  const problem = `${target} itself cannot be installed: its package.json and lockfile are the same as those of the branch.`;
  const shown = `(d=$(mktemp -d) && git archive ${fetched.targetSha.slice(0, 12)} | tar -x -C "$d" && cd "$d" && ${install})`;
  const remedy = `${shown} shows it. Correct package.json and its lockfile, and push that to ${target} yourself`;
  return ownFailure('prepare', rule, { problem, remedy, tail: failure.tail ?? '', about: install });
}
