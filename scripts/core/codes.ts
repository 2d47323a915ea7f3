/** The one registry of codes: findings of the doctor, failure rules, refusals of commands. `explain` prints from it. */
import { unclassifiedRule } from './classify.ts';
import { builtInRules } from './failure-rules.ts';
import { findingCodes } from './finding-codes.ts';
import { ownRules } from './own-failures.ts';
import { refusalCodes } from './refusal-codes.ts';

export type { FindingCode } from './finding-codes.ts';

export interface CodeEntry {
  readonly code: string;
  readonly kind: 'finding' | 'failure' | 'refusal';
  readonly title: string;
  readonly why: string;
  readonly remedy: string;
  /** The checks of the doctor that find it; only for findings. */
  readonly checks?: readonly string[];
}

const classMeanings = {
  transient: 'Time heals it, so it is tried again after a pause, a bounded number of times.',
  'config-fatal': 'Time cannot heal it, so it is tried once and the circuit opens until its inputs change.',
  'policy-terminal': 'It is about this branch, so the branch is blocked until it or the policy changes.',
  'rate-limited': 'It is a stated limit, so the loop waits until it ends; it is not counted as a failure.',
  interrupted: 'It says nothing about the work, so it is not counted as a failure.',
  unknown: 'Nothing is known about it, so it is retried like a transient failure, within the same limits.',
} as const;

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
  return [...builtInRules, ...Object.values(ownRules), unclassifiedRule].map((rule) => ({
    code: rule.id,
    kind: 'failure',
    title: rule.problem,
    why: `Class ${rule.class}: ${classMeanings[rule.class]}`,
    remedy: rule.remedy,
  }));
}

/** Every code that loopbreaker can emit, each once. */
export function allCodes(): readonly CodeEntry[] {
  const refused = refusalCodes.map((entry) => ({ ...entry, kind: 'refusal' }) as const);
  const byCode = new Map<string, CodeEntry>();
  for (const entry of [...findings(), ...failures(), ...refused]) {
    if (!byCode.has(entry.code)) byCode.set(entry.code, entry);
  }
  return [...byCode.values()];
}
