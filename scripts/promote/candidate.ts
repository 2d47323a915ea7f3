/** What a candidate may not hold whatever its tests say: things that would be missing where it is tested or pushed to. */
import { candidateRules } from '../core/candidate-failures.ts';
import { ownFailure } from '../core/classify.ts';
import type { Failure } from '../core/failure.ts';
import { unsetCommand } from '../core/git-config.ts';
import { ownRules } from '../core/own-failures.ts';
import type { PhaseEnd } from '../core/phases.ts';
import { withoutUrlSecrets } from '../core/secrets.ts';
import { shellWord } from '../core/shell-word.ts';
import { failed } from './attempt.ts';
import type { PromoteRun } from './facts.ts';

/** Attribute lines that hand files to git-lfs, also by a macro of their own. */
const keepsInLfs = (attributes: string): boolean =>
  attributes.split('\n').some((line) => /^\s*[^#\s].*\sfilter=lfs(\s|$)/.test(line));

/** The attribute files of a commit that name git-lfs. */
async function lfsAttributes({ world }: PromoteRun, commit: string, paths: readonly string[]) {
  const texts = await world.filesAt(commit, paths);
  return [...texts].flatMap(([path, text]) => (keepsInLfs(text) ? [path] : []));
}

function refused(rule: (typeof candidateRules)[keyof typeof candidateRules], paths: readonly string[]): PhaseEnd {
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : '';
  const problem = `${rule.problem} Found: ${paths.slice(0, 3).join(', ')}${more}.`;
  return failed(ownFailure('merge', rule, { problem, about: paths.join('\n') }));
}

/** Why this version cannot promote the candidate, or null. Needs a fetch of this run. */
export async function candidateRefusal(run: PromoteRun, commit: string): Promise<PhaseEnd | null> {
  const { submodules, attributeFiles } = await run.world.git.specialFiles(commit);
  const attributes = await lfsAttributes(run, commit, attributeFiles);
  if (attributes.length > 0) return refused(candidateRules.lfs, attributes);
  const hasGate = (run.memory.fetched?.trusted.promote.qa.length ?? 0) > 0;
  return hasGate && submodules.length > 0 ? refused(candidateRules.submodules, submodules) : null;
}

/** Answers about ancestry, which a history that is cut off cannot give. */
const aboutAncestry: readonly string[] = [ownRules.notFastForward.id, ownRules.unrelatedHistory.id];

/** The refusal in place of one that a shallow clone may have given wrongly; else null. */
export async function shallowRefusal(run: PromoteRun, failure: Failure): Promise<PhaseEnd | null> {
  if (!aboutAncestry.includes(failure.rule)) return null;
  if (!(await run.world.git.isShallow())) return null;
  const remedy = `git fetch --unshallow ${shellWord(run.local.remote)}`;
  return failed(ownFailure('merge', candidateRules.shallow, { remedy }));
}

/** Why this URL must not be pushed to although git would take it for that of the remote; null when all is well. */
export async function redirectRefusal(run: PromoteRun, url: string): Promise<PhaseEnd | null> {
  const setting = await run.world.git.redirectOf(run.local.remote, url);
  if (setting === null) return null;
  const problem = `${candidateRules.redirected.problem} It is ${withoutUrlSecrets(setting.key)} (${setting.origin}).`;
  const file = setting.origin.replace(/^file:/, '');
  const where = setting.origin.startsWith('file:') ? `--file ${shellWord(file)}` : '--local';
  const remedy = `${unsetCommand(where, setting)}, if it was not meant so`;
  return failed(ownFailure('fetch', candidateRules.redirected, { problem, remedy, about: setting.key }));
}
