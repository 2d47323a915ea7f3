/** Failures of a user's own promote command that loopbreaker finds itself: by time, and by asking the target. */
import { type OwnRule, rule } from './own-rule.ts';

/** By the name the code uses. */
export const commandRules = {
  commandDidNothing: rule(
    'promote-command-did-nothing',
    'config-fatal',
    'no-effect',
    'The promote command exited 0, but the target does not contain the commit.',
    'correct "command" in policy/promote.json, or let it write the result file (docs/promotion.md: A promote script of your own)',
  ),
  commandClaims: rule(
    'promote-command-claims',
    'config-fatal',
    'no-effect',
    'The target neither contains the commit nor carries what it changes.',
    'correct the script that "command" in policy/promote.json runs: it tells of a promotion that did not happen',
  ),
  commandTimeout: rule(
    'promote-command-timeout',
    'unknown',
    'timeout',
    'The promote command did not end within "commandTimeoutSeconds" and was stopped with all that it had started.',
    'raise "commandTimeoutSeconds" in policy/promote.json, or find what the command waits for',
  ),
} as const satisfies Record<string, OwnRule>;
