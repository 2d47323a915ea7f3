/** The registry: every check of the doctor, in the order in which they are shown. They do not depend on each other. */
import type { Check } from './check.ts';
import { closure } from './closure.ts';
import { hooks } from './hooks.ts';
import { links } from './links.ts';
import { manifest } from './manifest.ts';
import { policies } from './policies.ts';
import { scriptTargets } from './script-targets.ts';
import { state } from './state.ts';
import { tracked } from './tracked.ts';
import { untracked } from './untracked.ts';

export const checks: readonly Check[] = [
  manifest,
  policies,
  tracked,
  closure,
  links,
  scriptTargets,
  untracked,
  hooks,
  state,
];
