/** What the check `script-targets` says about a repository. */
import { type Finding, subjectOf } from '../../scripts/core/doctor.ts';
import { examine, findingsOf } from './project.ts';
import type { Repository } from './repository.ts';

/** The text of a package.json with those scripts. */
export function scripts(commands: Readonly<Record<string, string>>, more: object = {}): string {
  return JSON.stringify({ type: 'module', scripts: commands, ...more });
}

/** The findings on a tree of the repository. */
export async function findings(repository: Repository, tree = 'HEAD'): Promise<readonly Finding[]> {
  return findingsOf(await examine(repository, tree, ['script-targets']), 'script-targets');
}

/** `severity code subject` of each finding. */
export async function verdicts(repository: Repository, tree = 'HEAD'): Promise<readonly string[]> {
  return (await findings(repository, tree)).map((one) => `${one.severity} ${one.code} ${subjectOf(one)}`);
}
