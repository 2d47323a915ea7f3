/** What makes a user's failure rules unable to work. Patterns are linear by construction: RE2 syntax, or they are refused. */
import { RE2JS } from 're2js';
import { pointerTo, shown } from './documents.ts';
import { messageOf } from './outcome.ts';

/** One thing in a valid document that cannot work, by its place in that document. */
export interface Nonsense {
  readonly pointer: string;
  readonly problem: string;
  readonly found: string;
  readonly allowed: string;
  readonly remedy: string;
}

/** What sense needs to know of a user's failure rule. */
export interface RuleSense {
  readonly id: string;
  readonly phase?: string;
  readonly exitCode?: number;
  readonly errorCode?: string;
  readonly contains?: string;
  readonly pattern?: string;
}

function patternProblem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Rules that would decide about everything, share an id, or have a pattern that could blow up. */
export function ruleSense(rules: readonly RuleSense[]): readonly (Nonsense | undefined)[] {
  return rules.flatMap((rule, index) => {
    const pointer = pointerTo('/rules', index);
    const { phase, exitCode, errorCode, contains, pattern } = rule;
    const refused = pattern === undefined ? undefined : patternProblem(pattern);
    const unsafe: Nonsense = {
      pointer: `${pointer}/pattern`,
      problem: `The pattern cannot be used: ${refused}. Patterns are matched in linear time, so lookaround and backreferences do not exist.`,
      found: shown(pattern),
      allowed: 'a regular expression in RE2 syntax',
      remedy: 'write it without lookaround and backreferences, or use "contains"',
    };
    const catchAll: Nonsense = {
      pointer,
      problem: `The rule "${rule.id}" has no condition, so it would decide about every failure.`,
      found: shown(rule.id),
      allowed: 'at least one of phase, exitCode, errorCode, contains, pattern',
      remedy: 'add a condition to the rule, or remove it',
    };
    const twice: Nonsense = {
      pointer: `${pointer}/id`,
      problem: `The rule id "${rule.id}" is used twice; the journal could not tell which rule decided.`,
      found: shown(rule.id),
      allowed: 'an id of its own for each rule',
      remedy: 'rename one of the two rules',
    };
    return [
      refused === undefined ? undefined : unsafe,
      [phase, exitCode, errorCode, contains, pattern].every((condition) => condition === undefined)
        ? catchAll
        : undefined,
      rules.findIndex((other) => other.id === rule.id) < index ? twice : undefined,
    ];
  });
}
