/** The policies a user edits: shapes as in their files (times in seconds, named so), schemas in policy/schema/. */

export type AgentOutput = 'text' | 'claude-stream-json' | 'codex-json' | 'gemini-json';

export interface LoopPolicy {
  readonly agent: {
    readonly command: readonly string[];
    readonly prompt: string;
    readonly output: AgentOutput;
    readonly timeoutSeconds: number;
    readonly idleTimeoutSeconds: number;
  };
  readonly completion: { readonly token: string };
  readonly iterationsMax: number;
  readonly agentRunsMaxPerDay: number;
  readonly noProgressMax: number;
  readonly whenQuarantined: 'stop' | 'wait';
  readonly alerts: readonly AlertPolicy[];
}

/** One way to tell a person: a program or a web hook, exactly one of them (core/policy-sense.ts). */
export interface AlertPolicy {
  readonly on: readonly ('quarantined' | 'held' | 'blocked')[];
  readonly command?: readonly string[];
  readonly url?: string;
  readonly timeoutSeconds: number;
}

export interface QaCommand {
  readonly name: string;
  readonly command: readonly string[];
  readonly timeoutSeconds: number;
}

export type Strategy = 'ff-only' | 'merge' | 'squash' | 'rebase';

export interface PromotePolicy {
  readonly remote: string;
  readonly target: string;
  readonly strategy: Strategy;
  readonly prepare: readonly (readonly string[])[];
  readonly prepareTimeoutSeconds: number;
  readonly qa: readonly QaCommand[];
  readonly protectedPaths: readonly string[];
  readonly deleteRemoteBranch: boolean;
  readonly worktreeDirectory: string;
  readonly stepsMax: number;
  readonly reintegrationsMax: number;
  readonly command: readonly string[] | null;
  readonly commandTimeoutSeconds: number;
}

export interface RetryPolicy {
  readonly attemptsMax: number;
  readonly elapsedMaxSeconds: number;
  readonly baseSeconds: number;
  readonly factor: number;
  readonly capSeconds: number;
  readonly jitter: 'full' | 'none';
  readonly budgetTokens: number;
  readonly refillPerSuccess: number;
}

export interface BreakerPolicy {
  readonly sameSignatureMax: number;
  readonly failuresMax: number;
  readonly windowSeconds: number;
  readonly quarantine: {
    readonly baseSeconds: number;
    readonly factor: number;
    readonly capSeconds: number;
    readonly jitterRatio: number;
    readonly failedProbesMax: number;
  };
  readonly configFatal: { readonly recheckSeconds: number };
  readonly probeLeaseSeconds: number;
  readonly successesToClose: number;
  readonly retry: RetryPolicy;
}
