/** The one registry of codes: findings, failure rules, refusals, and the words of output. `explain` prints from it. */
import { candidateRules } from './candidate-failures.ts';
import { unclassifiedRule } from './classify.ts';
import { builtInRules } from './failure-rules.ts';
import { findingCodes } from './finding-codes.ts';
import { ownRules } from './own-failures.ts';
import { refusalCodes } from './refusal-codes.ts';
import { classWords, thingWords } from './words.ts';

export type { FindingCode } from './finding-codes.ts';

export interface CodeEntry {
  readonly code: string;
  readonly kind: 'finding' | 'failure' | 'refusal' | 'class' | 'subclass' | 'word';
  readonly title: string;
  readonly why: string;
  /** What mends it; a word is nothing to mend. */
  readonly remedy?: string;
  /** The checks of the doctor that find it; only for findings. */
  readonly checks?: readonly string[];
}

function findings(): readonly CodeEntry[] {
  return Object.entries(findingCodes).map(([code, { checks, title, why, remedy }]) => ({
    code,
    kind: 'finding',
    title,
    why,
    remedy,
    checks,
  }));
}

const allRules = [...builtInRules, ...Object.values(ownRules), ...Object.values(candidateRules), unclassifiedRule];

function failures(): readonly CodeEntry[] {
  return allRules.map((rule) => ({
    code: rule.id,
    kind: 'failure',
    title: rule.problem,
    why: `Class ${rule.class}: ${classWords[rule.class].why}`,
    remedy: rule.remedy,
  }));
}

/** Rules that are named of a subclass; the page has all of them. */
const namedRulesMax = 8;

/** What failures of one subclass have in common is told by the rules that find them, and by what their class allows. */
function subclasses(): readonly CodeEntry[] {
  const names = [...new Set(allRules.map((rule) => rule.subclass))];
  return names.map((code) => {
    const rules = allRules.filter((rule) => rule.subclass === code);
    const ids = [...new Set(rules.map((rule) => rule.id))];
    const more = ids.length > namedRulesMax ? ` and ${ids.length - namedRulesMax} more` : '';
    const classes = [...new Set(rules.map((rule) => rule.class))];
    return {
      code,
      kind: 'subclass',
      title: `a kind of failure; its rules: ${ids.slice(0, namedRulesMax).join(', ')}${more}`,
      why: classes.map((name) => `Class ${name}: ${classWords[name].why}`).join(' '),
      remedy: `npm run explain -- ${ids[0]} tells what mends it; so for each rule`,
    };
  });
}

function words(): readonly CodeEntry[] {
  const classes = Object.entries(classWords).map(([code, word]) => ({ code, kind: 'class', ...word }) as const);
  const things = Object.entries(thingWords).map(
    ([code, [title, why]]) => ({ code, kind: 'word', title, why }) as const,
  );
  return [...classes, ...things];
}

/** Every code and word that loopbreaker can emit, each once: of two with one name the code of what happened. */
export function allCodes(): readonly CodeEntry[] {
  const refused = refusalCodes.map((entry) => ({ ...entry, kind: 'refusal' }) as const);
  const byCode = new Map<string, CodeEntry>();
  for (const entry of [...findings(), ...failures(), ...refused, ...words(), ...subclasses()]) {
    if (!byCode.has(entry.code)) byCode.set(entry.code, entry);
  }
  return [...byCode.values()];
}
