/** What auto-promote knows: the world it may act on, what it has established in this run, and the facts it observes. */
import type { FailureRule } from '../core/classify.ts';
import type { Failure, Phase } from '../core/failure.ts';
import { builtInRules } from '../core/failure-rules.ts';
import type { FindingCode } from '../core/finding-codes.ts';
import type { Flake } from '../core/flake.ts';
import type { PromotePolicy, RetryPolicy } from '../core/policy.ts';
import type { StatedClock } from '../core/stated-time.ts';
import type { AcceptedVerdict, BlockedVerdict, TriggerId, VerdictInputs } from '../core/verdict.ts';
import type { ChildEnd } from '../effects/agent.ts';
import type { FilesAt, WithAttributes } from '../effects/attributes.ts';
import type { Checkout, Checkouts } from '../effects/checkout.ts';
import type { GateMemory } from '../effects/gate-memory.ts';
import type { IntegrationQuestions } from '../effects/git-integration.ts';
import type { GitQuestions } from '../effects/git-questions.ts';
import type { UnpinnedPackages } from '../effects/package-files.ts';
import type { Policies, PoliciesReading } from '../effects/policies.ts';
import type { Surroundings } from '../effects/surroundings.ts';
import type { Verdicts } from '../effects/verdicts.ts';
import { landedAs, releasableKeepRefs } from './landed.ts';

/** What the doctor said of a commit. */
export interface DoctorAnswer {
  readonly exitCode: number;
  /** One line a finding, or the reason why it could not be checked. */
  readonly summary: string;
  /** The codes of its errors. */
  readonly codes: readonly FindingCode[];
}

export interface GateCommand {
  readonly phase: Phase;
  readonly argv: readonly string[];
  readonly directory: string;
  readonly timeoutMs: number;
  /** Name of the log, such as `qa-test`. */
  readonly log: string;
}

/** The effects that phases may use, handed in by auto-promote.ts. */
export interface PromoteWorld {
  readonly git: GitQuestions;
  readonly integration: IntegrationQuestions;
  readonly filesAt: FilesAt;
  readonly withAttributes: WithAttributes;
  readonly checkouts: Checkouts;
  readonly verdicts: Verdicts;
  readonly gateMemory: GateMemory;
  readonly unpinnedPackages: UnpinnedPackages;
  /** The repository around a checkout, to be compared with how it is now. */
  readonly surroundings: (checkout: string) => Promise<Surroundings>;
  /** Policies of a commit. */
  readonly policiesAt: (commit: string) => Promise<PoliciesReading>;
  readonly doctor: (commit: string) => Promise<DoctorAnswer>;
  readonly runGate: (command: GateCommand) => Promise<ChildEnd>;
  /** Where the log of a gate command is kept. */
  readonly logPath: (name: string) => string;
  /** Null when the breaker admits this run (or already has); else why not. */
  readonly refusedByBreaker: () => Promise<Failure | null>;
  /** Takes one token of the retry budget; false when it is spent. */
  readonly takeRetryToken: () => Promise<boolean>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
  readonly monotonicMs: () => number;
  /** Wall clock as ISO 8601. */
  readonly timestamp: () => string;
  /** By it the times are understood that servers state. */
  readonly statedClock: () => StatedClock;
  /** Descriptor of the held promote lock: only the push inherits it. */
  readonly lockFd: number;
  readonly hash: (text: string) => string;
}

/** What the fetch of this run established. */
export interface Fetched {
  readonly url: string;
  readonly targetSha: string;
  readonly trusted: Policies;
}

/** What this run has established. The world is asked wherever it can be; this is only what it cannot be asked. */
export interface RunMemory {
  preflightPassed: boolean;
  fetched: Fetched | null;
  /** A candidate that passed the protected paths and the doctor in this run, for the target it was made for. */
  candidate: { readonly sha: string; readonly tree: string; readonly target: string } | null;
  /** The target to which the branch would add nothing; null when that is not known of any. */
  nothingLeftFor: string | null;
  reintegrations: number;
  /** What became of the branch on the remote, once it has been asked for. */
  remoteBranch: 'deleted' | 'absent' | 'moved' | null;
  /** What the gate of this run has shown: it has said both yes and no to the very same thing. */
  flake: Flake | null;
  /** The blocked verdict behind a failure, when one stood already. */
  standing: BlockedVerdict | null;
  /** A person's word for the protected changes of this commit, once it was needed. */
  accepted: AcceptedVerdict | null;
}

export interface PromoteRun {
  readonly runId: string;
  readonly trigger: TriggerId;
  /** The local promote.json: only `remote`, `target` and where worktrees go are obeyed. */
  readonly local: PromotePolicy;
  /** The local retry policy: the fetch needs one before the trusted policy is known. */
  readonly retry: RetryPolicy;
  readonly world: PromoteWorld;
  readonly memory: RunMemory;
}

