/** Gathers evidence: the inputs that a config-fatal failure depended on, so that a change of one of them is noticed. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Closure, closureOf, type ImportReference } from '../core/closure.ts';
import {
  absent,
  type Evidence,
  type EvidenceInput,
  type EvidenceKind,
  evidenceOf,
  noEvidence,
  sha256Hex,
} from '../core/evidence.ts';
import type { Failure } from '../core/failure.ts';
import { hasErrorCode } from '../core/outcome.ts';
import { ownRules } from '../core/own-failures.ts';
import type { RunGit } from './git.ts';
import type { GitQuestions } from './git-questions.ts';
import { importsIn } from './imports.ts';
import { fileHash, lockfileNames } from './package-files.ts';
import { policyPaths } from './policies.ts';
import { placeFor, roomOn } from './room.ts';
import type { World } from './world.ts';

export interface EvidenceSource {
  /** Root of the repository: names of inputs are relative to it. */
  readonly root: string;
  /** Where state is kept, which may be another volume. */
  readonly stateDirectory: string;
  /** Where worktrees of promotions are made, absolute. */
  readonly worktreeDirectory: string;
  /** Absolute path of the program that promotes: ours, or the user's own; null where none can be told. */
  readonly entryPoint: string | null;
  readonly remote: string;
  readonly target: string;
  /** Commit of the target on the remote, null where there is none. Asked at most once a minute. */
  readonly askTarget: () => Promise<string | null>;
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

/** Files besides the entry point that decide whether it can be loaded and what it obeys. */
const surroundings = [
  ...Object.values(policyPaths),
  'package.json',
  ...lockfileNames,
  'node_modules/.package-lock.json',
];

/** More missing imports than this are one input together. */
const namedMissingMax = 6;

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** The imports of a file. Without the parser (node_modules has vanished) no file is followed any further. */
async function specifiersOf(file: string): Promise<readonly ImportReference[]> {
  try {
    return await importsIn(file, readFileSync(file, 'utf8'));
  } catch (error) {
    if (hasErrorCode(error, 'ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND')) return [];
    throw error;
  }
}

/** The program and what it imports, by paths relative to its folder. */
async function closureFrom(entryPoint: string): Promise<Closure> {
  const at = (name: string) => path.join(path.dirname(entryPoint), name);
  return await closureOf(path.basename(entryPoint), {
    has: (name) => isFile(at(name)),
    importsOf: (name) => specifiersOf(at(name)),
  });
}

async function entryPointInputs(root: string, entryPoint: string): Promise<readonly EvidenceInput[]> {
  const at = (name: string) => path.join(path.dirname(entryPoint), name);
  const closure = await closureFrom(entryPoint);
  const nameOf = (name: string) => path.relative(root, at(name));
  const missing = [...new Set(closure.missing.map((gap) => gap.candidates[0] ?? gap.specifier))].sort();
  const named = missing.slice(0, namedMissingMax).map((name) => ({ name: nameOf(name), sha256: absent }));
  const digest = closure.files.map((name) => `${name}\0${fileHash(at(name))}`).sort();
  const entry = nameOf(path.basename(entryPoint));
  return [
    ...named.filter((input) => input.name !== entry),
    { name: entry, sha256: fileHash(entryPoint) },
    { name: `imports of ${entry}`, sha256: sha256Hex([...digest, ...missing].join('\n')) },
  ];
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
  const { root, entryPoint } = source;
  switch (kind) {
    case 'entry-point': {
      const around = surroundings.map((name) => path.join(root, name));
      if (entryPoint === null) return around;
      const { files, missing } = await closureFrom(entryPoint);
      const wanted = missing.flatMap((gap) => gap.candidates);
      return [...around, ...[...files, ...wanted].map((name) => path.join(path.dirname(entryPoint), name))];
    }
    case 'remote':
      return await configFiles(source);
    case 'remote-target':
      return [path.join(root, policyPaths.promote)];
    case 'disk':
    case 'none':
      return [];
  }
}

/** Evidence of a kind, gathered now. Never throws for a file that is missing or cannot be read. */
export async function gatherEvidence(kind: EvidenceKind, source: EvidenceSource): Promise<Evidence> {
  switch (kind) {
    case 'entry-point': {
      const files = surroundings.map((name) => ({ name, sha256: fileHash(path.join(source.root, name)) }));
      const around = files.filter((input) => input.sha256 !== absent || input.name.startsWith('policy/'));
      const inputs = [
        ...(source.entryPoint === null ? [] : await entryPointInputs(source.root, source.entryPoint)),
        ...around,
        { name: 'Node version', sha256: process.version },
      ];
      return evidenceOf(kind, inputs, source.root);
    }
    case 'remote': {
      const url = (await source.git.remoteUrl(source.remote)) ?? absent;
      const helper = (await source.runGit(['config', '--get-all', 'credential.helper'])).stdout;
      return evidenceOf(kind, [
        { name: `URL of ${source.remote}`, sha256: url === absent ? absent : sha256Hex(url) },
        { name: 'credential.helper', sha256: helper === '' ? absent : sha256Hex(helper) },
      ]);
    }
    case 'remote-target': {
      const sha = (await source.askTarget()) ?? absent;
      return evidenceOf(kind, [
        { name: `${source.target} on ${source.remote}`, sha256: sha },
        { name: policyPaths.promote, sha256: fileHash(path.join(source.root, policyPaths.promote)) },
      ]);
    }
    case 'disk':
      return evidenceOf(
        kind,
        [...roomOn([source.root, source.stateDirectory]), placeFor(source.worktreeDirectory)],
        source.root,
      );
    case 'none':
      return noEvidence;
  }
}

/** Failures that a push to the target, or an edit of the local promote.json, may have mended. */
const mendedAtTheTarget: readonly string[] = [
  ownRules.targetMissing.id,
  ownRules.trustedManifestMissing.id,
  ownRules.trustedPolicyBroken.id,
  ownRules.trustedPolicyDiffers.id,
  ownRules.signingRequired.id,
];

/** Failures of the disk itself: by rule or, of any tool's words, by subclass. */
const mendedByRoom: readonly string[] = ['disk-full', 'read-only-fs', 'state-unwritable'];

/** Which inputs a failure depended on (design section 6). */
export function evidenceKindOf(failure: Failure): EvidenceKind {
  if (mendedAtTheTarget.includes(failure.rule)) return 'remote-target';
  if (mendedByRoom.includes(failure.rule) || mendedByRoom.includes(failure.subclass)) return 'disk';
  switch (failure.phase) {
    case 'spawn':
    case 'preflight':
    case 'custom':
      return 'entry-point';
    case 'fetch':
    case 'push':
    case 'delete-remote':
      return 'remote';
    case 'merge':
    case 'worktree':
    case 'prepare':
    case 'qa':
    case 'cleanup':
    case 'agent':
      return 'none';
  }
}
