/** The step summary of GitHub Actions: a file that every command of a step may add to. */
import { appendFileSync, statSync } from 'node:fs';
import { messageOf } from '../core/outcome.ts';

/**
 * Adds what `summary` makes of the bytes that are left. Returns why it could not be written, which is no reason to
 * judge the tree differently; undefined when it was, or when no summary is asked for.
 */
export function addStepSummary(
  env: NodeJS.ProcessEnv,
  bytesMax: number,
  summary: (bytesLeft: number) => string,
): string | undefined {
  const file = env.GITHUB_STEP_SUMMARY ?? '';
  if (file === '') return undefined;
  try {
    const used = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    appendFileSync(file, summary(bytesMax - used));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
