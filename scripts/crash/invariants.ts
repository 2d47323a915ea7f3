/** What must hold after every point, whatever was killed: one name, one question, an answer only when it does not hold. */
import { ownRules } from '../core/own-failures.ts';
import { type Evidence, treeAsTested } from './evidence.ts';
import type { RunEnd } from './run.ts';
import { gitIn, noteOf } from './world.ts';

export interface Invariant {
  readonly name: string;
  /** null when it holds; else what was found, in one line. */
  readonly broken: (evidence: Evidence) => string | null;
}

/** Something of a list that should be empty. */
function first(found: readonly string[]): string | null {
  return found.length === 0
    ? null
    : `${found.slice(0, 4).join(', ')}${found.length > 4 ? ` and ${found.length - 4} more` : ''}`;
}

function isAncestor(directory: string, old: string, young: string): boolean {
  return gitIn(directory, 'merge-base', old, young) === old;
}

const ruleOf = (end: RunEnd): string | null => end.report?.failure?.rule ?? null;

/** A rival who came before the landing stops an ff-only promotion: the branch has to be brought up to date by its agent. */
export function mayBeBlocked({ point, later }: Evidence): boolean {
  const rule = later.map(ruleOf).at(-1);
  return point.victim === 'rival' && point.strategy === 'ff-only' && rule === ownRules.notFastForward.id;
}

function forwardAndTested({ world, moves, tested }: Evidence): string | null {
  const back = moves
    .filter(({ from, to }) => !isAncestor(world.remote, from, to))
    .map(({ to }) => `${to} is no step forward`);
  const untested = moves
    .filter(({ byRival, to }) => !byRival && !tested.includes(treeAsTested(world, to)))
    .map(({ to }) => `QA has not seen the tree of ${to}`);
  return first([...back, ...untested]);
}

function landedOnce(evidence: Evidence): string | null {
  const { moves, gained, origin, world, point } = evidence;
  const ours = moves.filter(({ byRival }) => !byRival);
  if (mayBeBlocked(evidence)) return ours.length === 0 ? null : 'it moved although it was blocked';
  if (ours.length !== 1) return `the target was moved ${ours.length} times`;
  switch (point.strategy) {
    case 'ff-only':
    case 'merge':
      return isAncestor(world.remote, origin.tip, 'refs/heads/main') ? null : 'the tip is not on the target';
    case 'squash':
      return once(
        [origin.tip],
        gained.map(({ source }) => source),
      );
    case 'rebase':
      return (
        once(
          [origin.tip],
          gained.map(({ source }) => source),
        ) ??
        once(
          origin.subjects,
          gained.map(({ subject }) => subject),
        )
      );
  }
}

/** What is not told exactly once among what was found. */
function once(wanted: readonly string[], found: readonly string[]): string | null {
  const times = (one: string) => found.filter((other) => other === one).length;
  return first(wanted.filter((one) => times(one) !== 1).map((one) => `"${one}" landed ${times(one)} times`));
}

function nothingUnreachable({ world, origin }: Evidence): string | null {
  const lost = gitIn(world.clone, 'rev-list', origin.tip, '--not', '--all');
  return lost === '' ? null : `unreachable: ${lost.split('\n').join(', ')}`;
}

/** Names that only we, or a git that we started, can have made. */
const madeByUs = /^. (loop(\/|$)|\.git\/worktrees\/|\.git\/refs\/loopbreaker|.*\.lock$)/;
const keptByDesign = /^. \.git\/refs\/loopbreaker(\/keep|\/remotes(\/origin(\/main)?)?)?$/;

/** The commits of a branch that may not land yet stay pinned. */
const pinned = /^\+ \.git\/refs\/loopbreaker\/keep\/run-[0-9a-f]{12}$/;

function nothingLeft(evidence: Evidence): string | null {
  const { cloneChanges, remoteChanges, torn } = evidence;
  const isKept = (change: string) => keptByDesign.test(change) || (mayBeBlocked(evidence) && pinned.test(change));
  const ours = cloneChanges.filter((change) => madeByUs.test(change) && !isKept(change));
  return first([...ours, ...remoteChanges.map((change) => `remote: ${change}`), ...torn]);
}

function untouched({ cloneChanges }: Evidence): string | null {
  return first(cloneChanges.filter((change) => !madeByUs.test(change)));
}

