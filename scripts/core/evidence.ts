/** Evidence: a fingerprint of the inputs that a config-fatal failure depended on. When it changes, a try is worth it again. */
import { createHash } from 'node:crypto';

/** One input: its name (a path, a URL's role, a version) and its content hash, or "absent". */
export interface EvidenceInput {
  readonly name: string;
  readonly sha256: string;
}

/**
 * Where the inputs come from, so that they can be gathered again: the entry point and what it needs to load, the agent's
 * policy and program, the way to the remote, that way and whether a remote that was gone answers, the remote target
 * itself, the room on the disk, or nothing that could be looked at.
 */
export const evidenceKinds = [
  'entry-point',
  'agent',
  'remote',
  'remote-gone',
  'remote-target',
  'disk',
  'none',
] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

export interface Evidence {
  readonly kind: EvidenceKind;
  /** The work tree whose files were looked at, absolute; null where no files were. Another tree's files say nothing. */
  readonly where: string | null;
  readonly hash: string;
  readonly inputs: readonly EvidenceInput[];
}

export const absent = 'absent';

/** SHA-256 of text or bytes, in hexadecimal. */
export function sha256Hex(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Evidence over the inputs, in an order that does not depend on how they were gathered. */
export function evidenceOf(
  kind: EvidenceKind,
  inputs: readonly EvidenceInput[],
  where: string | null = null,
): Evidence {
  const sorted = [...inputs].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const text = sorted.map((input) => `${input.name}\0${input.sha256}\n`).join('');
  return { kind, where, hash: `sha256:${sha256Hex(text).slice(0, 32)}`, inputs: sorted };
}

/** Stands in the place of the hash of an input that the failed run itself changes: it says nothing of a cure. */
export const changedByRun = 'changed by the run';

/** What a run depended on, gathered before and after it: what it has changed itself is not watched. */
export function withoutOwnChanges(before: Evidence, after: Evidence): Evidence {
  const isSame = ({ name, sha256 }: EvidenceInput) =>
    after.inputs.some((input) => input.name === name && input.sha256 === sha256);
  const inputs = before.inputs.map((input) => (isSame(input) ? input : { ...input, sha256: changedByRun }));
  return evidenceOf(before.kind, inputs, before.where);
}

/** Evidence as it is now, of the inputs that are watched since `before`. */
export function watchedSince(before: Evidence, now: Evidence): Evidence {
  const isUnwatched = ({ name }: EvidenceInput) =>
    before.inputs.some((input) => input.name === name && input.sha256 === changedByRun);
  const inputs = now.inputs.map((input) => (isUnwatched(input) ? { ...input, sha256: changedByRun } : input));
  return evidenceOf(now.kind, inputs, now.where);
}

/** No inputs at all: only time or a person changes anything. */
export const noEvidence: Evidence = evidenceOf('none', []);
