/** Whether the file that the hooks call is the one that this loopbreaker would write. A file without our seal is not ours to judge. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import { hookFileName } from '../core/hook-file.ts';
import { sealOf } from '../core/hook-file-seal.ts';
import { factsIn, standingOf } from '../core/hook-file-standing.ts';
import { installLine } from '../core/package-managers.ts';
import { shellWord } from '../core/shell-word.ts';
import type { CheckContext } from './check.ts';
import { type HookTool, plainFolder } from './hook-tool.ts';
import { managerOf } from './package-manager.ts';

/** The folder of the package that has loopbreaker, by the places in which the hook file looks for it. */
function homeIn(programs: readonly string[]): string {
  const below = programs.map((program) => program.split('/node_modules/')[0] ?? '');
  return programs.flatMap((program, index) => (program === below[index] ? [] : [below[index]]))[0] ?? '.';
}

/** The command that installs: that of the file where it is of the right manager. Whether a lockfile is here differs between clones. */
function installFor(context: CheckContext, home: string, own: string): string {
  const { manager, lockfile } = managerOf(context.disk, home);
  const folder = lockfile === null ? home : path.posix.dirname(lockfile);
  const possible = [home, '.'].flatMap((place) =>
    [true, false].map((isLocked) => installLine(manager, place, isLocked)),
  );
  return possible.includes(own) ? own : installLine(manager, folder, lockfile !== null);
}

/** A warning where init would renew the file, a note where a person has edited an older one. */
export async function hookFileFindings(context: CheckContext, tool: HookTool): Promise<readonly Finding[]> {
  const file = path.posix.join(tool.kind === 'runner' ? plainFolder : tool.folder, hookFileName);
  const text = await context.tree.read(file);
  if (text === null || sealOf(text) === null) return [];
  const { programs, install } = factsIn(text);
  const home = homeIn(programs);
  const standing = standingOf(text, { programs, install: installFor(context, home, install) });
  const init = home === '.' ? 'npx loopbreaker init' : `(cd ${shellWord(home)} && npx loopbreaker init)`;
  const base = { code: 'hook-file-outdated', path: file } as const;
  switch (standing) {
    case 'outdated': {
      const problem = `${file} is not what this loopbreaker writes here: it was written by an older one, or for another package manager.`;
      return [{ ...base, severity: 'warning', problem, remedy: 'init renews it', commands: [init] }];
    }
    case 'edited': {
      const problem = `${file} was edited, and is not of the edition, or the package manager, that this loopbreaker writes for.`;
      const commands = [`rm ${shellWord(file)}`, init];
      return [{ ...base, severity: 'note', problem, remedy: 'keep it, or have it written anew', commands }];
    }
    case 'current':
    case 'kept':
      return [];
  }
}
