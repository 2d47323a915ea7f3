/** What a person types after init, or after it was taken out. Pure. */
import path from 'node:path';
import { type InitFacts, type InitNote, note, type WayToTarget, warning } from './init-facts.ts';
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

export interface Uncommitted {
  /** What git does not hold as it is now. */
  readonly changed: readonly string[];
  /** What it would not take without force. */
  readonly hidden: readonly string[];
  readonly isRenewal: boolean;
  readonly way: WayToTarget;
}

/** Why the target is to be checked out first; nothing where the adoption may be pushed from here. */
export function wayNotes({ branch, remote }: InitFacts, way: WayToTarget): readonly InitNote[] {
  if (way === 'here') return [];
  const where = branch === null ? 'No branch is checked out' : `This is ${branch}`;
  const why = `${where}, and not what ${remote.name}/${remote.target} is: pushed from here, its own commits would land with the adoption, past the gate.`;
  const aside = `${remote.target} holds other versions of files that init wrote, so these are put aside (git stash list), and init looks again there.`;
  return [warning(`${why} ${way === 'aside' ? aside : `The adoption goes to ${remote.target} first.`}`)];
}

/** The files as words of a command: those in folders that are wholly of the adoption by these folders. */
function typedWords(facts: InitFacts, changed: readonly string[]): readonly string[] {
  const own = ['policy', hookFolder(facts)];
  const inOwn = (file: string): boolean => own.some((folder) => file.startsWith(`${folder}/`));
  const folders = own.filter((folder) => changed.some((file) => file.startsWith(`${folder}/`)));
  return [...changed.filter((file) => !inOwn(file)), ...folders].map((name) => typedPath(facts, name));
}

/** The commands around the commit that bring it to the target by way of its own branch, and back to where the person was. */
function roundTrip(facts: InitFacts, { changed, way }: Uncommitted) {
  const { branch, remote } = facts;
  const target = shellWord(remote.target);
  const there = `git switch ${target}`;
  const back = branch === null ? [] : [`git switch ${shellWord(branch)} && git merge ${target}`];
  switch (way) {
    case 'here':
      return { there: [], back: [] };
    case 'carried':
      return { there: [there], back };
    case 'fetched':
      return { there: [`git fetch ${shellWord(remote.name)} && ${there}`], back };
    case 'aside': {
      const files = typedWords(facts, changed).join(' ');
      return { there: [`git stash push --include-untracked -- ${files}`, `${there} && ${again}`], back };
    }
  }
}

/**
 * The commands that make the adoption count: the commit of what git does not hold yet, its first push by hand, and the doctor.
 * Only the adoption is pushed: from another branch than the target, what that holds would land past the gate.
 */
export function adoptionSteps(facts: InitFacts, open: Uncommitted): readonly string[] {
  const { remote, branch } = facts;
  const { changed, hidden, isRenewal, way } = open;
  const { there, back } = roundTrip(facts, open);
  if (way === 'aside') return [...there, ...back];
  const adding = (how: string, words: readonly string[]): string =>
    words.length === 0 ? '' : `git add ${how}${words.join(' ')} && `;
  const forced = hidden.map((name) => typedPath(facts, name));
  const add = adding('--force ', forced) + adding('', typedWords(facts, changed));
  const push = branch === remote.target || way !== 'here' ? remote.target : `HEAD:${remote.target}`;
  return [
    ...there,
    // A team that checks messages by commitlint takes no other kind.
    `${add}git commit -m "${isRenewal ? 'chore: renew the files of loopbreaker' : 'chore: adopt loopbreaker'}"`,
    `git push ${shellWord(remote.name)} ${shellWord(push)}`,
    ...back,
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
