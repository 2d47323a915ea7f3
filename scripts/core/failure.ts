/** The words for what went wrong: classes, phases, and the failure record that every organ passes on. */

/** Failure classes (see policy/schema and docs): what may be done about a failure, not how bad it sounds. */
export const failureClasses = [
  'transient',
  'config-fatal',
  'policy-terminal',
  'rate-limited',
  'interrupted',
  'unknown',
] as const;
export type FailureClass = (typeof failureClasses)[number];

/** Where a failure happened. The same text can mean different things in different phases. */
export const phases = [
  'spawn',
  'preflight',
  'fetch',
  'merge',
  'worktree',
  'prepare',
  'qa',
  'push',
  'cleanup',
  'delete-remote',
  'custom',
  'agent',
] as const;
export type Phase = (typeof phases)[number];

/** One failure, classified. `rule` is the id of the rule that decided, and a code that `explain` knows. */
export interface Failure {
  readonly class: FailureClass;
  readonly subclass: string;
  readonly rule: string;
  readonly phase: Phase;
  readonly signature: string;
  /** One sentence for a person. */
  readonly problem: string;
  /** The one command or edit that mends it. */
  readonly remedy: string;
  /** When a stated limit ends, ISO 8601; only with `rate-limited`. */
  readonly retryAt?: string;
  /** What of the output that was judged tells most, bounded. */
  readonly tail?: string;
}
