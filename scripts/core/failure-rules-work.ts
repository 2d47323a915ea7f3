/** Failure rules for the work itself: the QA gate's commands and the coding agents. */
import type { FailureRule } from './classify.ts';

/** The commands of the QA gate and of its preparation, run on the candidate. */
export const gateRules: readonly FailureRule[] = [
  {
    id: 'qa-tool-missing',
    phases: ['qa', 'prepare'],
    exitCode: 127,
    class: 'config-fatal',
    subclass: 'command-missing',
    problem: 'A QA command names a program that is not there.',
    remedy: 'correct "qa" or "prepare" in policy/promote.json on the target branch, or install the program',
  },
  {
    id: 'registry-unreachable',
    phases: ['qa', 'prepare'],
    pattern:
      /npm (error|ERR!) code (EAI_AGAIN|ENOTFOUND|ETIMEDOUT|ECONNRESET|ECONNREFUSED|E429|E5\d\d)|npm (error|ERR!) network/,
    class: 'transient',
    subclass: 'registry',
    problem: 'The package registry could not be reached.',
    remedy: 'nothing to do: it is tried again; npm ping shows whether it is back',
  },
  {
    id: 'prepare-red',
    phases: ['prepare'],
    ended: 'by-code',
    pattern: /\S/,
    class: 'policy-terminal',
    subclass: 'prepare-red',
    problem: 'The preparation of the QA gate failed for this candidate.',
    remedy: 'run the prepare command in a clean clone of the branch; mend the branch (often its lockfile) and commit',
  },
  {
    id: 'qa-red',
    phases: ['qa'],
    ended: 'by-code',
    pattern: /\S/,
    class: 'policy-terminal',
    subclass: 'qa-red',
    problem: 'The QA gate is red for this candidate.',
    remedy: 'mend the branch and commit; the new commit is tried by itself',
  },
];

/** Coding agents. A limit with a stated end is waiting, not failing (adapters read typed events before this). */
export const agentRules: readonly FailureRule[] = [
  {
    id: 'agent-usage-limit',
    phases: ['agent'],
    pattern: /usage[_ ]limit[_ ]reached|you've hit your (usage|session|weekly) limit|usage limit reached/i,
    class: 'rate-limited',
    subclass: 'usage-limit',
    problem: 'The agent has used up its quota.',
    remedy: 'nothing to do: the loop goes on after the stated reset',
  },
  {
    id: 'agent-authentication',
    phases: ['agent'],
    pattern:
      /invalid api key|authentication_error|please run \/login|not logged in|OAuth token has expired|401 Unauthorized/i,
    class: 'config-fatal',
    subclass: 'credentials',
    problem: 'The agent is not logged in.',
    remedy: 'run the agent once by hand and log in',
  },
  {
    id: 'agent-overloaded',
    phases: ['agent'],
    pattern: /overloaded_error|MODEL_CAPACITY_EXHAUSTED|529 |503 Service Unavailable/i,
    class: 'transient',
    subclass: 'overloaded',
    problem: 'The service behind the agent is overloaded.',
    remedy: 'nothing to do: it is tried again',
  },
  {
    id: 'agent-command-missing',
    phases: ['agent'],
    exitCode: 127,
    class: 'config-fatal',
    subclass: 'command-missing',
    problem: 'The agent command names a program that is not there.',
    remedy: 'correct "agent.command" in policy/loop.json, or install the agent',
  },
];
