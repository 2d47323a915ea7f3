/** The registry: every check of the doctor, in the order in which they are shown. They do not depend on each other. */
import { artifact } from './artifact.ts';
import type { Check } from './check.ts';
import { closure } from './closure.ts';
import { hooks } from './hooks.ts';
import { links } from './links.ts';
import { manifest } from './manifest.ts';
import { policies } from './policies.ts';
import { repository } from './repository.ts';
import { scriptTargets } from './script-targets.ts';
import { state } from './state.ts';
import { toolchain } from './toolchain.ts';
import { tracked } from './tracked.ts';
import { untracked } from './untracked.ts';
import { worktrees } from './worktrees.ts';

export const checks: readonly Check[] = [
  manifest,
  policies,
  tracked,
  closure,
  links,
  scriptTargets,
  untracked,
  hooks,
  toolchain,
  state,
  worktrees,
  repository,
  artifact,
];
