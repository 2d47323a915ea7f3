/** Failures of an agent's run that loopbreaker finds itself: by time, by git, by what the agent claims. */
import { type OwnRule, rule } from './own-rule.ts';

/** By the name the code uses. */
export const agentRules = {
  noProgress: rule(
    'no-progress',
    'unknown',
    'no-progress',
    'The agent ended without changing anything.',
    'read what it printed; its prompt may be impossible to satisfy, or it is done and does not say so',
  ),
  nothingToPromote: rule(
    'no-progress',
    'unknown',
    'no-progress',
    'The agent claimed completion, but its branch holds no commit that the target lacks.',
    'nothing to do: the agent is told in its next prompt',
  ),
  claimDirty: rule(
    'claim-dirty',
    'unknown',
    'claim-dirty',
    'The agent claimed completion with uncommitted changes in the work tree.',
    'nothing to do: the agent is told in its next prompt to commit',
  ),
  claimMoved: rule(
    'claim-moved',
    'unknown',
    'claim-moved',
    'The agent claimed completion on another branch than its run began on.',
    'nothing to do: the agent is told in its next prompt',
  ),
  outputUnread: rule(
    'agent-output-unread',
    'config-fatal',
    'output',
    'The agent ended well, but nothing that it printed is of the format that "agent.output" in policy/loop.json names.',
    'make "agent.command" and "agent.output" in policy/loop.json agree (docs/loop.md: How the agent is read)',
  ),
  agentTimeout: rule(
    'agent-timeout',
    'unknown',
    'timeout',
    'The agent did not end within "timeoutSeconds" and was stopped.',
    'raise "timeoutSeconds" in policy/loop.json, or give it smaller work',
  ),
  agentIdle: rule(
    'agent-idle',
    'unknown',
    'timeout',
    'The agent printed nothing for "idleTimeoutSeconds" and was stopped.',
    'raise "idleTimeoutSeconds" in policy/loop.json, or find what it waits for',
  ),
} as const satisfies Record<string, OwnRule>;
