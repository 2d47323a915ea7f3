/** Plays points: a counting run to learn the commands, then each point in a fresh copy of the world. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ownRules } from '../core/own-failures.ts';
import type { Strategy } from '../core/policy.ts';
import { type Evidence, gather, snapshotOfClone, snapshotOfRemote } from './evidence.ts';
import { invariants } from './invariants.ts';
import type { GitCommand, Point } from './points.ts';
import { type Bench, clear, promote, type RunEnd, runEnvironment, settled, wrapOf } from './run.ts';
import { type CrashWorld, copyWorld, gitIn, makeTemplate, noteOf, type Origin } from './world.ts';

/** A template, and the commands of a clean run in it. */
export interface Stage {
  readonly strategy: Strategy;
  readonly template: string;
  readonly origin: Origin;
  readonly commands: readonly GitCommand[];
}

export interface Violation {
  readonly invariant: string;
  readonly found: string;
}

export interface Played {
  readonly point: Point;
  /** false: the run came to its end before the command of the point, or git had ended already. */
  readonly happened: boolean;
  /** Runs that were needed after the first. */
  readonly later: number;
  readonly violations: readonly Violation[];
  readonly seconds: number;
  /** What the runs said, when something is wrong. */
  readonly told: string;
  /** Where the world in which something was wrong was kept. */
  readonly kept: string | null;
}

const questions =
  /^(rev-parse|merge-base|ls-tree|cat-file|for-each-ref|symbolic-ref|remote|diff-tree|diff|status|log|rev-list|show|ls-remote|ls-files|worktree list|check-ignore|version|--version|cherry|patch-id|config --get|var)\b/;

function wordsOf(args: string): string {
  const words = args.split('\0').slice(0, -1);
  const settings = words.findIndex((word, index) => index % 2 === 0 && word !== '-c');
  return words.slice(Math.max(0, settings)).join(' ');
}

function phaseOf(checkpoint: string | null): string {
  return /"phase": "([a-z-]+)"/.exec(checkpoint ?? '')?.[1] ?? 'start';
}

/** The commands that a counting run has noted. */
export function commandsOf(world: CrashWorld): readonly GitCommand[] {
  const numbers = readdirSync(world.notes).flatMap((name) =>
    name.endsWith('.args') ? [Number.parseInt(name, 10)] : [],
  );
  return numbers
    .sort((a, b) => a - b)
    .map((at) => {
      const words = wordsOf(noteOf(world, `${at}.args`) ?? '');
      const trace = (noteOf(world, `${at}.trace`) ?? '').split('\n').slice(0, -1);
      const lockHeld = noteOf(world, `${at}.lock`)?.trim() === 'held';
      return {
        at,
        words,
        trace,
        lockHeld,
        phase: phaseOf(noteOf(world, `${at}.checkpoint`)),
        isAct: !questions.test(words),
      };
    });
}

/** What somebody else does to the target: a commit on top of it that adds a file. */
const rivalScript = `cd "$CRASH_WORLD/remote.git" || exit 1
exec env -i PATH="$CRASH_SERVER_PATH" HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=Rival \\
  GIT_AUTHOR_EMAIL=r@example.invalid GIT_COMMITTER_NAME=Rival GIT_COMMITTER_EMAIL=r@example.invalid sh -c '
old=$(git rev-parse refs/heads/main)
blob=$(echo rival | git hash-object -w --stdin)
tree=$({ git ls-tree "$old"; printf "100644 blob %s\\trival.txt\\n" "$blob"; } | git mktree)
git update-ref refs/heads/main "$(echo rival | git commit-tree "$tree" -p "$old")" "$old"'
`;

/** Makes the template of a strategy and counts the git commands of a clean run. Throws when that run does not promote. */
export async function makeStage(bench: Bench, directory: string, strategy: Strategy): Promise<Stage> {
  const template = path.join(directory, `template-${strategy}`);
  const origin = makeTemplate(template, strategy);
  writeFileSync(path.join(template, 'rival.sh'), rivalScript);
  const world = copyWorld(template, path.join(directory, `count-${strategy}`));
  const end = await promote(bench, world, runEnvironment(bench, world, namesIn(world).first, 'count'));
  if (end.report?.outcome !== 'promoted')
    throw new Error(`a clean run with ${strategy} does not promote: ${end.output}`);
  const commands = commandsOf(world);
  rmSync(world.directory, { recursive: true, force: true });
  return { strategy, template, origin, commands };
}

