/** How each verdict on a missing target is said. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import type { ScriptTarget } from '../core/script-lines.ts';
import type { GradedTree } from '../effects/tree.ts';
import { pathspecWord } from './pathspec-word.ts';
import type { Departure } from './script-copies.ts';
import type { StagedRemoval } from './script-head.ts';
import type { ScriptLine, Standing } from './script-sources.ts';

/** A target that is not there, with every line that runs it. */
export interface MissingTarget {
  /** From the root of the repository. */
  readonly file: string;
  readonly target: ScriptTarget;
  readonly lines: readonly ScriptLine[];
  /** The nearest that any line that runs it has. */
  readonly standing: Standing;
}

/** A finding, or the reason why nothing is claimed. */
export type Verdict = { readonly finding: Finding } | { readonly unknowable: string };

/** `the script "a" of package.json runs it`, with how many more do; of settings that it reads them. */
export function runBy({ lines, target }: MissingTarget): string {
  const [first] = lines;
  const more = lines.length - 1;
  const verb = target.taking === 'settings' || target.taking === 'project' ? 'read' : 'run';
  if (more < 1) return `${first?.name} ${verb}s it`;
  return `${first?.name} and ${more} more ${more === 1 ? 'line' : 'lines'} ${verb} it`;
}

/** The finding of a target that is dead; its place, the line that runs it, is found later. */
export function error(
  missing: MissingTarget,
  code: Finding['code'],
  problem: string,
  remedy: string,
  commands: readonly string[] = [],
): Verdict {
  const text = `${problem}; ${runBy(missing)}.`;
  return { finding: { code, severity: 'error', problem: text, remedy, commands, target: missing.file } };
}

/** The note about a target that a build makes. */
export function built(missing: MissingTarget, why: string): Verdict {
  const problem = `${missing.file} is not in git and looks like a build output: ${why}; ${runBy(missing)}.`;
  const remedy = 'if a build makes it, declare it under "generated" in runtime-manifest.json';
  const base = { code: 'script-target-built', severity: 'note', commands: [] } as const;
  return { finding: { ...base, problem, remedy, target: missing.file } };
}

/** The path to write in the script instead. */
export function asWritten({ lines: [line], target }: MissingTarget, to: string): string {
  if (line === undefined || target.origin === 'root' || target.moved) return to;
  const relative = path.posix.relative(line.directory, to);
  return target.direct && !relative.startsWith('.') ? `./${relative}` : relative;
}

/** The finding of a file that a commit took away: where it is now, or how to have it back. */
export function departed(missing: MissingTarget, departure: Departure): Verdict {
  const { commit, date, path: removed, movedTo, parent = '^' } = departure;
  const short = commit.slice(0, 10);
  const when = `${short} (${date})`;
  if (movedTo !== undefined) {
    const remedy = `write ${asWritten(missing, movedTo)} in the script`;
    return error(missing, 'script-target-moved', `${missing.file} was moved to ${movedTo} in ${when}`, remedy);
  }
  const what = removed === missing.file ? removed : `${missing.file} (${removed})`;
  const commands = [`git checkout ${short}${parent} -- ${pathspecWord(removed)}`];
  const remedy = 'take the script away, or restore the file';
  return error(missing, 'path-deleted-in-commit', `${what} was deleted in ${when}`, remedy, commands);
}

/** HEAD still has it, so it is the change at hand that removes it; only of an index one knows that it is to be committed. */
export function stagedRemoval(missing: MissingTarget, { movedTo }: StagedRemoval, tree: GradedTree['kind']): Verdict {
  const { file } = missing;
  const isCommit = tree === 'index';
  if (movedTo !== undefined) {
    const remedy = `write ${asWritten(missing, movedTo)} in the script`;
    return error(
      missing,
      'script-target-moved',
      isCommit ? `this commit would move ${file} to ${movedTo}` : `${file} was moved to ${movedTo}, and that is staged`,
      remedy,
    );
  }
  const commands = [`git checkout HEAD -- ${pathspecWord(file)}`];
  return error(
    missing,
    'path-missing',
    isCommit ? `this commit would delete ${file}` : `${file} is gone, and its removal is staged`,
    'take the script away, or take it back',
    commands,
  );
}
