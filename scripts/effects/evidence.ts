/** Gathers evidence: the inputs that a config-fatal failure depended on, so that a change of one of them is noticed. */
import path from 'node:path';
import {
  absent,
  type Evidence,
  type EvidenceInput,
  type EvidenceKind,
  evidenceOf,
  noEvidence,
  sha256Hex,
  watchedSince,
} from '../core/evidence.ts';
import { GitFailed } from '../core/git-failed.ts';
import type { LoopPolicy } from '../core/policy.ts';
import { agentEvidence, agentFiles } from './agent-evidence.ts';
import { entryPointEvidence, entryPointFiles } from './entry-point-evidence.ts';
import type { RunGit } from './git.ts';
import type { GitQuestions } from './git-questions.ts';
import { fileHash } from './package-files.ts';
import { policyPaths } from './policies.ts';
import { placeFor, roomOn } from './room.ts';
import type { World } from './world.ts';

export interface EvidenceSource {
  /** Root of the repository: names of inputs are relative to it. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where state is kept, which may be another volume. */
  readonly stateDirectory: string;
  /** Where worktrees of promotions are made, absolute. */
  readonly worktreeDirectory: string;
  /** Absolute path of the program that promotes: ours, or the user's own; null where none can be told. */
  readonly entryPoint: string | null;
  readonly remote: string;
  readonly target: string;
  /** Commit of the target on the remote, null where there is none. Asked at most once a minute. Throws GitFailed. */
  readonly askTarget: () => Promise<string | null>;
  /** What policy/loop.json says of the agent now; null while the policies cannot be used. */
  readonly askAgent: () => Promise<LoopPolicy['agent'] | null>;
  readonly git: GitQuestions;
  readonly runGit: RunGit;
}

const askAgainMs = 60_000;

/** A question to a remote, answered from memory for a minute: also by the failure that it ended with. */
export function askedSeldom<T>(world: Pick<World, 'clock'>, ask: () => Promise<T>): () => Promise<T> {
  let last: { readonly atMs: number; readonly answer: Promise<T> } | null = null;
  return () => {
    const atMs = world.clock().monotonicMs;
    if (last === null || atMs - last.atMs >= askAgainMs) last = { atMs, answer: ask() };
    return last.answer;
  };
}

/** The files of git's own configuration: of all scopes and includes, and those that are read as soon as they are there. */
async function configFiles({ runGit, root }: EvidenceSource): Promise<readonly string[]> {
  const { stdout } = await runGit(['config', '--list', '--show-origin', '--name-only', '-z']);
  const origins = stdout.split('\0').filter((word) => word.startsWith('file:'));
  return [...new Set(origins.map((word) => path.resolve(root, word.slice('file:'.length))))];
}

/**
 * The files whose change may change evidence of this kind, absolute, those that are not there among them. Looking at
 * their times costs next to nothing; what they do not tell (a remote, a new config file) is told by gathering again.
 */
export async function evidenceFiles(kind: EvidenceKind, source: EvidenceSource): Promise<readonly string[]> {
  const { root, entryPoint, env } = source;
  switch (kind) {
    case 'entry-point':
      return await entryPointFiles(root, entryPoint);
    case 'agent':
      return agentFiles(await source.askAgent(), root, env);
    case 'remote':
    case 'remote-gone':
      return await configFiles(source);
    case 'remote-target':
      return [path.join(root, policyPaths.promote)];
    case 'disk':
    case 'none':
      return [];
  }
}

const targetName = ({ target, remote }: EvidenceSource): string => `${target} on ${remote}`;

/** The way to the remote, as it is set up here. */
async function wayToRemote({ git, runGit, remote }: EvidenceSource): Promise<readonly EvidenceInput[]> {
  const url = (await git.remoteUrl(remote)) ?? absent;
  const helper = (await runGit(['config', '--get-all', 'credential.helper'])).stdout;
  return [
    { name: `URL of ${remote}`, sha256: url === absent ? absent : sha256Hex(url) },
    { name: 'credential.helper', sha256: helper === '' ? absent : sha256Hex(helper) },
  ];
}

/**
 * Whether the remote answers at all: what it answers is no input, since every push of a colleague changes that. One that
 * cannot be asked is as it was before.
 */
async function goneRemote(source: EvidenceSource, before: Evidence | null): Promise<Evidence> {
  const name = `answer of ${source.remote}`;
  const old = before?.inputs.find((input) => input.name === name)?.sha256 ?? absent;
  const sha256 = (await isAnswering(source)) ? 'answers' : old;
  return evidenceOf('remote-gone', [...(await wayToRemote(source)), { name, sha256 }]);
}

async function isAnswering({ askTarget }: EvidenceSource): Promise<boolean> {
  try {
    await askTarget();
    return true;
  } catch (error) {
    if (error instanceof GitFailed) return false;
    throw error;
  }
}

/**
 * Evidence of a kind, gathered now: for a failure that has just happened, or to compare it with the evidence `before`.
 * What cannot be asked now is as it was before. Never throws for a file that is missing or cannot be read; throws
 * GitFailed where git, or a remote that had answered, cannot be asked.
 */
export async function gatherEvidence(
  kind: EvidenceKind,
  source: EvidenceSource,
  before: Evidence | null = null,
): Promise<Evidence> {
  const { root, env, stateDirectory, worktreeDirectory } = source;
  switch (kind) {
    case 'entry-point':
      return await entryPointEvidence(root, source.entryPoint);
    case 'agent': {
      const agent = await source.askAgent();
      if (agent === null) return before ?? noEvidence;
      const now = agentEvidence(agent, root, env);
      return before === null ? now : watchedSince(before, now);
    }
    case 'remote':
      return evidenceOf(kind, await wayToRemote(source));
    case 'remote-gone':
      return await goneRemote(source, before);
    case 'remote-target':
      return evidenceOf(kind, [
        { name: targetName(source), sha256: (await source.askTarget()) ?? absent },
        { name: policyPaths.promote, sha256: fileHash(path.join(root, policyPaths.promote)) },
      ]);
    case 'disk':
      return evidenceOf(
        kind,
        [...roomOn([root, stateDirectory, worktreeDirectory]), placeFor(worktreeDirectory)],
        root,
      );
    case 'none':
      return noEvidence;
  }
}
