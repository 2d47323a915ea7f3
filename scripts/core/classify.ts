/** Classifies a failure: the phase and what the system says come first, patterns over bounded text last. */
import type { Failure, FailureClass, Phase } from './failure.ts';
import { judgedText, signatureOf } from './signature.ts';

/** One rule. Every condition that is present must hold; the first rule that matches decides. */
export interface FailureRule {
  readonly id: string;
  readonly phases?: readonly Phase[];
  readonly exitCode?: number;
  /** Matches an exit by any code but 0, or by any signal. */
  readonly ended?: 'by-code' | 'by-signal';
  readonly errorCode?: string;
  readonly contains?: string;
  /** Anything with a linear-time `test`: a reviewed RegExp of ours, or a user's pattern in RE2 syntax. */
  readonly pattern?: { readonly test: (text: string) => boolean };
  readonly class: FailureClass;
  readonly subclass: string;
  /** One sentence for a person: what happened. */
  readonly problem: string;
  readonly remedy: string;
}

/** What is known about how something ended. */
export interface FailureInput {
  readonly phase: Phase;
  readonly exitCode: number | null;
  readonly signal?: string | null;
  /** A code from the system that needs no text, such as ENOENT when the program could not be started. */
  readonly errorCode?: string | null;
  readonly text: string;
}

function applies(rule: FailureRule, input: FailureInput, text: string): boolean {
  if (rule.phases !== undefined && !rule.phases.includes(input.phase)) return false;
  if (rule.exitCode !== undefined && rule.exitCode !== input.exitCode) return false;
  if (rule.errorCode !== undefined && rule.errorCode !== input.errorCode) return false;
  if (rule.ended === 'by-code' && (input.exitCode === null || input.exitCode === 0)) return false;
  if (rule.ended === 'by-signal' && (input.signal ?? null) === null) return false;
  if (rule.contains !== undefined && !text.includes(rule.contains)) return false;
  return rule.pattern === undefined || rule.pattern.test(text);
}

const unclassified: Omit<FailureRule, 'id'> & { readonly id: 'unclassified' } = {
  id: 'unclassified',
  class: 'unknown',
  subclass: 'unknown',
  problem: 'It failed and nothing in how it ended says why.',
  remedy: 'read the output; if you know what it means, add a rule to policy/failure-classes.json',
};

/** The id of the answer that no rule gave. */
export const unclassifiedRule = unclassified;

/** How many characters of output a failure keeps. */
const tailMax = 4000;

/** The failure, by the first rule that applies; class `unknown` when none does. Never throws. */
export function classify(input: FailureInput, rules: readonly FailureRule[]): Failure {
  const text = judgedText(input.text);
  const rule = rules.find((candidate) => applies(candidate, input, text)) ?? unclassified;
  const tail = text.trim().slice(-tailMax);
  return {
    class: rule.class,
    subclass: rule.subclass,
    rule: rule.id,
    phase: input.phase,
    signature: signatureOf(input.phase, rule.id, text),
    problem: rule.problem,
    remedy: rule.remedy,
    ...(tail === '' ? {} : { tail }),
  };
}

/** A failure that we found ourselves, so that no pattern has to guess: its rule is its code. */
export function ownFailure(
  phase: Phase,
  rule: Pick<FailureRule, 'id' | 'class' | 'subclass' | 'problem' | 'remedy'>,
  detail: { readonly problem?: string; readonly remedy?: string; readonly tail?: string; readonly about?: string } = {},
): Failure {
  return {
    class: rule.class,
    subclass: rule.subclass,
    rule: rule.id,
    phase,
    signature: signatureOf(phase, rule.id, detail.about ?? ''),
    problem: detail.problem ?? rule.problem,
    remedy: detail.remedy ?? rule.remedy,
    ...(detail.tail === undefined || detail.tail === '' ? {} : { tail: detail.tail.slice(-tailMax) }),
  };
}
