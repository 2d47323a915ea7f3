/** What our own git commands put in the place of the repository's settings (fact 12), and where a push really goes. Pure. */
import { type GitSetting, isOfRepository, judgeSetting, placeOf, type Switches } from './git-config.ts';

/** git appends helpers to one list and empties it at an empty value: to leave one out is to name the others again. */
function helperSwitches(settings: readonly GitSetting[]): Switches {
  const helpers = settings.filter(({ key }) => /^credential(\..*)?\.helper$/.test(key));
  const kept = helpers.filter((setting) => !isOfRepository(setting) || judgeSetting(setting) === undefined);
  if (kept.length === helpers.length) return [];
  return [['credential.helper', ''], ...kept.map(({ key, value }) => [key, value] as const)];
}

/** Hooks in git's configuration are off whoever set them, like all hooks. */
function hookSwitches(settings: readonly GitSetting[]): Switches {
  const sections = settings.flatMap(({ key }) => /^(hook\..+)\.(command|event)$/.exec(key)?.[1] ?? []);
  return [...new Set(sections)].map((section) => [`${section}.enabled`, 'false']);
}

/**
 * Settings for our own git commands that take the place of those by which the repository would run a program. What the
 * person has set up for all repositories (an ssh command, a credential helper, git-lfs) stays as it is.
 */
export function switchesFor(settings: readonly GitSetting[]): Switches {
  const ofPerson = settings.filter((setting) => !isOfRepository(setting));
  const off = settings.filter(isOfRepository).flatMap((setting) => {
    const personal = ofPerson.findLast(({ key }) => key === setting.key)?.value;
    return judgeSetting(setting)?.off(setting.key, personal) ?? [];
  });
  return [...off, ...hookSwitches(settings), ...helperSwitches(settings)];
}

/**
 * Settings that make a URL mean itself: rewriting is by the longest match, and nothing is longer than the whole. Without
 * them `url.<base>.insteadOf` would be applied again at each later command, to a URL that it has already made.
 */
export function itself(url: string): Switches {
  return [
    [`url.${url}.insteadof`, url],
    [`url.${url}.pushinsteadof`, url],
  ];
}

/** In a partial clone git fetches by itself from a remote by name, with the program that the remote names. */
function programOfPartialClone(settings: readonly GitSetting[]): GitSetting | undefined {
  const isPartial = settings.some(({ key }) => /^remote\..*\.promisor$/.test(key));
  const program = (one: GitSetting) =>
    /^remote\..*\.(uploadpack|vcs)$/.test(one.key) && judgeSetting(one) !== undefined;
  return isPartial ? settings.find((one) => isOfRepository(one) && program(one)) : undefined;
}

/** The setting that sends a push of `remote` somewhere else than the remote says; null when it goes where it should. */
export function redirectOf(settings: readonly GitSetting[], remote: string, url: string): GitSetting | null {
  const rewritings = settings.filter(({ key }) => /^url\..*\.(push)?insteadof$/.test(key));
  // A rewriting of the very URL ties with ours, and a remote of that name is asked before any URL.
  const tied = rewritings.find(({ key, value }) => value === url && !key.startsWith(`url.${url}.`));
  const namesake = settings.find(({ key }) => key.startsWith(`remote.${url}.`));
  const known = tied ?? namesake ?? programOfPartialClone(settings);
  if (known !== undefined) return known;
  const written = settings.filter(({ key }) => key === `remote.${remote}.url` || key === `remote.${remote}.pushurl`);
  if (written.some(({ value }) => placeOf(value) === placeOf(url))) return null;
  // What a person rewrites for all repositories alike, such as a mirror, is the person's choice.
  const matches = ({ value }: GitSetting) => value !== '' && written.some((one) => one.value.startsWith(value));
  return rewritings.find((setting) => isOfRepository(setting) && matches(setting)) ?? null;
}
