/** Which inputs a failure depended on: by its rule where that says more than its phase (design section 6). Pure. */
import { candidateRules } from './candidate-failures.ts';
import type { EvidenceKind } from './evidence.ts';
import type { Failure } from './failure.ts';
import { ownRules } from './own-failures.ts';

/** Failures that a push to the target, or an edit of the local promote.json, may have mended. */
const mendedAtTheTarget: readonly string[] = [
  ownRules.targetMissing.id,
  ownRules.trustedManifestMissing.id,
  ownRules.trustedPolicyBroken.id,
  ownRules.trustedPolicyDiffers.id,
  ownRules.signingRequired.id,
  candidateRules.targetInstall.id,
  ownRules.gateInstallsOther.id,
];

/** Failures of the disk itself: by rule or, of any tool's words, by subclass. */
const mendedByRoom: readonly string[] = ['disk-full', 'read-only-fs', 'state-unwritable'];

/** What git says of a remote that is not there: a folder that is not mounted, a repository that was moved. */
const remoteGone = 'remote-missing';

/** The kind of evidence that a config-fatal failure leaves. */
export function evidenceKindOf({ rule, subclass, phase }: Pick<Failure, 'rule' | 'subclass' | 'phase'>): EvidenceKind {
  if (mendedAtTheTarget.includes(rule)) return 'remote-target';
  if (mendedByRoom.includes(rule) || mendedByRoom.includes(subclass)) return 'disk';
  switch (phase) {
    case 'spawn':
    case 'preflight':
    case 'custom':
      return 'entry-point';
    case 'fetch':
      return rule === remoteGone ? 'remote-gone' : 'remote';
    // It answered to the fetch: that it still does says nothing of a push that it refuses.
    case 'push':
    case 'delete-remote':
      return 'remote';
    case 'agent':
      return 'agent';
    case 'merge':
    case 'worktree':
    case 'prepare':
    case 'qa':
    case 'cleanup':
      return 'none';
  }
}
