/** The file that the hooks call: whether it comes to the program, and is the one that this loopbreaker would write. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import { hookFileName } from '../core/hook-file.ts';
import { sealOf } from '../core/hook-file-seal.ts';
import { factsIn, standingOf } from '../core/hook-file-standing.ts';
import { manifestPath } from '../core/manifest.ts';
import { installLine } from '../core/package-managers.ts';
import { shellWord } from '../core/shell-word.ts';
import type { CheckContext } from './check.ts';
import { fileFolderOf, silentWay } from './hook-file-proof.ts';
import { lineEndFindings } from './hook-line-ends.ts';
import type { Scene } from './hook-scene.ts';
import type { HookTool } from './hook-tool.ts';
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

/** The command that calls init where loopbreaker is. */
function initIn(text: string): string {
  const home = homeIn(factsIn(text).programs);
  return home === '.' ? 'npx loopbreaker init' : `(cd ${shellWord(home)} && npx loopbreaker init)`;
}

/** What is said of a text with our seal in it; another one is not ours to judge. */
function standingFinding({ context }: Scene, file: string, text: string): Finding | undefined {
  if (sealOf(text) === null) return undefined;
  const { programs, install } = factsIn(text);
  switch (standingOf(text, { programs, install: installFor(context, homeIn(programs), install) })) {
    case 'outdated': {
      const problem = `${file} is not what this loopbreaker writes here: it was written by an older one, or for another package manager.`;
      const mending = { remedy: 'init renews it', commands: [initIn(text)] };
      return { code: 'hook-file-outdated', severity: 'warning', path: file, problem, ...mending };
    }
    case 'edited': {
      const problem = `${file} was edited: what finds node and loopbreaker for the hooks is not as loopbreaker wrote it, and is not renewed.`;
      const remedy = `have it written anew; to keep it, accept this under "suppress" in ${manifestPath}`;
      const commands = [`rm ${shellWord(file)}`, initIn(text)];
      return { code: 'hook-file-edited', severity: 'warning', path: file, problem, remedy, commands };
    }
    case 'current':
    case 'newer':
      return undefined;
  }
}

/** An error where the file passes a hook without the program, a warning where init would renew it or somebody has edited it. */
export async function hookFileFindings(
  scene: Scene,
  tool: HookTool,
  names: readonly string[],
): Promise<readonly Finding[]> {
  const file = path.posix.join(fileFolderOf(tool), hookFileName);
  const text = await scene.context.tree.read(file);
  if (text === null) return [];
  const lineEnds = await lineEndFindings(scene, tool, names, { file, init: initIn(text) });
  const silent = await silentWay(scene, tool, names, text);
  if (silent === undefined)
    return [...lineEnds, ...[standingFinding(scene, file, text)].filter((finding) => finding !== undefined)];
  const problem = `${file}, which the hooks call, ${silent}`;
  const mending = { remedy: 'have it written anew', commands: [`rm ${shellWord(file)}`, initIn(text)] };
  return [...lineEnds, { code: 'hook-silent', severity: 'error', path: file, problem, ...mending }];
}
