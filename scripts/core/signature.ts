/** Signature of a failure: a hash of its text with everything folded that differs between two runs of the same failure. */
import { stripVTControlCharacters } from 'node:util';
import { sha256Hex } from './evidence.ts';

/** Judged output is at most this long; what comes before the last part is dropped. */
export const judgedBytesMax = 64 * 1024;

/** Longer lines are cut here before any pattern sees them. */
export const judgedLineMax = 4 * 1024;

/** What moves a cursor, rings a bell or begins an escape that never ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const controls = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

/**
 * Text as rules, signatures, prompts and people see it: no terminal escapes or other control characters, the last
 * 64 KiB, lines of at most 4 KiB.
 */
export function judgedText(text: string): string {
  const tail = text.length > judgedBytesMax ? text.slice(-judgedBytesMax) : text;
  return stripVTControlCharacters(tail)
    .replace(controls, '')
    .split(/\r\n|\r|\n/)
    .map((line) => line.slice(0, judgedLineMax))
    .join('\n');
}

/** Order matters: a time holds numbers, a temp path holds hexadecimal. Each pattern is linear. */
const folds: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[+-]\d{2}:?\d{2})?/g, '<time>'],
  [/\b\d{1,2}:\d{2}:\d{2}(\.\d+)?\b/g, '<time>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\brun-[0-9a-z]{6,40}\b/g, '<run>'],
  [/(\/private)?\/(var\/folders|tmp|var\/tmp)\/[^\s'":)]+/g, '<temp>'],
  [/\b[0-9a-f]{7,64}\b/g, '<hash>'],
  [/\b0x[0-9a-f]+\b/gi, '<address>'],
  [/\b(pid|process)[ =:]+\d+/gi, '$1 <pid>'],
  [/:\d+(:\d+)?/g, ':<line>'],
  [/\bline \d+/gi, 'line <line>'],
  [/\bduration_ms[ :=]+\d+(\.\d+)?/g, 'duration_ms <duration>'],
  [/\b\d+(\.\d+)?\s?(ms|s|sec|seconds|m|min)\b/g, '<duration>'],
  [/\b\d{5,}\b/g, '<number>'],
];

/** Signature of a failure text in a phase: `sha256:` and 16 hexadecimal digits, the same for two runs of one failure. */
export function signatureOf(phase: string, rule: string, text: string): string {
  let folded = judgedText(text);
  for (const [pattern, replacement] of folds) folded = folded.replace(pattern, replacement);
  const lines = folded
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return `sha256:${sha256Hex([phase, rule, ...lines].join('\n')).slice(0, 16)}`;
}
