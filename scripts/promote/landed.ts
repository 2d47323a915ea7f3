/** Whether a commit has landed on the target, and as which commit: asked of git's objects, never of memory. */
import type { Strategy } from '../core/policy.ts';
import type { Fetched, PromoteRun, PromoteWorld } from './facts.ts';

/** Refs that keep commits reachable until they have landed. */
export const keepPrefix = 'refs/loopbreaker/keep/';

/** What is asked: git, and what was integrated from where. */
export type LandingWorld = Pick<PromoteWorld, 'git' | 'integration'>;

/** The ancestor that two histories share, and what of the branch the target already carries under other shas. */
export interface Carried {
  readonly base: string | null;
  /** Commits of the target that name a head in their trailer, newest first. */
  readonly sources: readonly { readonly commit: string; readonly source: string }[];
}

/** Asks which heads the target names since it and `sha` parted. */
export async function carriedBy(world: LandingWorld, target: string, sha: string): Promise<Carried> {
  const base = await world.git.mergeBase(target, sha);
  return { base, sources: base === null ? [] : await world.integration.sourcesIn(base, target) };
}

/**
 * The commit of the target through which `sha` landed, or null. Itself where the target contains it; else, for a
 * strategy that rewrites, the commit whose trailer names it; for rebase also the target where it has every patch.
 */
export async function landedAs(
  world: LandingWorld,
  strategy: Strategy,
  target: string,
  sha: string,
): Promise<string | null> {
  if (await world.git.isAncestor(sha, target)) return sha;
  if (strategy === 'ff-only' || strategy === 'merge') return null;
  const { base, sources } = await carriedBy(world, target, sha);
  const named = sources.find(({ source }) => source === sha);
  if (named !== undefined) return named.commit;
  if (strategy === 'squash' || base === null) return null;
  const { landed, open } = await world.integration.patches(target, sha);
  return open.length === 0 && landed.length > 0 ? target : null;
}

/**
 * Those kept commits that have landed. There may be one for every line of work that was ever given up, so what git can
 * tell of all of them is asked once; only patches are asked of each, one after the other.
 */
export async function landedAmong(
  world: LandingWorld,
  strategy: Strategy,
  target: string,
  kept: readonly string[],
): Promise<ReadonlySet<string>> {
  const { git, integration } = world;
  if (kept.length === 0) return new Set();
  const landed = new Set((await git.refsUnder(keepPrefix, target)).map(({ sha }) => sha));
  if (strategy === 'ff-only' || strategy === 'merge') return landed;
  // Further back than any of them parted: no commit can name one that contains it.
  const from = await git.commonAncestor([target, ...kept]);
  for (const { source } of from === null ? [] : await integration.sourcesIn(from, target)) landed.add(source);
  if (strategy === 'squash' && from !== null) return landed;
  for (const sha of kept) {
    if (!landed.has(sha) && (await landedAs(world, strategy, target, sha)) !== null) landed.add(sha);
  }
  return landed;
}

/** So many keep refs are looked at; there are more only after that many abandoned lines of work. */
const keptMax = 500;

/**
 * Keep refs that have done their work: those whose commits are on the target, and those whose commits another keep ref
 * contains, also one that has landed under another sha. So there is one for each line of work that has not landed, however often it was tried.
 */
export async function releasableKeepRefs({ world, trigger }: PromoteRun, fetched: Fetched, hasLanded: boolean) {
  const refs = (await world.git.refsUnder(keepPrefix)).slice(0, keptMax);
  const others = refs.flatMap(({ sha }) => (sha === trigger.sha ? [] : [sha]));
  const landed = await landedAmong(world, fetched.trusted.promote.strategy, fetched.targetSha, others);
  const isDone = ({ sha }: { readonly sha: string }) => (sha === trigger.sha ? hasLanded : landed.has(sha));
  const tips = await world.git.independent(refs.map(({ sha }) => sha));
  // What another one contains goes first: after a kill the other one still tells that this one was dealt with.
  const contained = refs.filter(({ sha }) => !tips.includes(sha));
  return [...contained, ...refs.filter((ref) => tips.includes(ref.sha) && isDone(ref))];
}
