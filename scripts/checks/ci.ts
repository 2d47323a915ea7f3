/** Whether a machine of CI is looking: it neither commits nor runs the loop. */

/** As CI says it in the environment; "false" is how people say that it is none. */
export function isCi({ CI = '' }: NodeJS.ProcessEnv): boolean {
  return CI !== '' && CI !== 'false';
}
