/** A git command that failed although its question had no room for a "no". */

import { withoutUrlSecrets } from './secrets.ts';

/** Thrown by git questions; a phase catches it and classifies it, everything else lets it become a refusal. */
export class GitFailed extends Error {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly errorCode: string | null;
  /** stdout and stderr, in that order, without the secrets of URLs. */
  readonly text: string;

  constructor(
    args: readonly string[],
    end: { readonly exitCode: number | null; readonly signal: string | null; readonly text: string },
    errorCode: string | null = null,
  ) {
    const how = end.signal ?? errorCode ?? `exit code ${end.exitCode}`;
    const text = withoutUrlSecrets(end.text);
    super(`git ${args[0] ?? ''} failed (${how}): ${text.trim().split('\n').at(-1) ?? ''}`);
    this.name = 'GitFailed';
    this.exitCode = end.exitCode;
    this.signal = end.signal;
    this.errorCode = errorCode;
    this.text = text;
  }
}
