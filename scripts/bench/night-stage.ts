/** The stage of a simulated night: a real workspace with a real store, whose time, git and children are the night's. */
import path from 'node:path';
import type { Controller } from '../core/controller.ts';
import type { LoopPolicy } from '../core/policy.ts';
import type { Sandbox } from '../demo/sandbox.ts';
import type { TakeLock } from '../effects/lock.ts';
import { openStore } from '../effects/store.ts';
import { openVerdicts } from '../effects/verdicts.ts';
import { openWorkspace, type Workspace } from '../workspace.ts';
import { type HandGit, openHandGit } from './hand-git.ts';
import { simulatedAgent } from './hand-promotion.ts';
import { openHandWorld } from './hand-world.ts';
import type { Night } from './nights.ts';
import { openScene, type Scene } from './scene.ts';

export interface GuardedOptions {
  readonly sandbox: Sandbox;
  readonly whenQuarantined: LoopPolicy['whenQuarantined'];
  /** Somebody starts the loop anew so long after it has stopped; null: nobody does. */
  readonly restartsAfterMs: number | null;
}

/** Nobody else is there in this night. */
const freeLock: TakeLock = () => Promise.resolve({ fd: -1, release: () => undefined });

export interface Stage extends GuardedOptions {
  readonly scene: Scene;
  readonly git: HandGit;
  /** The program whose absence keeps a promotion from starting. */
  readonly entryPoint: string;
  readonly workspace: Workspace;
  readonly alarms: string[];
}

/** Opens the stage; the state of a night lies in a folder of its own. */
export async function openStage(night: Night, options: GuardedOptions): Promise<Stage> {
  const scene = openScene(night);
  const { clone, env } = options.sandbox;
  const git = openHandGit();
  const alarms: string[] = [];
  const read = (): Controller => store.read().controller;
  const world = openHandWorld(scene, read);
  const real = await openWorkspace({ directory: clone, env, stderr: { write: () => undefined }, world });
  const { policies, repository } = real;
  const folder = `${night.name}, ${options.whenQuarantined}`.replaceAll(/\W+/g, '-');
  const store = openStore({
    directory: path.join(repository.stateDirectory, 'nights', folder),
    policy: policies.breaker,
    retryTokens: policies.breaker.retry.budgetTokens,
    world,
    takeLock: freeLock,
    onHighSeverity: (entry) => alarms.push(`${entry.event} ${entry.circuit ?? ''}`),
    onJournalLost: (why) => {
      throw new Error(`the journal of a simulated night was lost: ${why}`);
    },
  });
  const questions = git.questions(real.git);
  const entryPoint = path.join(clone, 'scripts/auto-promote.ts');
  const workspace: Workspace = {
    ...real,
    git: questions,
    store,
    takeLock: freeLock,
    runChild: simulatedAgent(scene, git),
    verdicts: openVerdicts(store.files.verdicts),
    policies: { ...policies, loop: { ...policies.loop, whenQuarantined: options.whenQuarantined, iterationsMax: 50 } },
    evidence: { ...real.evidence, entryPoint, git: questions, runGit: git.runGit },
  };
  return { ...options, scene, git, entryPoint, workspace, alarms };
}
