/** The form of a failure that loopbreaker finds itself. */
import type { FailureRule } from './classify.ts';

/** What such a failure says of itself. */
export type OwnRule = Pick<FailureRule, 'id' | 'class' | 'subclass' | 'problem' | 'remedy'>;

/** One such failure: its id is a code that `explain` knows. */
export function rule(
  id: string,
  failureClass: FailureRule['class'],
  subclass: string,
  problem: string,
  remedy: string,
): OwnRule {
  return { id, class: failureClass, subclass, problem, remedy };
}
