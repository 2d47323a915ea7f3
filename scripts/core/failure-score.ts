/** How well the rules do on failures that people labelled: accuracy, F1 a class, and the confusions that cost most. */
import type { Failure } from './failure.ts';
import type { Label } from './failure-line.ts';

/** One labelled failure and the answer to it. */
export interface Judgement {
  readonly id: string;
  readonly label: Label;
  readonly failure: Pick<Failure, 'class' | 'subclass' | 'rule' | 'phase'>;
}

export interface ClassScore {
  readonly class: string;
  readonly labelled: number;
  /** Ratios from 0 to 1. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface Score {
  readonly total: number;
  readonly right: number;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly classes: readonly ClassScore[];
  /** How often what is labelled `labelled` was answered `answered`, both as they are scored. */
  readonly confusion: readonly { readonly labelled: string; readonly answered: string; readonly count: number }[];
  readonly misses: readonly Judgement[];
  /** Misses that would be tried again and again although time heals nothing. */
  readonly dangerous: readonly Judgement[];
}

/** Both say "time heals it"; only the pause differs. */
const plain = (word: string): string => (word === 'rate-limited' ? 'transient' : word);

function isAccepted({ label, failure }: Judgement): boolean {
  return label.accept.some((word) => plain(word) === plain(failure.class));
}

/** The answer as it is scored: an accepted one counts as the label itself. */
function answered(judgement: Judgement): string {
  return plain(isAccepted(judgement) ? judgement.label.class : judgement.failure.class);
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

function classScore(word: string, judgements: readonly Judgement[]): ClassScore {
  const labelled = judgements.filter(({ label }) => plain(label.class) === word);
  const said = judgements.filter((one) => answered(one) === word);
  const right = labelled.filter((one) => answered(one) === word).length;
  const [precision, recall] = [ratio(right, said.length), ratio(right, labelled.length)];
  return {
    class: word,
    labelled: labelled.length,
    precision,
    recall,
    f1: ratio(2 * precision * recall, precision + recall),
  };
}

function confusionOf(judgements: readonly Judgement[]): Score['confusion'] {
  const counts = new Map<string, { labelled: string; answered: string; count: number }>();
  for (const one of judgements) {
    const cell = { labelled: plain(one.label.class), answered: answered(one), count: 0 };
    const key = `${cell.labelled} ${cell.answered}`;
    counts.set(key, { ...cell, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}

/** The score; macro-F1 is the mean over the classes that are labelled. */
export function scoreOf(judgements: readonly Judgement[]): Score {
  const words = [...new Set(judgements.map(({ label }) => plain(label.class)))].sort();
  const classes = words.map((word) => classScore(word, judgements));
  const misses = judgements.filter((one) => !isAccepted(one));
  const isDangerous = ({ label, failure }: Judgement): boolean =>
    plain(failure.class) === 'transient' && ['config-fatal', 'policy-terminal'].includes(label.class);
  return {
    total: judgements.length,
    right: judgements.length - misses.length,
    accuracy: ratio(judgements.length - misses.length, judgements.length),
    macroF1: ratio(
      classes.reduce((sum, { f1 }) => sum + f1, 0),
      classes.length,
    ),
    classes,
    confusion: confusionOf(judgements),
    misses,
    dangerous: misses.filter(isDangerous),
  };
}
