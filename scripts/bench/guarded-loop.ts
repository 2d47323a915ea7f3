/** A night of the real loop: drive, steering, breaker, store and promotion attempts, with the time and the children simulated. */
import { existsSync, renameSync } from 'node:fs';
import path from 'node:path';
import { clearCircuits } from '../clear.ts';
import { circuitNames } from '../core/controller.ts';
import { exitCodes } from '../core/outcome.ts';
import { drive } from '../drive.ts';
import type { Policies } from '../effects/policies.ts';
import { openLoopReport } from '../report/loop.ts';
import { minutes, nightBegins, nightMs } from './hand-clock.ts';
import { branch } from './hand-git.ts';
import { simulatedPromotion } from './hand-promotion.ts';
import { type GuardedOptions, openStage, type Stage } from './night-stage.ts';
import type { Night } from './nights.ts';
import type { Scene } from './scene.ts';

export interface GuardedNight extends GuardedOptions {
  readonly scene: Scene;
  readonly policies: Policies;
  /** Whether a circuit was held at the end: for a person, who was told. */
  readonly isHeld: boolean;
  /** Events of high severity, which are said on stderr and in the journal. */
  readonly alarms: readonly string[];
  /** What the loop still had to wait for when the cause was cured, ms; null without a cure. */
  readonly waitAtCureMs: number | null;
}

/** What the loop waits for now, ms from now: the latest time that stands in its way. */
function waitNow({ workspace, scene }: Stage): number {
  const { circuits, triggers } = workspace.store.read().controller;
  const times = circuitNames.flatMap((name) => {
    const circuit = circuits[name];
    if (circuit.state === 'held') return [Number.POSITIVE_INFINITY];
    return [circuit.nextEligibleAt, circuit.state === 'open' ? circuit.quarantineUntil : null];
  });
  const known = [...times, ...triggers.map((trigger) => trigger.notBefore)].filter((time) => time !== null);
  return Math.max(0, ...known.map((time) => time - nightBegins - scene.clock.elapsedMs()));
}

async function cure({ workspace, scene, git }: Stage): Promise<void> {
  if (scene.night.renewsHelper === true) git.setHelper('cache');
  if (scene.night.cleared === true) await clearCircuits(workspace, ['promote'], 'it is mended');
}

/** A file that a night takes away comes back with the cure, and at the latest when the night is over. */
function hide({ workspace, scene }: Stage) {
  const { missing } = scene.night;
  if (missing === undefined) return { take: () => undefined, giveBack: () => undefined };
  const file = path.join(workspace.repository.root, missing);
  const away = `${workspace.store.files.directory}.away`;
  return {
    take: () => renameSync(file, away),
    giveBack: () => {
      if (existsSync(away)) renameSync(away, file);
    },
  };
}

async function driveOnce(stage: Stage, abort: AbortSignal): Promise<number> {
  const { workspace, scene, git, entryPoint } = stage;
  const sink = { write: () => undefined };
  const report = openLoopReport({ json: false, stdout: sink, stderr: sink }, () => 0);
  return await drive({
    workspace,
    home: branch,
    branches: new Set([branch]),
    iterationsMax: workspace.policies.loop.iterationsMax,
    report,
    abort,
    spawnPromotion: simulatedPromotion(scene, git, entryPoint),
    iterations: 0,
    lastPromotion: null,
    feedback: null,
  });
}

/** Whether somebody starts the loop again: for the next piece of work, or because it is his habit. */
async function startsAgain({ scene, restartsAfterMs }: Stage, exitCode: number): Promise<boolean> {
  if (scene.isOver()) return false;
  if (exitCode === exitCodes.ok && scene.score.promotions > 0) return true;
  if (restartsAfterMs === null) return false;
  await scene.clock.pass(restartsAfterMs);
  return !scene.isOver();
}

/** Lives through one night. */
export async function playGuarded(night: Night, options: GuardedOptions): Promise<GuardedNight> {
  const stage = await openStage(night, options);
  const { clock } = stage.scene;
  const morning = new AbortController();
  const { take, giveBack } = hide(stage);
  let waitAtCureMs: number | null = null;
  clock.at(minutes(night.fromMinute), take);
  if (night.curedMinute !== null) {
    clock.at(minutes(night.curedMinute), async () => {
      waitAtCureMs = waitNow(stage);
      giveBack();
      await cure(stage);
    });
  }
  clock.at(nightMs, () => morning.abort());
  try {
    for (let again = true; again; ) again = await startsAgain(stage, await driveOnce(stage, morning.signal));
  } finally {
    giveBack();
  }
  const { circuits } = stage.workspace.store.read().controller;
  const isHeld = circuitNames.some((name) => circuits[name].state === 'held');
  const { scene, alarms, workspace } = stage;
  return { ...options, scene, isHeld, alarms, waitAtCureMs, policies: workspace.policies };
}
