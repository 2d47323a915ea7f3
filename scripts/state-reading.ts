/** What the doctor is told about loopbreaker's own state; reading it changes nothing. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { StateReading } from './checks/check.ts';
import { type Bypass, bypassSentence } from './core/bypass.ts';
import { believedNow } from './core/clock.ts';
import { type Controller, circuitNames } from './core/controller.ts';
import type { Finding } from './core/doctor.ts';
import type { BreakerPolicy } from './core/policy.ts';
import { type Stop, stopOf } from './core/stop.ts';
import { readBypasses, worktreeName } from './effects/bypasses.ts';
import { attemptLiveness, type Checkpoint, readCheckpoint } from './effects/checkpoint.ts';
import { openGit } from './effects/git.ts';
import { findRepository, type Repository } from './effects/repository.ts';
import { parseDocument } from './effects/schema.ts';
import { stateFiles } from './effects/state-files.ts';
import { readController } from './effects/store.ts';
import { openWorld, type World } from './effects/world.ts';

function stopped(stop: Stop): Finding {
  const until = stop.until === null ? 'until a person clears it' : 'for a time that npm run status tells';
  return {
    code: 'state-stopped',
    severity: 'warning',
    problem: `The ${stop.circuit} circuit admits nothing, ${until}: ${stop.why}`,
    remedy: stop.remedy,
    commands: [],
  };
}

function unfinished(controller: Controller, checkpoint: Checkpoint | null, world: World): readonly Finding[] {
  return controller.attempts
    .filter((attempt) => ['dead', 'other-boot'].includes(attemptLiveness(attempt, checkpoint, world)))
    .map((attempt) => ({
      code: 'state-unfinished',
      severity: 'warning',
      problem: `${attempt.runId} (${attempt.circuit}) was ended in the middle; the next run settles it.`,
      remedy: 'start the loop again (npm run loop), or promote the branch by hand',
      commands: [],
    }));
}

/** The folder alone says nothing: the doctor keeps its memory there too. */
function hasState(stateDirectory: string): boolean {
  return ['controller.json', 'events.jsonl', 'events.jsonl.old'].some((name) =>
    existsSync(path.join(stateDirectory, name)),
  );
}

function gone(bypass: Bypass): Finding {
  return {
    code: 'hook-bypassed',
    severity: 'warning',
    problem: `${bypassSentence(bypass)}.`,
    remedy: `look at what was let through; the next ${bypass.hook} here that passes takes this away`,
    commands: [],
  };
}

/** Findings about controller, attempts and hooks that were gone round, or that there is no state yet. */
export async function readStateOf(directory: string, env: NodeJS.ProcessEnv): Promise<StateReading> {
  const repository = await findRepository(openGit(directory, env), directory);
  const own = readBypasses(repository).filter(({ worktree }) => worktree === worktreeName(repository));
  const { findings, skipped } = readLoopState(repository);
  const all = [...own.map(gone), ...findings];
  return all.length === 0 && skipped !== undefined ? { findings: [], skipped } : { findings: all };
}

function readLoopState({ stateDirectory }: Repository): StateReading {
  if (!hasState(stateDirectory)) return { findings: [], skipped: 'no loop has run in this repository yet' };
  // The defaults are enough to read with: policies that are broken are another check's finding.
  const defaults = parseDocument<BreakerPolicy>('breaker', '{}', 'breaker.json');
  if (!defaults.ok) throw new Error('the schema of breaker.json has no defaults');
  const world = openWorld();
  const retryTokens = defaults.value.retry.budgetTokens;
  const files = stateFiles(stateDirectory);
  const reading = readController({ policy: defaults.value, retryTokens, world }, files);
  if (reading.kind === 'unreadable') {
    const remedy = 'look at the file; npm run clear starts afresh and keeps a copy';
    const commands = ['npm run clear -- --why "the state file was looked at"'];
    return { findings: [{ code: 'state-unreadable', severity: 'error', problem: reading.why, remedy, commands }] };
  }
  const { controller } = reading;
  const checkpoint = readCheckpoint(files.checkpoint);
  const now = believedNow(controller.clock, world.clock());
  const stops = circuitNames.flatMap((name) => stopOf(name, controller.circuits[name], now) ?? []);
  return { findings: [...stops.map(stopped), ...unfinished(controller, checkpoint, world)] };
}
