/** What still names the package manager of before, in a repository that has changed it since its adoption. Pure. */
import { workflowPath } from './init-ci.ts';
import { type InitFacts, type InitNote, type InitPart, type PackageManager, warning } from './init-facts.ts';
import { again } from './init-next.ts';
import { typedPath } from './init-typed.ts';
import { manifestPath } from './manifest.ts';
import { cleanInstall, programOf } from './package-managers.ts';

const managers: readonly PackageManager[] = ['npm', 'pnpm', 'yarn', 'yarn-berry', 'bun'];

/** The doctor's job in CI installs as init wrote it for another manager. */
function staleWorkflow(facts: InitFacts): readonly InitNote[] {
  const others = managers.filter((one) => programOf(one) !== programOf(facts.manager));
  const installs = others.flatMap((one) => [true, false].map((isLocked) => cleanInstall(one, isLocked).join(' ')));
  const lines = (facts.texts.get(workflowPath) ?? '').split('\n').map((line) => line.trim());
  const stale = installs.find((install) => lines.includes(`- run: ${install}`));
  if (stale === undefined) return [];
  const text = `${workflowPath} installs with "${stale}", and this repository with ${programOf(facts.manager)}. Correct it, or have it written anew:`;
  return [warning(text, `rm ${typedPath(facts, workflowPath)} && ${again}`)];
}

/** The files in which planManager asks a person for an edit: the commit that follows is to hold it. */
export function editedByPerson({ goneLockfiles, foreignInstalls }: InitFacts): readonly string[] {
  return [
    ...(goneLockfiles.length === 0 ? [] : [manifestPath]),
    ...(foreignInstalls.length === 0 ? [] : ['policy/promote.json']),
  ];
}

/** The edits that a person makes: what is in the contract and the policies is not taken from under those who read them. */
export function planManager(facts: InitFacts): InitPart {
  const { goneLockfiles, foreignInstalls, lockfile } = facts;
  const named = goneLockfiles.map((file) => {
    const instead = lockfile === null ? 'take it out' : `write ${lockfile} in its place`;
    return warning(`"files" of ${manifestPath} names ${file}, which is gone: ${instead}.`);
  });
  const installs = foreignInstalls.map(({ problem, remedy }) => warning(`${problem} To mend it: ${remedy}.`));
  return { edits: [], notes: [...named, ...installs, ...staleWorkflow(facts)] };
}
