/**
 * The built-in failure rules, asked in order after the user's own; the first that matches decides. Structure first, then
 * verdicts on the candidate, then the machine, the tools, git and its servers, the program, and the network. Wordings
 * are those of the tools under LC_ALL=C. A rule that names phases means it: the same text has another owner elsewhere.
 */
import type { FailureRule } from './classify.ts';
import { agentRules } from './failure-rules-agents.ts';
import { gateRules, verdictRules } from './failure-rules-gate.ts';
import { gitRules } from './failure-rules-git.ts';
import { networkRules } from './failure-rules-network.ts';
import { loadingRules, scriptRules } from './failure-rules-node.ts';
import { packageRules } from './failure-rules-packages.ts';
import { checkRules, refusalRules, verdictLineRules } from './failure-rules-refusals.ts';
import { serverAccessRules, serverRules, serverStateRules } from './failure-rules-server.ts';
import { absenceRules, toolRules } from './failure-rules-shell.ts';
import { machineRules, structureRules } from './failure-rules-system.ts';

/** All built-in rules, in the order in which they are asked. */
export const builtInRules: readonly FailureRule[] = [
  ...structureRules,
  ...agentRules,
  ...toolRules,
  ...verdictRules,
  ...machineRules,
  ...absenceRules,
  ...packageRules,
  ...serverRules,
  ...gitRules,
  ...refusalRules,
  ...serverAccessRules,
  ...checkRules,
  ...serverStateRules,
  ...loadingRules,
  ...networkRules,
  ...verdictLineRules,
  ...scriptRules,
  ...gateRules,
];
