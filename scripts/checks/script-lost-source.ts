/** A target that a compiler would make, if its source were still there. */
import path from 'node:path';
import { innerStemOf, isInOutputFolder, sourcesBeside } from '../core/script-built.ts';
import type { CheckContext } from './check.ts';
import { pathspecWord } from './pathspec-word.ts';
import { error, type MissingTarget, type Verdict } from './script-findings.ts';
import type { StagedRemoval } from './script-head.ts';
import type { PathHistory } from './script-history.ts';
import { treeIndex } from './tree-index.ts';

interface Known {
  readonly context: CheckContext;
  readonly history: PathHistory;
  readonly staged: ReadonlyMap<string, StagedRemoval>;
}

const sourceEndings = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.vue', '.coffee'];

/** A source of that name in any folder: in which of them the compiler looks, only its whole configuration says. */
function hasNamesake({ tree }: CheckContext, file: string): boolean {
  const inner = innerStemOf(file);
  const isHeld = (end: string): boolean =>
    treeIndex(tree)
      .named(path.posix.basename(end))
      .some((one) => tree.has(one) && `/${one}`.endsWith(`/${end}`));
  return sourceEndings.some((ending) => isHeld(inner + ending) || isHeld(`${inner}/index${ending}`));
}

/**
 * The verdict on a target none of whose possible sources is there, and one of which git held: nothing makes it any more.
 * Undefined when that is not known.
 */
export function lostSource(
  missing: MissingTarget,
  sources: readonly string[],
  { context, history, staged }: Known,
): Verdict | undefined {
  const source = sources.find((one) => history.departures.has(one) || staged.has(one));
  if (source === undefined || hasNamesake(context, missing.file)) return undefined;
  const removal = staged.get(source);
  if (removal !== undefined) return gone(missing, source, removal.movedTo, { what: 'by this commit', held: 'HEAD' });
  const departure = history.departures.get(source);
  if (departure === undefined) return undefined;
  const { commit, date, movedTo, parent = '^' } = departure;
  const short = commit.slice(0, 10);
  return gone(missing, source, movedTo, { what: `in ${short} (${date})`, held: `${short}${parent}` });
}

/**
 * Of a file that is ignored in the middle of sources, the source that lay beside it. At the root of a package, and where
 * builds write, a bundler may make it of something else.
 */
export function lostBeside(missing: MissingTarget, known: Known): Verdict | undefined {
  const { file, lines } = missing;
  const isAtRoot = lines.some((line) => line.directory === path.posix.dirname(file));
  return isAtRoot || isInOutputFolder(file) ? undefined : lostSource(missing, sourcesBeside(file), known);
}

interface Change {
  readonly what: string;
  /** The commit that still has the source. */
  readonly held: string;
}

function gone(missing: MissingTarget, source: string, movedTo: string | undefined, { what, held }: Change): Verdict {
  const from = `${missing.file} is compiled from ${source}, which was`;
  if (movedTo !== undefined) {
    const problem = `${from} moved to ${movedTo} ${what}`;
    return error(missing, 'script-target-moved', problem, `write in the script what ${movedTo} is compiled to`);
  }
  const remedy = 'take the script away, or restore the source';
  const commands = [`git checkout ${held} -- ${pathspecWord(source)}`];
  return error(missing, 'path-deleted-in-commit', `${from} deleted ${what}`, remedy, commands);
}