function stateInOrder(evidence: Evidence): string | null {
  const { controller } = evidence;
  if (controller === null) return 'the controller is not valid';
  const { promote, agent } = controller.circuits;
  const wrong = [
    ...(promote.state === 'closed' ? [] : [`promote is ${promote.state}`]),
    ...(agent.state === 'closed' ? [] : [`agent is ${agent.state}`]),
    ...controller.attempts.map(({ runId }) => `attempt ${runId} is still noted`),
    ...(mayBeBlocked(evidence) ? [] : controller.triggers.map(({ state }) => `a trigger is still ${state}`)),
  ];
  return first(wrong);
}

/** By the kernel at the moment of the deed, and while a push outlives us; by the journal over the whole. */
function lockHeldOnce({ world, point, journal }: Evidence): string | null {
  const seen = noteOf(world, 'fired.lock')?.trim();
  if (point.lockHeld && seen === 'free') return `at the deed the promote lock was free`;
  const isChange = /^push\b/.test(point.words);
  const orphan = noteOf(world, 'orphan.lock')?.trim();
  if (isChange && orphan !== undefined && orphan !== 'held') return `while the push outlived us the lock was ${orphan}`;
  const runs = journal.filter(({ event }) => event === 'phase').map(({ run }) => String(run));
  const returned = runs.filter((run, index) => runs[index - 1] !== run && runs.indexOf(run) < index);
  return first(returned.map((run) => `${run} went on after another had begun`));
}

function eachEndedOnce({ journal }: Evidence): string | null {
  const runsOf = (name: string) => journal.filter(({ event }) => event === name).map(({ run }) => String(run));
  const ended = runsOf('promotion-ended');
  const wrong = runsOf('promotion-begun').filter((run) => ended.filter((other) => other === run).length !== 1);
  return first(wrong.map((run) => `${run} has not exactly one end`));
}

function noPersonNeeded(evidence: Evidence): string | null {
  const last = evidence.later.at(-1);
  if (last === undefined) return 'nothing was run afterwards';
  if (last.exitCode === 0 || mayBeBlocked(evidence)) return null;
  return `the next run: exit ${last.exitCode} ${last.signal ?? ''} ${last.report?.why ?? last.output.slice(0, 400)}`;
}

/** Of a run that lived to report: promoted means there; anything else means not there, unless it says it cannot know. */
function wordIsTrue({ first: { report }, targetAfterFirst, moves, world, point }: Evidence): string | null {
  if (report === null) return null;
  const claimed = report.outcome === 'promoted' || report.outcome === 'already-promoted';
  const moved = moves.some(({ byRival, to }) => !byRival && isAncestor(world.remote, to, targetAfterFirst));
  if (claimed && !moved) return `it said ${report.outcome}, and the target has not got it`;
  const cannotKnow = report.failure?.rule === ownRules.pushUnknown.id;
  // Whose push was cut short in the middle may be overtaken by its server: it had not landed when it was asked.
  const overtaken = point.moment === 'during' && point.victim === 'git' && point.words.startsWith('push');
  return !claimed && moved && !cannotKnow && !overtaken ? `it said ${report.outcome}, and the target has got it` : null;
}

function objectsIntact({ world }: Evidence): string | null {
  const problems = [world.clone, world.remote].map((directory) => {
    try {
      gitIn(directory, 'fsck', '--connectivity-only', '--no-dangling', '--no-progress');
      return '';
    } catch (error) {
      return `${directory}: ${error instanceof Error ? error.message : String(error)}`;
    }
  });
  return first(problems.filter((problem) => problem !== ''));
}

/** The invariants, in the order in which they are told. */
export const invariants: readonly Invariant[] = [
  { name: 'the target moves only forward and only to a tree that QA has passed', broken: forwardAndTested },
  { name: 'the branch lands exactly once', broken: landedOnce },
  { name: 'no commit of the agent is unreachable', broken: nothingUnreachable },
  { name: 'nothing of ours is left: worktrees, folders, locks, temp files, refs', broken: nothingLeft },
  { name: 'the controller is valid, both circuits closed, nothing pending', broken: stateInOrder },
  { name: 'the promote lock is held by one run at a time', broken: lockHeldOnce },
  { name: 'each run that began is ended once in the journal', broken: eachEndedOnce },
  { name: 'the next run finishes the work and needs no person', broken: noPersonNeeded },
  { name: 'what a run says is true of the remote', broken: wordIsTrue },
  { name: "the user's checkout, index, stash, refs and config are byte for byte the same", broken: untouched },
  {
    name: 'no process is left alive',
    broken: ({ living }) => first(living.map((pid) => `process ${pid}`)),
  },
  { name: 'every object that a ref needs is there', broken: objectsIntact },
];
