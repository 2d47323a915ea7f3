/** The line by which init knows a file of its own again, and whether anybody has changed it since. Pure. */
import { sha256Hex } from './evidence.ts';
import { withUnixEnds } from './line-ends.ts';

export interface Seal {
  /** The edition of the template that the text was made of. */
  readonly edition: number;
  /** Whether the rest of the text is as it was written, whatever line ends git gave it. */
  readonly isUntouched: boolean;
}

const line = /^# loopbreaker init renews this file as long as nobody edits it: edition (\d+), ([0-9a-f]{64})\n/m;

/** A shell text with the seal behind its first line. */
export function sealed(text: string, edition: number): string {
  const seal = `# loopbreaker init renews this file as long as nobody edits it: edition ${edition}, ${sha256Hex(text)}\n`;
  return text.replace('\n', () => `\n${seal}`);
}

/** The seal of a text; null where it has none. */
export function sealOf(text: string): Seal | null {
  const plain = withUnixEnds(text);
  const [seal, edition, hash] = line.exec(plain) ?? [];
  if (seal === undefined) return null;
  return { edition: Number(edition), isUntouched: sha256Hex(plain.replace(seal, '')) === hash };
}
