/** Exit codes of every command, and the one error type that carries an expected refusal to the person. */

/** Exit codes: the same meaning in every command (sysexits.h for 75 EX_TEMPFAIL and 78 EX_CONFIG). */
export const exitCodes = {
  ok: 0,
  refused: 1,
  usage: 2,
  bug: 3,
  tryLater: 75,
  configFatal: 78,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What auto-promote answers; the JSON output and the result file use these words. */
export type PromoteOutcome = 'promoted' | 'already-promoted' | 'blocked' | 'quarantined' | 'try-later' | 'config-fatal';

export interface RefusalDetail {
  /** A code of the one registry, so that `explain` knows it. */
  readonly code: string;
  readonly exitCode: ExitCode;
  /** One sentence: what is wrong. */
  readonly problem: string;
  /** The one command or edit that mends it. */
  readonly remedy: string;
}

/**
 * An expected refusal: printed as one sentence, its cause and the next command, never with a stack.
 * Anything else that is thrown is a bug (exit 3).
 */
export class Refusal extends Error {
  readonly detail: RefusalDetail;

  constructor(detail: RefusalDetail) {
    super(detail.problem);
    this.name = 'Refusal';
    this.detail = detail;
  }
}

/** True for an error of Node that carries a system code such as `ENOENT`. */
export function hasErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}

/** The message of whatever was thrown, on one line. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
}
