/** How the candidate comes about, by strategy: one function each, of git objects alone. */
import { ownFailure } from '../core/classify.ts';
import type { Failure } from '../core/failure.ts';
import { ownRules } from '../core/own-failures.ts';
import type { Strategy } from '../core/policy.ts';
import { sourceTrailer, withTrailer } from '../core/trailer.ts';
import { shortBranch } from '../core/verdict.ts';
import type { Commit } from '../effects/git-integration.ts';
import type { Fetched, PromoteRun } from './facts.ts';
import { carriedBy } from './landed.ts';

/** The commit that would land. `nothing`: the target already holds all that the branch changes. */
export type Integration =
  | { readonly kind: 'candidate'; readonly sha: string }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failure'; readonly failure: Failure };

/** A branch of more commits than this is refused: their messages and replays are bounded like everything else. */
const commitsMax = 500;

interface Parting {
  readonly run: PromoteRun;
  readonly target: Commit;
  readonly head: Commit;
  /** Heads of this branch that the target carries under other shas: a squashed branch that goes on (fact 41). */
  readonly carried: readonly string[];
  /** Commits of the branch that the target lacks, parents first. */
  readonly commits: readonly Commit[];
  /** Folder with the target's attributes. */
  readonly attributes: string;
}

type Strategist = (parting: Parting) => Promise<Integration>;

const refusal = (failure: Failure): Integration => ({ kind: 'failure', failure });

function howToIntegrate({ local }: PromoteRun, verb: 'merge' | 'rebase'): string {
  const { remote, target } = local;
  return `git fetch ${remote} && git ${verb} ${remote}/${target}, solve what conflicts, commit and claim again`;
}

function conflict(parting: Parting, paths: readonly string[], during: string): Integration {
  const verb = parting.run.memory.fetched?.trusted.promote.strategy === 'rebase' ? 'rebase' : 'merge';
  const shown = paths.slice(0, 5).join(', ') + (paths.length > 5 ? ` and ${paths.length - 5} more` : '');
  const problem = `${ownRules.mergeConflict.problem} ${during} conflicts in ${shown}.`;
  const remedy = howToIntegrate(parting.run, verb);
  return refusal(ownFailure('merge', ownRules.mergeConflict, { problem, remedy, about: paths.join('\n') }));
}

/** The target, with what it carries of the branch as further parents: so git finds the right merge base. */
async function targetForMerge({ run, target, carried }: Parting): Promise<string> {
  if (carried.length === 0) return target.sha;
  return await run.world.integration.writeCommit({ ...target, parents: [target.sha, ...carried] });
}

async function mergedTree(parting: Parting): Promise<Integration | { readonly kind: 'tree'; readonly tree: string }> {
  const { run, head, attributes, target } = parting;
  const ours = await targetForMerge(parting);
  const merged = await run.world.integration.mergeTrees(ours, head.sha, attributes);
  if (!merged.clean) return conflict(parting, merged.conflicts, `Merging ${run.local.target}`);
  return merged.tree === target.tree ? { kind: 'nothing' } : { kind: 'tree', tree: merged.tree };
}

const secondsOf = (date: string): number => Number(date.split(' ')[0] ?? 0);

/** The later of the two dates: a candidate is never older than its parents, and the same on every re-run. */
function committerOf({ head, target }: Parting) {
  const later = secondsOf(target.committer.date) > secondsOf(head.committer.date) ? target : head;
  return { ...head.committer, date: later.committer.date };
}

async function commitTree(
  parting: Parting,
  tree: string,
  parents: readonly string[],
  text: string,
): Promise<Integration> {
  const { run, head } = parting;
  const message = withTrailer(text, sourceTrailer, run.trigger.sha);
  const committer = committerOf(parting);
  const author = { ...head.author, date: committer.date };
  const sha = await run.world.integration.writeCommit({ tree, parents, author, committer, message });
  return { kind: 'candidate', sha };
}

const merge: Strategist = async (parting) => {
  const merged = await mergedTree(parting);
  if (merged.kind !== 'tree') return merged;
  const { run, target, head } = parting;
  const text = `Merge branch '${shortBranch(run.trigger.branch)}' into ${run.local.target}`;
  return await commitTree(parting, merged.tree, [target.sha, head.sha], text);
};

const subjectOf = (commit: Commit): string => commit.message.split('\n')[0] ?? '';

