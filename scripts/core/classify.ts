/** Classifies a failure: the phase and what the system says come first, patterns over bounded text last. */
import { type Failure, type FailureClass, type Phase, phases } from './failure.ts';
import { tellingPart } from './failure-excerpt.ts';
import { type FailureText, failureText } from './failure-text.ts';
import { judgedText, signatureOf } from './signature.ts';

/** Anything that can say in linear time whether it occurs in a text. */
export interface TextPattern {
  readonly test: (text: string) => boolean;
}

/** One rule. Every condition that is present must hold; the first rule that matches decides. */
export interface FailureRule {
  readonly id: string;
  readonly phases?: readonly Phase[];
  readonly exitCode?: number;
  readonly signal?: string;
  /** Matches an exit by any code but 0, or by any signal. */
  readonly ended?: 'by-code' | 'by-signal';
  readonly errorCode?: string;
  readonly contains?: string;
  /** Anything with a linear-time `test`: a reviewed RegExp of ours, or a user's pattern in RE2 syntax. */
  readonly pattern?: TextPattern;
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

/** A failure as rules see it: what the end of a wrapped step states of itself stands in for what its wrapper shows. */
interface Judged {
  readonly phase: Phase;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly errorCode: string | null;
  readonly text: string;
  readonly raw: string;
}

/** How many of its last lines with words an agent is judged by; what comes before is its work, and quotes anything. */
const agentLinesMax = 25;

function judged(input: FailureInput): Judged {
  const { text, stated }: FailureText = failureText(input.text);
  const lines = text.split('\n');
  const last = lines.filter((line) => line.trim() !== '').slice(-agentLinesMax);
  return {
    phase: phases.find((phase) => phase === stated.phase) ?? input.phase,
    exitCode: stated.exitCode ?? input.exitCode,
    signal: input.signal ?? null,
    errorCode: input.errorCode ?? null,
    text: input.phase === 'agent' ? last.join('\n') : text,
    raw: judgedText(input.text),
  };
}

/** Whether it ended as the rule wants: any code but 0, or any signal. */
function endedAs(how: FailureRule['ended'], input: Judged): boolean {
  switch (how) {
    case undefined:
      return true;
    case 'by-code':
      return input.exitCode !== null && input.exitCode !== 0;
    case 'by-signal':
      return input.signal !== null;
  }
}

/** Which condition of a rule does not hold; null when all of them do. The cheap ones are asked first. */
function failingCondition(rule: FailureRule, input: Judged): RuleCondition | null {
  const { phases: only = [input.phase], contains, pattern } = rule;
  if (!only.includes(input.phase)) return 'phase';
  if ((rule.errorCode ?? input.errorCode) !== input.errorCode) return 'error code';
  if ((rule.signal ?? input.signal) !== input.signal) return 'signal';
  if ((rule.exitCode ?? input.exitCode) !== input.exitCode) return 'exit code';
  if (!endedAs(rule.ended, input)) return 'end';
  if (contains !== undefined && ![input.text, input.raw].some((text) => text.includes(contains))) return 'text';
  return (pattern?.test(input.text) ?? true) ? null : 'text';
}

/** What a rule can ask. */
export type RuleCondition = 'phase' | 'error code' | 'signal' | 'exit code' | 'end' | 'text';

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
  const facts = judged(input);
  const rule = rules.find((candidate) => failingCondition(candidate, facts) === null) ?? unclassified;
  // An agent is judged by its last words, which are at the end.
  const tail = input.phase === 'agent' ? facts.raw.trim().slice(-tailMax) : tellingPart(facts.raw, tailMax);
  return {
    class: rule.class,
    subclass: rule.subclass,
    rule: rule.id,
    phase: input.phase,
    signature: signatureOf(input.phase, rule.id, facts.raw),
    problem: rule.problem,
    remedy: rule.remedy,
    ...(tail === '' ? {} : { tail }),
  };
}

/** Why a failure is classified as it is. */
export interface Explanation {
  readonly rule: string;
  /** The line that the rule's pattern found, and its number in the text as rules read it (from 1); null without one. */
  readonly line: { readonly number: number; readonly text: string } | null;
  /** Each rule that was asked before, and the condition of it that did not hold, in order. */
  readonly before: readonly { readonly rule: string; readonly condition: RuleCondition }[];
}

/** Why the first rule that applies does, and why those before it do not. */
export function explainFailure(input: FailureInput, rules: readonly FailureRule[]): Explanation {
  const facts = judged(input);
  const conditions = rules.map((rule) => failingCondition(rule, facts));
  const index = conditions.indexOf(null);
  const rule = rules[index];
  const asked = rules.slice(0, index < 0 ? rules.length : index);
  const lines = facts.text.split('\n');
  const number = lines.findIndex((line) => rule?.pattern?.test(line) ?? false);
  const text = lines[number];
  return {
    rule: (rule ?? unclassified).id,
    line: text === undefined ? null : { number: number + 1, text },
    before: asked.map(({ id }, at) => ({ rule: id, condition: conditions[at] ?? 'text' })),
  };
}

/** A failure that we found ourselves, so that no pattern has to guess: its rule is its code. */
export function ownFailure(
  phase: Phase,
  rule: Pick<FailureRule, 'id' | 'class' | 'subclass' | 'problem' | 'remedy'>,
  detail: { readonly problem?: string; readonly remedy?: string; readonly tail?: string; readonly about?: string } = {},
): Failure {
  const tail = judgedText(detail.tail ?? '').slice(-tailMax);
  return {
    class: rule.class,
    subclass: rule.subclass,
    rule: rule.id,
    phase,
    signature: signatureOf(phase, rule.id, detail.about ?? ''),
    problem: detail.problem ?? rule.problem,
    remedy: detail.remedy ?? rule.remedy,
    ...(tail === '' ? {} : { tail }),
  };
}
