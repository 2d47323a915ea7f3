/** What the tables of failure rules are written with: several patterns as one, and which phases belong together. */
import type { FailureRule, TextPattern } from './classify.ts';
import { type Phase, phases } from './failure.ts';

/** Several patterns in one; keeps them apart, so that a test can attack each. */
export interface SeveralPatterns extends TextPattern {
  readonly each: readonly TextPattern[];
}

/** Found where one of the patterns is. Write them for a text of many lines: `m`, and anchored where a tool anchors. */
export function anyOf(...each: readonly TextPattern[]): SeveralPatterns {
  return { each, test: (text) => each.some((pattern) => pattern.test(text)) };
}

/** Found in a line that has both, one after the other. What `a.{0,200}b` says, but linear however often `a` is there. */
export function inOrder(first: RegExp, then: RegExp): SeveralPatterns {
  const lineHasBoth = (line: string): boolean => {
    const found = first.exec(line);
    return found !== null && then.test(line.slice(found.index + found[0].length));
  };
  return { each: [first, then], test: (text) => first.test(text) && text.split('\n').some(lineHasBoth) };
}

/** What runs here is the loop's own: its entry points, its policies, its machine. */
export const ownPhases: readonly Phase[] = ['spawn', 'preflight', 'custom'];

/** What runs here is the candidate's. */
export const candidatePhases: readonly Phase[] = ['qa', 'prepare'];

/** git runs here, and with it hooks, which may judge the candidate. */
export const gitPhases: readonly Phase[] = ['fetch', 'merge', 'worktree', 'push', 'cleanup', 'delete-remote', 'custom'];

/** Every phase but the agent's: what an agent prints quotes anything, so only its own rules are asked there. */
export const workPhases: readonly Phase[] = phases.filter((phase) => phase !== 'agent');

/** The rules, each only in these phases unless it names its own. */
export function inPhases(only: readonly Phase[], rules: readonly FailureRule[]): readonly FailureRule[] {
  return rules.map((rule) => ({ phases: only, ...rule }));
}

/** A git server or its API may have spoken: not in the gate, where such words are part of somebody's tests. */
export const serverPhases: readonly Phase[] = workPhases.filter((phase) => !candidatePhases.includes(phase));
