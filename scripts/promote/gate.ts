/** Phases worktree and qa: a clean checkout of the candidate, and the commands that judge it. */
import { classify, ownFailure } from '../core/classify.ts';
import type { Failure } from '../core/failure.ts';
import { isGateVerdict } from '../core/flake.ts';
import { exitCodes, Refusal } from '../core/outcome.ts';
import { ownRules } from '../core/own-failures.ts';
import type { PhaseEnd } from '../core/phases.ts';
import { shellWord } from '../core/shell-word.ts';
import { type ChangedFile, changesText, putBackCommand } from '../core/surroundings.ts';
import { shortBranch } from '../core/verdict.ts';
import type { ChildEnd } from '../effects/agent.ts';
import type { Surroundings } from '../effects/surroundings.ts';
import { attempt, failed, ok } from './attempt.ts';
import { type GateCommand, gateKey, type PromoteRun, rulesOf } from './facts.ts';
import { withTargetAsked } from './target-install.ts';

/** Adds the checkout of this run at the candidate; what an earlier try of this run left is removed first. */
export function worktreePhase(run: PromoteRun): Promise<PhaseEnd> {
  return attempt(run, 'worktree', async () => {
    const { candidate } = run.memory;
    if (candidate === null) throw new Error('worktree ran before merge');
    const { checkouts, git } = run.world;
    await checkouts.remove(run.runId);
    const reason = checkouts.prepare(run.runId, run.trigger, candidate.sha, run.world.timestamp());
    await git.addWorktree(checkouts.treeOf(run.runId), candidate.sha, reason);
    return ok;
  });
}

async function gateFailure(run: PromoteRun, step: GateStep, end: ChildEnd): Promise<Failure | null> {
  const { phase, name, log } = step;
  if (end.stoppedBy === 'timeout') {
    const problem = `"${name}" did not end within its time limit and was stopped.`;
    return ownFailure('qa', ownRules.qaTimeout, { problem, tail: end.outputTail, about: name });
  }
  if (end.stoppedBy === 'interrupt') return ownFailure(phase, ownRules.interrupted);
  if (end.exitCode === 0) return null;
  const { exitCode, signal, spawnError } = end;
  const said = classify({ phase, exitCode, signal, errorCode: spawnError, text: end.outputTail }, rulesOf(run));
  const failure = await withTargetAsked(run, step.argv, said);
  const how = spawnError ?? signal ?? `exit code ${exitCode}`;
  // A log lies on a disk too: what was printed while that was full is not in it.
  const kept = failure.subclass === 'disk-full' ? 'What of its output there was room for' : 'All of its output';
  const remedy = `${failure.remedy}. ${kept}: ${run.world.logPath(log)}`;
  return { ...failure, problem: `${failure.problem} ("${name}" ended with ${how})`, remedy };
}

interface GateStep extends GateCommand {
  readonly name: string;
}

function gateSteps(run: PromoteRun): readonly GateStep[] {
  const { fetched } = run.memory;
  if (fetched === null) throw new Error('qa ran before fetch');
  const { prepare, prepareTimeoutSeconds, qa } = fetched.trusted.promote;
  const directory = run.world.checkouts.treeOf(run.runId);
  const preparation = prepare.map((argv, index): GateStep => {
    const log = `prepare-${index + 1}`;
    return { phase: 'prepare', name: argv.join(' '), argv, directory, timeoutMs: prepareTimeoutSeconds * 1000, log };
  });
  const judging = qa.map(({ name, command, timeoutSeconds }): GateStep => {
    return { phase: 'qa', name, argv: command, directory, timeoutMs: timeoutSeconds * 1000, log: `qa-${name}` };
  });
  return [...preparation, ...judging];
}

/** A command that changed the repository itself is found even when it failed: a person has to put that back. */
function changedRepository(run: PromoteRun, { phase, name }: GateStep, end: ChildEnd, changes: readonly ChangedFile[]) {
  const what = changesText(changes);
  const problem = `${ownRules.gateChangedRepository.problem} While "${name}" ran, this changed: ${what}.`;
  const free = `npm run clear -- ${shellWord(shortBranch(run.trigger.branch))} --why "put back"`;
  const stays = changes.filter(({ isBack }) => !isBack);
  const back = stays.length === 0 ? '' : `${putBackCommand(stays)} puts it back. `;
  const install = phase === 'prepare' ? ', as by --ignore-scripts in "prepare" of policy/promote.json' : '';
  const remedy = `${back}Keep "${name}" from doing it${install} (if it was you: ${free})`;
  // With settings that git cannot read there is no next phase, not even cleanup: this is said at once.
  if (changes.some(({ unreadable }) => unreadable)) {
    throw new Refusal({ code: ownRules.gateChangedRepository.id, exitCode: exitCodes.configFatal, problem, remedy });
  }
  return ownFailure(phase, ownRules.gateChangedRepository, { problem, remedy, tail: end.outputTail, about: what });
}

function changedTree(changed: readonly string[]): Failure {
  const shown = changed.slice(0, 5).join(', ') + (changed.length > 5 ? ` and ${changed.length - 5} more` : '');
  const problem = `${ownRules.gateChangedTree.problem} Changed: ${shown}.`;
  return ownFailure('qa', ownRules.gateChangedTree, { problem, about: changed.join('\n') });
}

/** Runs the steps until one fails or changes what it must not. */
async function judgedBy(
  run: PromoteRun,
  surroundings: Surroundings,
  steps: readonly GateStep[],
): Promise<{ step: GateStep; failure: Failure } | null> {
  for (const step of steps) {
    const end = await run.world.runGate(step);
    const changes = await surroundings.changes();
    const failure = changes.length > 0 ? changedRepository(run, step, end, changes) : await gateFailure(run, step, end);
    if (failure !== null) return { step, failure };
  }
  return null;
}

function remember(run: PromoteRun, key: string, tree: string, command: string | null): void {
  const { gateMemory, timestamp } = run.world;
  run.memory.flake = gateMemory.remember({ key, tree, at: timestamp(), command: command?.slice(0, 200) ?? null });
}

/**
 * Runs preparation and every QA command in the checkout; records a pass for exactly this tree, these commands and these
 * packages. Whatever changed while the gate ran, the candidate or the packages, there is no pass to record.
 */
export function qaPhase(run: PromoteRun): Promise<PhaseEnd> {
  return attempt(run, 'qa', async () => {
    const { candidate, fetched } = run.memory;
    if (candidate === null || fetched === null) throw new Error('qa ran before merge');
    const { world } = run;
    const tree = world.checkouts.treeOf(run.runId);
    const key = await gateKey(run, fetched.trusted, candidate.tree);
    const surroundings = await world.surroundings(tree);
    const judged = await judgedBy(run, surroundings, gateSteps(run));
    if (judged !== null) {
      const { step, failure } = judged;
      if (isGateVerdict(failure)) remember(run, key, candidate.tree, step.name);
      return failed(failure);
    }
    const changed = await surroundings.changedInCheckout(candidate.sha);
    if (changed.length > 0) return failed(changedTree(changed));
    if ((await gateKey(run, fetched.trusted, candidate.tree)) === key) remember(run, key, candidate.tree, null);
    return ok;
  });
}
