/**
 * What to say when a command's own files cannot be loaded. It uses next to none of them: the doctor may be among those
 * that are missing.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installOfLockfile } from './core/package-managers.ts';
import { home } from './effects/program.ts';

/** The repository that the program is a part of: its own, or the project that it was installed in. */
const [project = home] = home.split(`${path.sep}node_modules${path.sep}`);

/** The file that a loading error is about: Node tells its URL, or "path:line" at the top of the stack. */
function brokenFile(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const url = 'url' in error && typeof error.url === 'string' ? error.url : null;
  if (url?.startsWith('file:')) return fileURLToPath(url);
  return /^(\/[^\n]*):\d+$/m.exec(error.stack ?? '')?.[1] ?? null;
}

// Loaded only now: every command has this file at hand, and Node takes longer to load its processes than a hook has to work.
function git(args: readonly string[]): string {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  return spawnSync('git', ['-C', home, ...args], { encoding: 'utf8' }).stdout ?? '';
}

/** Commands that bring one file of ours back, as git sees it. */
function restoreCommands(file: string): readonly string[] {
  const name = path.relative(home, file);
  const quoted = `'${name.replaceAll("'", "'\\''")}'`;
  const [mark = ''] = git(['ls-files', '-v', '--', name]);
  const at = path.resolve(home) === process.cwd() ? 'git' : `git -C ${home}`;
  // S and lower case: marked skip-worktree or assume-unchanged, which is why git status shows nothing.
  if (mark === 'S') return [`${at} update-index --no-skip-worktree ${quoted}`, `${at} checkout HEAD -- ${quoted}`];
  if (mark !== '') return [`${at} update-index --no-assume-unchanged ${quoted}`, `${at} checkout HEAD -- ${quoted}`];
  const [deleted] = git(['log', '-1', '--format=%h', '--diff-filter=D', '--', name]).split('\n');
  if (deleted !== undefined && deleted !== '') return [`${at} checkout ${deleted}^ -- ${quoted}`];
  return [`${at} log --all --oneline -- ${quoted}`];
}

/** Lines that say what to type: for a missing package the install, for a file of ours what brings it back. */
export function waysOut(error: unknown): readonly string[] {
  const file = brokenFile(error);
  const isOurs = file?.startsWith(home) === true && !file.includes(`${path.sep}node_modules${path.sep}`);
  const install = installOfLockfile((name) => existsSync(path.join(project, name)));
  if (file === null || !isOurs) return [`cd ${project} && ${install}`];
  return existsSync(file) ? [`git -C ${home} diff HEAD -- ${path.relative(home, file)}`] : restoreCommands(file);
}
