/** What a person types after init, or after it was taken out. Pure. */
import path from 'node:path';
import { type InitFacts, type InitNote, note } from './init-facts.ts';
import { hookFolder } from './init-policies.ts';
import { typedIn, typedPath } from './init-typed.ts';
import { isJsonObject, objectAt, parseObject } from './json-value.ts';
import { ourRefs } from './litter.ts';
import { removeCommand } from './package-managers.ts';
import { shellWord } from './shell-word.ts';

/** Files that init may touch without writing them whole, from the root. */
export function touchedFiles({ home, lockfile, hooks, texts }: InitFacts): readonly string[] {
  const own = ['package.json', path.posix.join(home, 'package.json'), '.gitignore'];
  const config = hooks.kind === 'runner' ? [hooks.config] : [];
  return [...new Set([...own, ...(lockfile === null ? [] : [lockfile]), ...config, ...texts.keys()])];
}

/** Where this has to be typed, what follows is told by that run. */
export const again = 'npx loopbreaker init';

/**
 * The commands that make the adoption count: the commit of what git does not hold yet, its first push by hand, and the doctor.
 * `changed` is what git does not hold as it is now, `hidden` what it would not take without force.
 */
export function adoptionSteps(
  facts: InitFacts,
  { changed, hidden, isRenewal }: { changed: readonly string[]; hidden: readonly string[]; isRenewal: boolean },
): readonly string[] {
  const { remote, branch } = facts;
  const own = ['policy', hookFolder(facts)];
  const inOwn = (file: string): boolean => own.some((folder) => file.startsWith(`${folder}/`));
  const folders = own.filter((folder) => changed.some((file) => file.startsWith(`${folder}/`)));
  const files = [...changed.filter((file) => !inOwn(file)), ...folders];
  const adding = (how: string, names: readonly string[]): string =>
    names.length === 0 ? '' : `git add ${how}${names.map((name) => typedPath(facts, name)).join(' ')} && `;
  const add = adding('--force ', hidden) + adding('', files);
  const push = branch === remote.target ? remote.target : `HEAD:${remote.target}`;
  return [
    // A team that checks messages by commitlint takes no other kind.
    `${add}git commit -m "${isRenewal ? 'chore: renew the files of loopbreaker' : 'chore: adopt loopbreaker'}"`,
    `git push ${shellWord(remote.name)} ${shellWord(push)}`,
    'npx loopbreaker doctor',
  ];
}

const dependencyKeys = ['devDependencies', 'dependencies', 'optionalDependencies'];

/** Whether the package that init has joined names loopbreaker among its packages. */
function isInstalled({ home, texts }: InitFacts): boolean {
  const own = parseObject(texts.get(path.posix.join(home, 'package.json')) ?? '');
  return own !== null && dependencyKeys.some((key) => isJsonObject(own[key]) && 'loopbreaker' in objectAt(own, key));
}

/**
 * The commands that end the removal: the package goes, and what git still holds is committed. `changed` is what git does not
 * hold as it is now, `held` what of the package's own files it holds; `isStaged` tells of deletions that are staged already.
 */
export function removalSteps(
  facts: InitFacts,
  { changed, held, isStaged }: { changed: readonly string[]; held: readonly string[]; isStaged: boolean },
): readonly string[] {
  const { home, manager } = facts;
  const uninstall = typedIn(facts, home, removeCommand(manager));
  const isThere = isInstalled(facts);
  const files = [...new Set([...changed, ...(isThere ? held : [])])];
  const add = files.length === 0 ? '' : `git add --all ${files.map((file) => typedPath(facts, file)).join(' ')} && `;
  const isCommit = files.length > 0 || isStaged;
  return [...(isThere ? [uninstall] : []), ...(isCommit ? [`${add}git commit -m "chore: take loopbreaker out"`] : [])];
}

/** What stays of loops that ran here, and how it goes too. */
export function stateNote(): InitNote {
  const text =
    'What was written down in this clone (loopbreaker/ in the git directory) stays: verdicts, journal, what was found fit, work that was moved aside. To be rid of it too:';
  return note(text, 'rm -r "$(git rev-parse --git-common-dir)/loopbreaker"');
}

/** What stays of promotions, and how it goes too. */
export function refsNote(): InitNote {
  const text = `Refs of promotions (${ourRefs}) stay: one under keep/ may be all that holds the commits of a branch that is gone. To be rid of them too:`;
  return note(text, `git for-each-ref --format='delete %(refname)' ${ourRefs} | git update-ref --stdin`);
}
