/** Opens everything that loop, auto-promote and the commands around them work with, for one repository. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileOfCommand } from './core/command-file.ts';
import type { JournalEntry } from './core/journal.ts';
import { objectAt, parseObject } from './core/json-value.ts';
import { hasErrorCode } from './core/outcome.ts';
import type { Moment } from './core/promotion.ts';
import { salvageLimits } from './core/worktree.ts';
import { type RunChild, runChild } from './effects/agent.ts';
import { worktreeName } from './effects/bypasses.ts';
import { type Checkouts, openCheckouts } from './effects/checkout.ts';
import { askedSeldom, type EvidenceSource } from './effects/evidence.ts';
import { type GateMemory, openGateMemory } from './effects/gate-memory.ts';
import { openGit, type RunGit } from './effects/git.ts';
import { type GitQuestions, questionsOf } from './effects/git-questions.ts';
import { kernelLocks, type TakeLock } from './effects/lock.ts';
import { type Policies, policiesRefusal, policyPaths, type ReadText, readPolicies } from './effects/policies.ts';
import type { Execute } from './effects/process.ts';
import { findRepository, type Repository } from './effects/repository.ts';
import { openStore, type Store } from './effects/store.ts';
import { openVerdicts, type Verdicts } from './effects/verdicts.ts';
import { requireOwnPlace } from './effects/worktree-place.ts';
import type { RemovalRoom } from './effects/worktree-removal.ts';
import { openWorld, type World } from './effects/world.ts';
import { promoteEntryPoint } from './own-program.ts';

export interface Workspace {
  readonly repository: Repository;
  readonly runGit: RunGit;
  /** How the agent and the commands of the gate are run. */
  readonly runChild: RunChild;
  readonly git: GitQuestions;
  readonly world: World;
  /** The local policies: what the loop obeys. Auto-promote obeys the target's. */
  readonly policies: Policies;
  readonly store: Store;
  readonly takeLock: TakeLock;
  readonly verdicts: Verdicts;
  readonly gateMemory: GateMemory;
  readonly checkouts: Checkouts;
  /** What taking away a worktree of ours needs. */
  readonly removal: RemovalRoom;
  readonly evidence: EvidenceSource;
  readonly env: NodeJS.ProcessEnv;
}

export interface WorkspaceOptions {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stderr: { readonly write: (text: string) => unknown };
  /** How git children are run; the default is node:child_process. */
  readonly execute?: Execute;
  readonly world?: World;
  /** For a person's commands: policies that are broken are said and replaced by the defaults, not refused. */
  readonly lenient?: boolean;
  /** For looking only: the state directory is not even made. */
  readonly readOnly?: boolean;
}

/** Reads files of the work tree; null for one that is not there. */
export function diskReader(root: string): ReadText {
  return async (name) => {
    try {
      return await readFile(path.join(root, name), 'utf8');
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return null;
      if (hasErrorCode(error, 'EISDIR', 'EACCES')) return null;
      throw error;
    }
  };
}

/** The program whose loading decides about promotion, absolute: ours, or the one that the user's own command runs. */
async function promoteProgramOf(root: string, command: readonly string[] | null): Promise<string | null> {
  if (command === null) return promoteEntryPoint;
  const text = await diskReader(root)('package.json');
  const program = fileOfCommand(command, objectAt(parseObject(text ?? '{}') ?? {}, 'scripts'));
  return program === null ? null : path.resolve(root, program);
}

/** Enough to read and change state with; nothing that runs an agent or a promotion ever gets these. */
async function defaultPolicies(): Promise<Policies> {
  const texts: Readonly<Record<string, string>> = {
    [policyPaths.manifest]: '{"entryPoints":[]}',
    [policyPaths.loop]: '{"agent":{"command":["none"]}}',
  };
  const reading = await readPolicies(async (name) => texts[name] ?? '{}');
  if (reading.ok) return reading.policies;
  throw policiesRefusal(reading, 'in the program itself');
}

