/** Wires the effects that the phases of auto-promote may use. */
import path from 'node:path';
import { doctorExitCode } from './core/doctor.ts';
import { sha256Hex } from './core/evidence.ts';
import type { Failure } from './core/failure.ts';
import { gateEnvironment } from './core/gate-environment.ts';
import { takeRetryToken } from './core/retry.ts';
import { openDiagnosis } from './diagnose.ts';
import { childEnvironment } from './effects/agent.ts';
import { type FilesAt, openAttributes } from './effects/attributes.ts';
import { withoutHookInstall } from './effects/gate-hooks.ts';
import { integrationQuestionsOf } from './effects/git-integration.ts';
import { askingOnce, filesAt, integrationAskingOnce } from './effects/known-objects.ts';
import { openUnpinnedPackages, type PackagePlaces } from './effects/package-files.ts';
import { policyPaths, readPolicies } from './effects/policies.ts';
import { logPath } from './effects/runs.ts';
import { statedClock } from './effects/stated-clock.ts';
import { openSurroundings } from './effects/surroundings.ts';
import { realFolder, realPlace } from './effects/worktree-place.ts';
import { renewLease } from './lease.ts';
import type { GateCommand, PromoteWorld } from './promote/facts.ts';
import { doctorSummary } from './report/doctor-summary.ts';
import type { Workspace } from './workspace.ts';

export interface PromoteWorldOptions {
  readonly workspace: Workspace;
  readonly runId: string;
  readonly lockFd: number;
  /** Asked once, in preflight: null when the breaker has admitted this run. */
  readonly refusedByBreaker: () => Promise<Failure | null>;
  readonly signal: AbortSignal;
  /** Told to a person while it happens: a gate may take half an hour. */
  readonly tell: (line: string) => void;
}

async function spendRetryToken(workspace: Workspace): Promise<boolean> {
  let taken = false;
  await workspace.store.update((controller) => {
    const left = takeRetryToken(controller.retryTokens);
    taken = left !== null;
    return { controller: left === null ? controller : { ...controller, retryTokens: left }, entries: [] };
  });
  return taken;
}

/** Beside the checkout its packages are not found, so what a gate said before with them counts no longer. */
function packagePlaces({ checkouts, repository, evidence }: Workspace): PackagePlaces {
  const root = checkouts.hiddenRoots.length > 0 ? null : repository.root;
  return { root, below: realPlace(evidence.worktreeDirectory) };
}

/** The world of one run. QA commands get no variable of this run and none of git's, and their whole tree is reaped. */
export function openPromoteWorld(options: PromoteWorldOptions): PromoteWorld {
  const { workspace, runId, signal } = options;
  const { checkouts, verdicts, gateMemory, store, world, env, repository, runGit } = workspace;
  const git = askingOnce(workspace.git);
  const integration = integrationAskingOnce(integrationQuestionsOf(runGit, repository.commonDirectory));
  const filesOf: FilesAt = (commit, paths) => filesAt(runGit, commit, paths);
  let children = 0;
  return {
    git,
    integration,
    filesAt: filesOf,
    withAttributes: openAttributes(path.join(store.files.runs, `${runId}.attributes-`), git, filesOf),
    checkouts,
    verdicts,
    gateMemory,
    unpinnedPackages: openUnpinnedPackages(packagePlaces(workspace), runGit),
    surroundings: (checkout) =>
      openSurroundings(repository, runGit, checkout, path.join(store.files.runs, `${runId}.before`)),
    policiesAt: async (commit) => {
      const texts = await filesOf(commit, Object.values(policyPaths));
      return await readPolicies(async (name) => texts.get(name) ?? null);
    },
    doctor: async (commit) => {
      const result = await openDiagnosis({ directory: repository.root, repository, tree: commit, env });
      const findings = result.checks.flatMap((check) => check.findings);
      const codes = findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);
      return { exitCode: doctorExitCode(result), summary: doctorSummary(result), codes };
    },
    runGate: async (command: GateCommand) => {
      await renewLease(workspace, 'promote', runId);
      children += 1;
      const marker = `${runId}/${children}`;
      const limit = `at most ${Math.round(command.timeoutMs / 1000)} s`;
      const place = { tree: command.directory, roots: checkouts.hiddenRoots, realOf: realFolder };
      const switches = withoutHookInstall(
        command.phase,
        command.directory,
        path.join(store.files.runs, `${runId}.hooks`),
      );
      const log = logPath(store.files.runs, runId, command.log);
      options.tell(`running ${command.argv.join(' ')} (${limit}; its output: ${log})`);
      return await workspace.runChild({
        argv: command.argv,
        cwd: command.directory,
        env: childEnvironment(gateEnvironment(env, place), marker, switches),
        marker,
        ownDirectory: command.directory,
        timeoutMs: command.timeoutMs,
        logFile: log,
        signal,
      });
    },
    logPath: (name) => logPath(store.files.runs, runId, name),
    refusedByBreaker: options.refusedByBreaker,
    takeRetryToken: () => spendRetryToken(workspace),
    sleep: (ms) => world.sleep(ms, signal),
    random: world.random,
    monotonicMs: () => performance.now(),
    timestamp: () => new Date(world.clock().wallMs).toISOString(),
    statedClock: () => statedClock(world.clock().wallMs),
    lockFd: options.lockFd,
    hash: sha256Hex,
  };
}
