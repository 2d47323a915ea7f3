/** Failure classes for people: why one was given, and how well the rules do on labelled failures. */
import type { Explanation } from '../core/classify.ts';
import type { Failure } from '../core/failure.ts';
import type { Judgement, Score } from '../core/failure-score.ts';
import { printable } from './terminal.ts';

const lineMax = 160;

/** Why the failure is of its class: the rule, the line that it found, and what the rules before it missed. */
export function explanationWords(failure: Failure, explanation: Explanation): string {
  const { line, before } = explanation;
  const conditions = [...new Set(before.map(({ condition }) => condition))];
  const found = line === null ? [] : [`  line ${line.number}: ${printable(line.text.trim().slice(0, lineMax))}`];
  const asked = conditions.map((condition) => {
    const names = new Set(before.filter((one) => one.condition === condition).map(({ rule }) => rule));
    return `  not for its ${condition}: ${[...names].join(', ')}`;
  });
  const rows = [
    `${failure.class} (${failure.subclass}) by the rule ${failure.rule}`,
    ...found,
    `  ${failure.problem}`,
    `  to mend it: ${failure.remedy}`,
    before.length === 0 ? 'No rule was asked before it.' : `${before.length} rules were asked before it:`,
    ...asked,
  ];
  return `${rows.join('\n')}\n`;
}

const percent = (ratio: number): string => `${(100 * ratio).toFixed(1)} %`;

function missWords({ id, label, failure }: Judgement): string {
  const wanted = `${label.class}/${label.subclass}`;
  return `  ${printable(id)}: ${failure.phase}, labelled ${wanted}, answered ${failure.class} by ${failure.rule}`;
}

/** The score as a table, ending in a newline. */
export function scoreWords(score: Score): string {
  const classes = score.classes.map(({ class: word, labelled, precision, recall, f1 }) =>
    [word.padEnd(16), String(labelled).padStart(5), ...[precision, recall, f1].map((n) => percent(n).padStart(9))].join(
      ' ',
    ),
  );
  const confusion = score.confusion.map(
    ({ labelled, answered, count }) => `  ${labelled.padEnd(16)} ${answered.padEnd(16)} ${String(count).padStart(5)}`,
  );
  const rows = [
    `right ${score.right} of ${score.total} (${percent(score.accuracy)}), macro-F1 ${score.macroF1.toFixed(3)}`,
    '',
    `${'class'.padEnd(16)} ${'n'.padStart(5)} ${'precision'.padStart(9)} ${'recall'.padStart(9)} ${'F1'.padStart(9)}`,
    ...classes,
    '',
    'labelled         answered',
    ...confusion,
    '',
    `called transient although time heals nothing: ${score.dangerous.length}`,
    ...score.dangerous.map(missWords),
    `misses: ${score.misses.length}`,
    ...score.misses.map(missWords),
  ];
  return `${rows.join('\n')}\n`;
}