/** The policies of a work tree as they are on disk now. Throws the refusal (78) of those that cannot be used. */
export async function localPolicies(root: string): Promise<Policies> {
  const reading = await readPolicies(diskReader(root));
  if (reading.ok) return reading.policies;
  throw policiesRefusal(reading, `in ${root}`);
}

async function policiesFor(root: string, options: WorkspaceOptions): Promise<Policies> {
  if (options.lenient !== true) return await localPolicies(root);
  const reading = await readPolicies(diskReader(root));
  if (reading.ok) return reading.policies;
  const refusal = policiesRefusal(reading, `in ${root}`);
  options.stderr.write(`loopbreaker: ${refusal.detail.problem}\n  to mend it: ${refusal.detail.remedy}\n`);
  return await defaultPolicies();
}

/** Says on stderr what was just written to the journal with high severity. */
function announce(stderr: WorkspaceOptions['stderr']): (entry: JournalEntry) => void {
  return (entry) => {
    const about = entry.circuit === undefined ? '' : ` (${entry.circuit})`;
    stderr.write(`loopbreaker: ${entry.event}${about}: ${entry.why ?? ''}\n`);
  };
}

/** Opens the workspace. Throws a Refusal (78) for no repository, broken policies or state that cannot be made. */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { directory, env, stderr } = options;
  const world = options.world ?? openWorld();
  const repository = await findRepository(openGit(directory, env, options.execute), directory);
  const runGit = openGit(repository.root, env, options.execute);
  const git = questionsOf(runGit);
  const policies = await policiesFor(repository.root, options);
  const takeLock = kernelLocks(world);
  const store = openStore({
    directory: repository.stateDirectory,
    policy: policies.breaker,
    retryTokens: policies.breaker.retry.budgetTokens,
    world,
    takeLock,
    readOnly: options.readOnly ?? false,
    onHighSeverity: announce(stderr),
    onJournalLost: (why) => stderr.write(`loopbreaker: the journal could not be written (${why}); state itself was.\n`),
  });
  const { remote, target, worktreeDirectory, command } = policies.promote;
  const entryPoint = await promoteProgramOf(repository.root, command);
  const askTarget = askedSeldom(world, async () => {
    const url = await git.remoteUrl(remote);
    return url === null ? null : await git.remoteBranch(url, target);
  });
  const askAgent = async () => {
    const reading = await readPolicies(diskReader(repository.root));
    return reading.ok ? reading.policies.loop.agent : null;
  };
  const { commonDirectory } = repository;
  if (options.lenient !== true) requireOwnPlace(repository, worktreeDirectory);
  const removal: RemovalRoom = {
    runGit,
    git,
    commonDirectory,
    salvageDirectory: store.files.salvage,
    generated: policies.manifest.generated.map((entry) => entry.path),
    limits: salvageLimits,
    timestamp: () => new Date(world.clock().wallMs).toISOString(),
  };
  return {
    repository,
    runGit,
    runChild,
    git,
    world,
    policies,
    store,
    takeLock,
    env,
    verdicts: openVerdicts(store.files.verdicts),
    gateMemory: openGateMemory(store.files.passes),
    checkouts: openCheckouts({ root: repository.root, commonDirectory, worktreeDirectory }, removal, world),
    removal,
    evidence: {
      root: repository.root,
      stateDirectory: repository.stateDirectory,
      worktreeDirectory: path.join(repository.root, worktreeDirectory),
      entryPoint,
      remote,
      target,
      askTarget,
      askAgent,
      env,
      git,
      runGit,
    },
  };
}

/** Believed time, wall time and one random number, for a decision that is about to be made. */
export function momentOf(workspace: Workspace, now: number = workspace.store.now()): Moment {
  return { now, wallMs: workspace.world.clock().wallMs, random: workspace.world.random() };
}

/** The lock of the one loop that may run in this worktree. */
export function loopLockFile({ repository, store }: Workspace): string {
  return path.join(store.files.directory, `loop-${worktreeName(repository)}.lock`);
}