const laterRunsMax = 3;
const restMs = 60_000;

/** A full disk stops promotion until a person says that there is room again: the way out that the refusal prints. */
function isStoppedByFullDisk({ call }: Point, end: RunEnd): boolean {
  return call?.fault === 'ENOSPC' && end.report?.outcome === 'quarantined' && end.report.why.includes('disk');
}

function isLockBusy(end: RunEnd): boolean {
  return end.report?.failure?.rule === ownRules.lockBusy.id;
}

/** Names of the runs in a world, which mark their processes: by its path, for another matrix may be running too. */
const namesIn = ({ directory }: CrashWorld) => ({ first: `${directory}.first.`, next: `${directory}.next.` });

/**
 * One clean run afterwards, at once: what the dead run has left running may still be at work. Another only when it found
 * the lock still held by that.
 */
async function runAgain(bench: Bench, world: CrashWorld, point: Point): Promise<readonly RunEnd[]> {
  const { first, next } = namesIn(world);
  const later: RunEnd[] = [];
  do {
    if (later.length > 0) await settled([first, next], restMs);
    const end = await promote(bench, world, runEnvironment(bench, world, next, 'nothing'));
    later.push(end);
    if (isStoppedByFullDisk(point, end)) await clear(bench, world);
    else if (!isLockBusy(end)) break;
  } while (later.length < laterRunsMax);
  return later;
}

function happened(world: CrashWorld, point: Point): boolean {
  if (point.call !== null) return /INJECTED|killed by SIGKILL/.test(noteOf(world, 'strace') ?? '');
  if (noteOf(world, 'fired.args') === null) return false;
  return point.moment !== 'during' || noteOf(world, 'fired.state')?.startsWith('Z') === false;
}

function judge(evidence: Evidence): readonly Violation[] {
  return invariants.flatMap(({ name, broken }) => {
    const found = broken(evidence);
    return found === null ? [] : [{ invariant: name, found }];
  });
}

function tell(ends: readonly RunEnd[]): string {
  return ends.map(({ exitCode, signal, output }) => `exit ${exitCode} ${signal ?? ''}\n${output}`).join('\n---\n');
}

/** Plays one point in a copy of its own, which is removed afterwards unless something was wrong and `keep` is set. */
export async function play(
  bench: Bench,
  stage: Stage,
  point: Point,
  directory: string,
  keep: boolean,
): Promise<Played> {
  const startedMs = performance.now();
  mkdirSync(path.dirname(directory), { recursive: true });
  const world = copyWorld(stage.template, directory);
  const { first, next } = namesIn(world);
  const [cloneBefore, remoteBefore] = [snapshotOfClone(world), snapshotOfRemote(world)];
  const firstEnd = await promote(bench, world, runEnvironment(bench, world, first, point), wrapOf(world, point));
  // A run that lived to report is judged by where the target then was; and where all die, none outlives the others.
  if (firstEnd.report !== null || point.victim === 'all') await settled([first], restMs);
  const targetAfterFirst = gitIn(world.remote, 'rev-parse', 'refs/heads/main');
  const later = await runAgain(bench, world, point);
  const living = await settled([first, next], restMs);
  const witness = { point, origin: stage.origin, world, first: firstEnd, later, living, targetAfterFirst };
  const violations = judge(gather({ ...witness, cloneBefore, remoteBefore }));
  const hit = happened(world, point);
  const kept = violations.length > 0 && keep ? directory : null;
  if (kept === null) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  const told = violations.length === 0 ? '' : tell([firstEnd, ...later]);
  const seconds = (performance.now() - startedMs) / 1000;
  return { point, happened: hit, later: later.length, violations, seconds, told, kept };
}
