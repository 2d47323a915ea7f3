/** What init does to disk and index: files that are whole or as before, husky's folder, and a diff of what it would do. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { FileEdit } from '../core/init-facts.ts';
import { exitCodes, Refusal } from '../core/outcome.ts';
import { shellWord } from '../core/shell-word.ts';
import { writeAtomically } from './atomic-file.ts';
import { type RunGit, withoutLocalGit } from './git.ts';
import { executeDirectly } from './process.ts';

/** Makes one edit; a file keeps its mode, and a link stays a link to the file that is edited. */
function applyEdit(root: string, { path: name, after, executable }: FileEdit): void {
  const file = path.join(root, name);
  if (after === null) {
    rmSync(file);
    return;
  }
  mkdirSync(path.dirname(file), { recursive: true });
  const isThere = existsSync(file);
  const real = isThere ? realpathSync(file) : file;
  const mode = isThere ? statSync(real).mode & 0o777 : 0o666 & ~process.umask();
  writeAtomically(real, after);
  chmodSync(real, executable === true ? mode | 0o111 : mode);
}

/** Makes the edits one after the other; after a failure in the middle the same plan made anew does the rest. */
export function applyEdits(root: string, edits: readonly FileEdit[]): void {
  for (const edit of edits) applyEdit(root, edit);
}

/** The edits as a unified diff that `git apply` takes. */
export async function diffOf(git: RunGit, edits: readonly FileEdit[]): Promise<string> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'loopbreaker-init-'));
  try {
    for (const side of ['a', 'b']) mkdirSync(path.join(directory, side));
    const write = (side: 'a' | 'b', name: string, text: string | null): void => {
      if (text === null) return;
      const file = path.join(directory, side, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    };
    for (const { path: name, before, after } of edits) {
      write('a', name, before);
      write('b', name, after);
    }
    const args = ['diff', '--no-index', '--no-prefix', '--no-color', '--no-ext-diff', 'a', 'b'];
    return (await git(args, { cwd: directory })).stdout;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Lets husky write its folder and point git at it, as its own command does. Returns what husky said, which is empty when
 * all is well; throws a Refusal (78) when it cannot be run.
 */
export async function installHusky(root: string, folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  const program = path.join(path.dirname(createRequire(import.meta.filename).resolve('husky')), 'bin.js');
  const argv = [process.execPath, program, folder] as const;
  const ended = await executeDirectly({ argv, cwd: root, env: withoutLocalGit(env) });
  if (ended.exitCode === 0) return ended.stdout.trim();
  const problem = `husky could not install its hooks in ${root}: ${(ended.stderr || ended.stdout).trim()}`;
  throw new Refusal({
    code: 'husky-failed',
    exitCode: exitCodes.configFatal,
    problem,
    remedy: 'npx loopbreaker hook install',
  });
}

/** Puts husky's folder into the index, or takes it out; its own .gitignore hides it. Throws a Refusal (75) when git refuses. */
export async function trackGenerated(git: RunGit, folder: string, how: 'add' | 'remove'): Promise<void> {
  // It is typed by a person too, who may stand in a package below.
  const place = `:(top,literal)${folder}/_`;
  const args = how === 'add' ? ['add', '--force', '--', place] : ['rm', '-r', '-q', '--cached', '--', place];
  const ended = await git(args);
  if (ended.exitCode === 0) return;
  const command = `git ${args.slice(0, -1).join(' ')} ${shellWord(place)}`;
  const problem = `${command} failed: ${ended.stderr.trim()}`;
  throw new Refusal({ code: 'git-failed', exitCode: exitCodes.tryLater, problem, remedy: command });
}
