/** A gate that has said both yes and no to the very same thing. */
import type { Failure } from './failure.ts';
import { ownRules } from './own-failures.ts';

export interface Flake {
  readonly tree: string;
  /** Name of the command that failed. */
  readonly command: string;
  /** Wall clock, ISO 8601. */
  readonly failedAt: string;
  readonly passedAt: string;
}

/** One sentence for a person. */
export function flakeSentence({ command, tree, failedAt, passedAt }: Flake): string {
  const same = `the very same tree ${tree.slice(0, 10)}, commands and packages`;
  return `"${command}" failed at ${failedAt} and the gate passed at ${passedAt} for ${same}: its answer cannot be relied on.`;
}

/**
 * Whether a failed gate says something about the candidate. A network that is down, a tool that is not installed and a
 * person's Ctrl-C do not, and a pass after them is no flake.
 */
export function isGateVerdict({ class: failureClass, rule }: Failure): boolean {
  if (rule === ownRules.gateChangedRepository.id || rule === ownRules.gateChangedTree.id) return false;
  return failureClass === 'policy-terminal' || failureClass === 'unknown';
}
