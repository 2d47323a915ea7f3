/** What keeps hook tools, which a package installs in its `prepare` script, from replacing the hooks of the repository. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Phase } from '../core/failure.ts';
import { namesIn } from './worktree-place.ts';

/** Each tool's own switch against its installation (fact 40). */
const switches = { HUSKY: '0', SKIP_INSTALL_SIMPLE_GIT_HOOKS: '1' } as const;

const lefthookConfig = /^\.?lefthook(-local)?\.(ya?ml|toml|jsonc?)$/;

function hasLefthook(tree: string): boolean {
  return [tree, path.join(tree, '.config')].some((folder) => namesIn(folder).some((name) => lefthookConfig.test(name)));
}

/**
 * Variables for a command of the gate that runs in `tree`. `lefthook install` has no switch, but installs where git says that
 * hooks are: while packages are installed that is `folder`, which is made. QA itself sees hooks as everybody does.
 */
export function withoutHookInstall(phase: Phase, tree: string, folder: string): Readonly<Record<string, string>> {
  if (phase !== 'prepare' || !hasLefthook(tree)) return switches;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { ...switches, GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'core.hooksPath', GIT_CONFIG_VALUE_0: folder };
}
