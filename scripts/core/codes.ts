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
  readonly kind: 'finding' | 'failure' | 'refusal' | 'class' | 'word';
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

function failures(): readonly CodeEntry[] {
  return [...builtInRules, ...Object.values(ownRules), ...Object.values(candidateRules), unclassifiedRule].map(
    (rule) => ({
      code: rule.id,
      kind: 'failure',
      title: rule.problem,
      why: `Class ${rule.class}: ${classWords[rule.class].why}`,
      remedy: rule.remedy,
    }),
  );
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
  for (const entry of [...findings(), ...failures(), ...refused, ...words()]) {
    if (!byCode.has(entry.code)) byCode.set(entry.code, entry);
  }
  return [...byCode.values()];
}
