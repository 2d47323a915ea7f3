/** Everything that the manifest names is in the graded tree, as a regular file. */
import type { Finding } from '../core/doctor.ts';
import { type Manifest, manifestPath, requiredFiles } from '../core/manifest.ts';
import { shellWord } from '../core/shell-word.ts';
import { findAbsences } from './absence.ts';
import { type Check, type CheckContext, withManifest } from './check.ts';
import { manifestPlace } from './place.ts';

/** An entry point without a runner is executed itself, so git must hold its execute bit. */
function executeBits({ tree }: CheckContext, manifest: Manifest): readonly Finding[] {
  return manifest.entryPoints.flatMap(({ path, runner }): readonly Finding[] => {
    if (runner.length > 0 || tree.entries.get(path)?.mode !== '100644') return [];
    const word = shellWord(path);
    const problem = `${path} is run without a runner, but git holds it without the execute bit.`;
    const commands = [`chmod +x ${word}`, `git update-index --chmod=+x ${word}`];
    return [{ code: 'not-executable', severity: 'error', problem, remedy: 'give it the execute bit', commands, path }];
  });
}

/** Check `tracked`. */
export const tracked: Check = {
  id: 'tracked',
  title: 'what the manifest names is held by git',
  asks: 'Is every path of the manifest a regular file of this tree?',
  run: withManifest(async (context, manifest) => {
    const needs = requiredFiles(manifest).map(({ path, pointer }) => {
      const place = () => manifestPlace(context, pointer);
      return { path, neededBy: `${manifestPath} names it`, place };
    });
    const absences = await findAbsences(context, needs);
    return { findings: [...absences, ...executeBits(context, manifest)] };
  }),
};
