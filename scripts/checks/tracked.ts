/** Everything that the manifest names is in the graded tree, as a regular file. */
import type { Finding } from '../core/doctor.ts';
import { type Manifest, manifestPath, namedFiles } from '../core/manifest.ts';
import { findAbsences, type Need } from './absence.ts';
import { type Check, type CheckContext, withManifest } from './check.ts';
import { executeBitFinding } from './execute-bit.ts';
import { hookToolOf, plainFolder } from './hook-tool.ts';
import { manifestPlace } from './place.ts';
import { stagedRemovals } from './script-head.ts';

/** An entry point without a runner is executed itself. */
function executeBits(context: CheckContext, { entryPoints }: Manifest): readonly Finding[] {
  return entryPoints.flatMap(({ path, runner }) => {
    if (runner.length > 0) return [];
    return executeBitFinding(context, path, `${path} is run without a runner`) ?? [];
  });
}

/**
 * What the hooks of the manifest need: the files of husky in use; of another folder what somebody has written, or what
 * would be taken away; of a runner its configuration. What nobody has written is for the check `hooks`.
 */
async function hookNeeds(context: CheckContext, hooks: readonly string[]): Promise<readonly Need[]> {
  if (hooks.length === 0) return [];
  const { tree, disk } = context;
  const tool = await hookToolOf(context, hooks);
  if (tool.kind === 'runner') {
    const neededBy = `${tool.runner.name} reads from it which hooks to run`;
    return [{ path: tool.config, neededBy, place: () => manifestPlace(context, '/hooks') }];
  }
  const inFolder = (folder: string): readonly string[] => hooks.map((hook) => `${folder}/${hook}`);
  const files = inFolder(tool.folder);
  const isWritten = (file: string): boolean =>
    tree.entries.has(file) || (tree.kind === 'worktree' && disk.kindOf(file) !== 'absent');
  const written = files.filter(isWritten);
  const isAll = written.length === files.length || (tool.kind === 'husky' && written.length > 0);
  const removable = written.length > 0 ? files : ['.husky', plainFolder].flatMap(inFolder);
  const needed = isAll ? files : [...written, ...(await stagedRemovals(context, removable)).keys()];
  const place = () => manifestPlace(context, '/hooks');
  return [...new Set(needed)].map((path) => ({ path, neededBy: `${manifestPath} names it`, place }));
}

/** Check `tracked`. */
export const tracked: Check = {
  id: 'tracked',
  title: 'what the manifest names is held by git',
  asks: 'Is every path of the manifest a regular file of this tree?',
  run: withManifest(async (context, manifest) => {
    const named = [{ path: manifestPath, pointer: '' }, ...namedFiles(manifest)].map(({ path, pointer }): Need => {
      const place = () => manifestPlace(context, pointer);
      return { path, neededBy: `${manifestPath} names it`, place };
    });
    // In this order the first one that names a path is told.
    const needs = [...named, ...(await hookNeeds(context, manifest.hooks))].reverse();
    const once = [...new Map(needs.map((need) => [need.path, need])).values()].reverse();
    const absences = await findAbsences(context, once);
    return { findings: [...absences, ...executeBits(context, manifest)] };
  }),
};
