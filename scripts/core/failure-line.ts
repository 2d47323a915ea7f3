/** A line of `classify --jsonl`, and of a labelled file: read without trusting any of it. */
import type { FailureInput } from './classify.ts';
import { type Phase, phases } from './failure.ts';

/** One line: what it asks, or what is wrong with it. The id is the line's own, or its number. */
export type FailureLine =
  | { readonly id: string; readonly input: FailureInput; readonly label: Label | null }
  | { readonly id: string; readonly problem: string };

/** What a person says that the failure is. */
export interface Label {
  readonly class: string;
  readonly subclass: string;
  /** Every class that a fair judge would let pass. */
  readonly accept: readonly string[];
}

/** Whether the word names a phase. */
export function isPhase(word: unknown): word is Phase {
  return phases.some((phase) => phase === word);
}

const textOr = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function labelOf(fields: ReadonlyMap<string, unknown>): Label | null {
  const stated = textOr(fields.get('class'));
  if (stated === null) return null;
  const accept = fields.get('accept');
  const others = Array.isArray(accept) ? accept.filter((one) => typeof one === 'string') : [];
  return { class: stated, subclass: textOr(fields.get('subclass')) ?? '', accept: [stated, ...others] };
}

function wrong(fields: ReadonlyMap<string, unknown>): string | null {
  const exitCode = fields.get('exitCode') ?? null;
  if (!isPhase(fields.get('phase'))) return `"phase" must be one of: ${phases.join(', ')}`;
  if (exitCode !== null && !Number.isInteger(exitCode)) return '"exitCode" must be a whole number or null';
  if (typeof (fields.get('text') ?? '') !== 'string') return '"text" must be a string';
  return null;
}

/** Reads one line. `number` counts from 1 and names a line that has no id. */
export function parseFailureLine(line: string, number: number): FailureLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { id: String(number), problem: `line ${number} is not JSON` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { id: String(number), problem: `line ${number} is not an object` };
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  const stated = fields.get('id');
  const id = typeof stated === 'string' || typeof stated === 'number' ? String(stated) : String(number);
  const phase = fields.get('phase');
  const problem = wrong(fields);
  if (problem !== null || !isPhase(phase)) return { id, problem: `line ${number}: ${problem}` };
  const code = fields.get('exitCode');
  const exitCode = typeof code === 'number' ? code : null;
  const signal = textOr(fields.get('signal'));
  const input = { phase, exitCode, signal, text: textOr(fields.get('text')) ?? '' };
  return { id, input, label: labelOf(fields) };
}