export interface PromoteFacts {
  readonly preflightPassed: boolean;
  readonly fetched: Fetched | null;
  /** The commit of the remote's target, as this run fetched it, through which the trigger landed; null: it has not. */
  readonly landedAs: string | null;
  readonly landed: boolean;
  readonly candidate: RunMemory['candidate'];
  readonly hasGate: boolean;
  readonly gatePassed: boolean;
  /** This run's checkout is there, at the candidate and clean. */
  readonly checkoutReady: boolean;
  /** Policy wants the branch gone from the remote, and it has not been dealt with in this run. */
  readonly remoteBranchPending: boolean;
  /** What this run has put up; what dead runs left is cleared away before the first phase (hygiene.ts). */
  readonly leftovers: readonly Checkout[];
  readonly keepRefs: readonly { readonly ref: string; readonly sha: string }[];
}

/** Where the target of a remote is fetched to: our own namespace. */
export function targetRef(remote: string, target: string): string {
  // One level: "main" and "main/next" could not both be refs of one folder.
  return `refs/loopbreaker/remotes/${remote}/${target.replaceAll('%', '%25').replaceAll('/', '%2F')}`;
}

/** The failure rules of a run: the trusted copy's own ones, once it has been read, before the built-in ones. */
export function rulesOf(run: PromoteRun): readonly FailureRule[] {
  return [...(run.memory.fetched?.trusted.rules ?? []), ...builtInRules];
}

/** Key of an answer of the gate: tree, commands, Node, and the packages that the tree itself does not pin. */
export async function gateKey(run: PromoteRun, trusted: Policies, tree: string): Promise<string> {
  const { prepare, qa } = trusted.promote;
  const packages = await run.world.unpinnedPackages(tree);
  return run.world.hash(JSON.stringify({ tree, prepare, qa, node: process.version, packages }));
}

async function gatePassed(run: PromoteRun, candidate: RunMemory['candidate']): Promise<boolean> {
  const { fetched } = run.memory;
  if (candidate === null || fetched === null || fetched.trusted.promote.qa.length === 0) return false;
  return run.world.gateMemory.hasPass(await gateKey(run, fetched.trusted, candidate.tree));
}

/** What a blocked verdict of this run depends on; `target` only where the verdict depends on the target too. */
export function verdictInputs(tree: string, fetched: Fetched, withTarget: boolean): VerdictInputs {
  return { tree, policy: fetched.trusted.hash, target: withTarget ? fetched.targetSha : null };
}

async function checkoutReady(run: PromoteRun, candidate: string): Promise<boolean> {
  const tree = run.world.checkouts.treeOf(run.runId);
  const entry = (await run.world.git.worktrees()).find((worktree) => worktree.path === tree);
  return entry?.head === candidate && !entry.prunable;
}

async function landingOf(run: PromoteRun, { trusted, targetSha }: Fetched): Promise<string | null> {
  if (run.memory.nothingLeftFor === targetSha) return targetSha;
  return await landedAs(run.world, trusted.promote.strategy, targetSha, run.trigger.sha);
}

/** Looks at the world: refs, worktrees, verdicts. Called before the first phase and after every phase. */
export async function observe(run: PromoteRun): Promise<PromoteFacts> {
  const { checkouts } = run.world;
  const { preflightPassed, fetched, candidate } = run.memory;
  const hasGate = fetched !== null && fetched.trusted.promote.qa.length > 0;
  const current = candidate !== null && candidate.target === fetched?.targetSha ? candidate : null;
  // None of these depends on another: they are asked at the same time.
  const landing = fetched === null ? Promise.resolve(null) : landingOf(run, fetched);
  const [landedAs, passed, ready, keepRefs] = await Promise.all([
    landing,
    gatePassed(run, current),
    current !== null && checkoutReady(run, current.sha),
    fetched === null ? [] : landing.then((as) => releasableKeepRefs(run, fetched, as !== null)),
  ]);
  const landed = landedAs !== null;
  return {
    preflightPassed,
    fetched,
    landedAs,
    landed,
    candidate: current,
    hasGate,
    gatePassed: passed,
    checkoutReady: ready,
    remoteBranchPending: landed && fetched !== null && isRemoteBranchPending(run, fetched),
    leftovers: checkouts.list().filter(({ runId }) => runId === run.runId),
    keepRefs,
  };
}

/** The target is a branch that has landed too: whoever promotes from it wants to keep it. */
function isRemoteBranchPending({ trigger, local, memory }: PromoteRun, { trusted }: Fetched): boolean {
  if (trigger.branch === `refs/heads/${local.target}`) return false;
  return trusted.promote.deleteRemoteBranch && memory.remoteBranch === null;
}