/** One commit keeps its message; several are listed under the branch's name, and every author is named. */
function squashMessage(run: PromoteRun, commits: readonly Commit[], head: Commit): string {
  const own = commits.filter((commit) => commit.parents.length < 2);
  const [only] = own;
  if (only !== undefined && own.length === 1) return only.message;
  const list = own.map((commit) => `* ${subjectOf(commit)}`).join('\n');
  const text = `${shortBranch(run.trigger.branch)}: ${subjectOf(head)}\n\n${list}`;
  const others = new Set(own.map(({ author }) => `${author.name} <${author.email}>`));
  others.delete(`${head.author.name} <${head.author.email}>`);
  return [...others].reduce((message, author) => withTrailer(message, 'Co-authored-by', author), text);
}

const squash: Strategist = async (parting) => {
  const merged = await mergedTree(parting);
  if (merged.kind !== 'tree') return merged;
  const { run, target, commits, head } = parting;
  return await commitTree(parting, merged.tree, [target.sha], squashMessage(run, commits, head));
};

/** Replays one commit on a tree: a three-way merge whose base is the commit's own parent. */
async function replay(parting: Parting, onto: string, commit: Commit) {
  const { integration } = parting.run.world;
  const ours = await integration.writeCommit({ ...commit, tree: onto, message: 'replay' });
  return await integration.mergeTrees(ours, commit.sha, parting.attributes);
}

const rebase: Strategist = async (parting) => {
  const { run, target, head, commits } = parting;
  const { integration } = run.world;
  const branching = commits.find((commit) => commit.parents.length !== 1);
  if (branching !== undefined) {
    const problem = `${ownRules.rebaseOfMerge.problem} It is ${branching.sha.slice(0, 10)}.`;
    return refusal(ownFailure('merge', ownRules.rebaseOfMerge, { problem, remedy: howToIntegrate(run, 'rebase') }));
  }
  if (commits[0]?.parents[0] === target.sha) return { kind: 'candidate', sha: head.sha };
  const there = new Set((await integration.patches(target.sha, head.sha)).landed);
  const steps: { readonly commit: Commit; readonly tree: string }[] = [];
  let tree = target.tree;
  for (const commit of commits.filter(({ sha }) => !there.has(sha))) {
    const merged = await replay(parting, tree, commit);
    const during = `Replaying ${commit.sha.slice(0, 10)} on ${run.local.target}`;
    if (!merged.clean) return conflict(parting, merged.conflicts, during);
    if (merged.tree === tree) continue;
    tree = merged.tree;
    steps.push({ commit, tree });
  }
  let tip = target.sha;
  for (const [index, { commit, tree: replayed }] of steps.entries()) {
    const isLast = index === steps.length - 1;
    const message = isLast ? withTrailer(commit.message, sourceTrailer, head.sha) : commit.message;
    tip = await integration.writeCommit({ ...commit, tree: replayed, parents: [tip], message });
  }
  return tip === target.sha ? { kind: 'nothing' } : { kind: 'candidate', sha: tip };
};

const strategists: Readonly<Record<Exclude<Strategy, 'ff-only'>, Strategist>> = { merge, squash, rebase };

async function partingOf(run: PromoteRun, fetched: Fetched, attributes: string): Promise<Parting | Failure> {
  const { integration } = run.world;
  const target = await integration.commit(fetched.targetSha);
  const head = await integration.commit(run.trigger.sha);
  const { base, sources } = await carriedBy(run.world, target.sha, head.sha);
  if (base === null) return ownFailure('merge', ownRules.unrelatedHistory);
  const ahead = await integration.commitsOf(head.sha, [target.sha], commitsMax);
  if (ahead.length > commitsMax) return ownFailure('merge', ownRules.branchTooLong);
  const own = new Set(ahead.map(({ sha }) => sha));
  const carried = [...new Set(sources.map(({ source }) => source))].filter((source) => own.has(source));
  const commits =
    carried.length === 0 ? ahead : await integration.commitsOf(head.sha, [target.sha, ...carried], commitsMax);
  return { run, target, head, carried, commits, attributes };
}

/** Makes the candidate of this run. Throws GitFailed where git fails; a conflict and a refusal are answers. */
export async function integrate(run: PromoteRun, fetched: Fetched): Promise<Integration> {
  const { strategy } = fetched.trusted.promote;
  const { git, integration, withAttributes } = run.world;
  if (strategy === 'ff-only') {
    if (await git.isAncestor(fetched.targetSha, run.trigger.sha)) return { kind: 'candidate', sha: run.trigger.sha };
    return refusal(ownFailure('merge', ownRules.notFastForward, { remedy: howToIntegrate(run, 'rebase') }));
  }
  if (await integration.demandsSignature()) return refusal(ownFailure('merge', ownRules.signingRequired));
  return await withAttributes(fetched.targetSha, async (attributes) => {
    const parting = await partingOf(run, fetched, attributes);
    return 'class' in parting ? refusal(parting) : await strategists[strategy](parting);
  });
}
