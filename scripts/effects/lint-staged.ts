/** lint-staged, through its Node API: only to check, and without its backup in refs/stash, which all worktrees share. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { hasErrorCode } from '../core/outcome.ts';
import type { Repository } from './repository.ts';

/** The places where lint-staged looks for its configuration; a repository without any does not use it. */
function isConfigured(root: string): boolean {
  const names = readdirSync(root);
  if (names.some((name) => /^(\.lintstagedrc(\..+)?|lint-staged\.config\.[cm]?[jt]s)$/.test(name))) return true;
  if (!names.includes('package.json')) return false;
  const parsed: unknown = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'lint-staged' in parsed;
}

/** The repository's own lint-staged, of the version that it has chosen; else the one that was installed with us. */
async function loadLintStaged(root: string): Promise<typeof import('lint-staged')> {
  const { createRequire } = process.getBuiltinModule('node:module');
  try {
    const own = createRequire(path.join(root, 'package.json')).resolve('lint-staged');
    return await import(pathToFileURL(own).href);
  } catch (error) {
    if (hasErrorCode(error, 'MODULE_NOT_FOUND')) return await import('lint-staged');
    throw error;
  }
}

/**
 * True when all tasks passed, or there is nothing to do. A task that changes a file has failed: a hook checks, it does
 * not edit what is being committed. Runs in this process's environment, so on the index of the commit being made.
 */
export async function lintStaged({ root, commonDirectory }: Repository): Promise<boolean> {
  if (!isConfigured(root)) return true;
  const { default: run } = await loadLintStaged(root);
  // A linked worktree has no packages of its own; last, so that nothing there takes the place of a program on PATH.
  const packages = path.join(commonDirectory, '../node_modules/.bin');
  if (!existsSync(path.join(root, 'node_modules'))) process.env.PATH += `${path.delimiter}${packages}`;
  let isSilent = true;
  const print = (text: string): void => {
    isSilent = false;
    process.stderr.write(`${text}\n`);
  };
  const logger = { log: print, warn: print, error: print, debug: () => undefined };
  const options = { cwd: root, stash: false, failOnChanges: true } as const;
  const passed = await run({ ...options, quiet: true }, logger);
  // Of a task that printed nothing, such as one whose program is not there, it is silent about that too.
  return passed || !isSilent ? passed : await run(options);
}
