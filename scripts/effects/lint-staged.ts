/** lint-staged, through its Node API: only to check, and without its backup in refs/stash, which all worktrees share. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The places where lint-staged looks for its configuration; a repository without any does not use it. */
function isConfigured(root: string): boolean {
  const names = readdirSync(root);
  if (names.some((name) => /^(\.lintstagedrc(\..+)?|lint-staged\.config\.[cm]?[jt]s)$/.test(name))) return true;
  if (!names.includes('package.json')) return false;
  const parsed: unknown = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'lint-staged' in parsed;
}

/**
 * True when all tasks passed, or there is nothing to do. A task that changes a file has failed: a hook checks, it does
 * not edit what is being committed. Runs in this process's environment, so on the index of the commit being made.
 */
export async function lintStaged(root: string): Promise<boolean> {
  if (!isConfigured(root)) return true;
  const { default: run } = await import('lint-staged');
  return await run({ cwd: root, stash: false, failOnChanges: true, quiet: true });
}
