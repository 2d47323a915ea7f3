/** Nights that an unattended loop has to get through: what is wrong, from when until when, in the words of real tools. */
import type { FailureRule } from '../core/classify.ts';
import { ownRules } from '../core/own-failures.ts';

/** One run of the agent. */
export interface AgentTurn {
  readonly minutes: number;
  /** `work`: new content; `empty`: a commit that changes no file. */
  readonly commit: 'work' | 'empty' | null;
  readonly claim: boolean;
  readonly exitCode: number;
  /** `{{curedAt}}` stands for the end of the fault, in seconds since the epoch. */
  readonly says: string;
}

/** The steps of a promotion that can fail, in their order. */
export const promotionSteps = ['fetch', 'merge', 'worktree', 'qa', 'push'] as const;
export type PromotionStep = (typeof promotionSteps)[number];

export interface StepFault {
  readonly step: PromotionStep;
  /** How often the step fails; always when left out. */
  readonly chance?: number;
  /** What the tool printed and how it exited, or the rule of a failure that we find ourselves. */
  readonly how:
    | { readonly exitCode: number; readonly text: string }
    | Pick<FailureRule, 'id' | 'class' | 'subclass' | 'problem' | 'remedy'>;
}

/**
 * What a night is a test of. `fatal`: time cannot heal it, and the cure is noticed or said. `repeated`: counted, then
 * probed ever more rarely. `limited`: a stated limit is waited for. `flaky`: most of it goes well. `busy`: nothing fails,
 * nothing is claimed.
 */
export type NightKind = 'fatal' | 'repeated' | 'limited' | 'flaky' | 'busy';

export interface Night {
  readonly name: string;
  readonly kind: NightKind;
  /** When the fault begins and when it is cured, minutes into the night; null: never. */
  readonly fromMinute: number;
  readonly curedMinute: number | null;
  /** What the agent does while the fault lasts; it works well otherwise. */
  readonly agent?: AgentTurn;
  readonly promotion?: readonly StepFault[];
  /** A file that is gone from the work tree while the fault lasts. */
  readonly missing?: string;
  /** The cure is another credential helper. */
  readonly renewsHelper?: boolean;
  /** Whoever cures it says so with `clear`, as the printed remedy asks. */
  readonly cleared?: boolean;
  /** After a promotion there is more work. */
  readonly goesOn?: boolean;
}

/** Ten minutes of work, committed and claimed. */
export const goodTurn: AgentTurn = { minutes: 10, commit: 'work', claim: true, exitCode: 0, says: 'agent: done' };

const morning = 7 * 60;

const failing = (step: PromotionStep, exitCode: number, text: string): readonly StepFault[] => [
  { step, how: { exitCode, text } },
];

const unreachable =
  "fatal: unable to access 'https://git.example/team/app.git/': Could not resolve host: git.example\n";

const redTests = `TAP version 13
# Subtest: sums
not ok 1 - sums
  ---
  error: 'Expected values to be strictly equal: 4 !== 5'
  ...
# tests 1
# fail 1
`;

const protectedBranch = `remote: error: GH006: Protected branch update failed for refs/heads/main.
remote: error: Changes must be made through a pull request.
To https://git.example/team/app.git
 ! [remote rejected] 3f2a9c1 -> main (protected branch hook declined)
error: failed to push some refs to 'https://git.example/team/app.git'
`;

const fullDisk = `Preparing worktree (detached HEAD 6e8926f)
error: unable to write file src/app.ts
fatal: could not write new index file: No space left on device
`;

const refusedCredentials = "fatal: Authentication failed for 'https://git.example/team/app.git/'\n";

/** Every night of the bench. */
export const nights: readonly Night[] = [
  {
    name: 'missing entry point',
    kind: 'fatal',
    fromMinute: 0,
    curedMinute: morning,
    missing: 'scripts/auto-promote.ts',
  },
  { name: 'missing policy', kind: 'fatal', fromMinute: 0, curedMinute: morning, missing: 'policy/promote.json' },
  {
    name: 'bad credentials, another helper',
    kind: 'fatal',
    fromMinute: 0,
    curedMinute: morning,
    promotion: failing('fetch', 128, refusedCredentials),
    renewsHelper: true,
  },
  {
    name: 'bad credentials, renewed and cleared',
    kind: 'fatal',
    fromMinute: 0,
    curedMinute: morning,
    promotion: failing('fetch', 128, refusedCredentials),
    cleared: true,
  },
  { name: 'red QA', kind: 'repeated', fromMinute: 0, curedMinute: morning, promotion: failing('qa', 1, redTests) },
  {
    name: 'conflict',
    kind: 'repeated',
    fromMinute: 0,
    curedMinute: morning,
    promotion: [{ step: 'merge', how: ownRules.mergeConflict }],
  },
  {
    name: 'protected branch',
    kind: 'repeated',
    fromMinute: 0,
    curedMinute: morning,
    promotion: failing('push', 1, protectedBranch),
  },
  {
    name: 'remote down 10 minutes',
    kind: 'repeated',
    fromMinute: 5,
    curedMinute: 15,
    promotion: failing('fetch', 128, unreachable),
  },
  {
    name: 'remote down 3 hours',
    kind: 'repeated',
    fromMinute: 5,
    curedMinute: 185,
    promotion: failing('fetch', 128, unreachable),
  },
  {
    name: 'remote down for ever',
    kind: 'repeated',
    fromMinute: 5,
    curedMinute: null,
    promotion: failing('fetch', 128, unreachable),
  },
  {
    name: 'flaky remote, 30 %',
    kind: 'flaky',
    fromMinute: 0,
    curedMinute: null,
    promotion: (['fetch', 'push'] as const).map((step) => ({
      step,
      chance: 0.3,
      how: { exitCode: 128, text: 'fatal: the remote end hung up unexpectedly\nfatal: early EOF\n' },
    })),
    goesOn: true,
  },
  {
    name: 'usage limit of 5 hours',
    kind: 'limited',
    fromMinute: 0,
    curedMinute: 300,
    agent: {
      minutes: 0.1,
      commit: null,
      claim: false,
      exitCode: 1,
      says: 'Claude AI usage limit reached|{{curedAt}}',
    },
  },
  {
    name: 'agent never progresses',
    kind: 'repeated',
    fromMinute: 0,
    curedMinute: morning,
    agent: { ...goodTurn, commit: null, claim: false, says: 'agent: I need more information' },
  },
  {
    name: 'agent claims for ever',
    kind: 'repeated',
    fromMinute: 0,
    curedMinute: null,
    agent: { ...goodTurn, commit: null },
  },
  {
    name: 'agent makes empty commits',
    kind: 'busy',
    fromMinute: 0,
    curedMinute: null,
    agent: { ...goodTurn, commit: 'empty', claim: false },
  },
  {
    name: 'agent claims empty commits, red QA',
    kind: 'repeated',
    fromMinute: 0,
    curedMinute: null,
    agent: { ...goodTurn, commit: 'empty' },
    promotion: failing('qa', 1, redTests),
  },
  {
    name: 'full disk, freed and cleared',
    kind: 'fatal',
    fromMinute: 0,
    curedMinute: morning,
    promotion: failing('worktree', 128, fullDisk),
    cleared: true,
  },
];
