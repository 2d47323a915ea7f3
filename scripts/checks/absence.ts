/** Why a needed path is not in the graded tree: the same question for the manifest, for imports and for scripts. */
import type { Finding } from '../core/doctor.ts';
import type { FindingCode } from '../core/finding-codes.ts';
import { shellWord } from '../core/shell-word.ts';
import type { CheckContext } from './check.ts';
import { replacedLockfile } from './package-manager.ts';
import { pathspecWord } from './pathspec-word.ts';
import type { Place } from './place.ts';
import { treeIndex } from './tree-index.ts';

/** A path that something needs, and who. */
export interface Need {
  readonly path: string;
  /** Why it is needed, such as `runtime-manifest.json names it` or `scripts/loop.ts imports it`. */
  readonly neededBy: string;
  /** Where it is named, which is where one edits when there is no such file. */
  readonly place: () => Place | Promise<Place>;
}

interface Absence {
  readonly code: FindingCode;
  readonly problem: string;
  readonly remedy: string;
  readonly commands: readonly string[];
}

const treeWords = { worktree: 'the work tree', index: 'the index', revision: 'this commit' } as const;

function modeAbsence(path: string, what: string): Absence {
  const problem = `${path} is ${what}, not a regular file`;
  return { code: 'path-not-a-file', problem, remedy: 'put a regular file in its place and git add it', commands: [] };
}

/** What the listing of the tree says about an entry that is there and yet is no usable file. */
function entryAbsence(context: CheckContext, path: string): Absence | undefined {
  const { tree, disk } = context;
  const entry = tree.entries.get(path);
  if (entry === undefined) return undefined;
  if (entry.mode === '160000') return modeAbsence(path, 'a submodule');
  const add = [`git add ${pathspecWord(path)}`];
  switch (entry.state) {
    case 'intent-to-add': {
      const problem = `${path} is only announced (git add -N): the commit would not contain it`;
      return { code: 'path-intent-to-add', problem, remedy: 'add its content', commands: add };
    }
    case 'unmerged': {
      const problem = `${path} is in conflict`;
      return { code: 'path-unmerged', problem, remedy: 'resolve the conflict, then add it', commands: add };
    }
    case 'skip-worktree': {
      // A commit contains it all the same.
      if (tree.kind !== 'worktree' || disk.kindOf(path) !== 'absent') return undefined;
      const problem = `${path} is marked skip-worktree and is not on disk, so nothing can run it`;
      const commands = [
        `git update-index --no-skip-worktree ${shellWord(path)}`,
        `git checkout -- ${pathspecWord(path)}`,
      ];
      return { code: 'path-skip-worktree', problem, remedy: 'take the mark away and restore the file', commands };
    }
    case 'plain':
      break;
  }
  if (tree.kind !== 'worktree') return undefined;
  const kind = disk.kindOf(path);
  if (kind === 'directory' || kind === 'other')
    return modeAbsence(path, kind === 'other' ? 'a special file' : 'a folder');
  if (kind !== 'absent') return undefined;
  const problem = `${path} is tracked but gone from disk`;
  return {
    code: 'path-deleted-on-disk',
    problem,
    remedy: 'restore it',
    commands: [`git checkout -- ${pathspecWord(path)}`],
  };
}

/** The rule that hides a path from `git add`, as `file:line: pattern`; undefined when none does. */
export async function ignoreRule(context: CheckContext, path: string): Promise<string | undefined> {
  const asked = await context.git(['check-ignore', '-v', '-z', '--no-index', '--stdin'], { input: `${path}\0` });
  const [source, line, pattern] = asked.stdout.split('\0');
  // A pattern that begins with "!" is the rule that takes a path back in.
  if (asked.exitCode !== 0 || pattern === undefined || pattern.startsWith('!')) return undefined;
  return `${source}:${line}: ${pattern}`;
}

function otherCase({ tree }: CheckContext, path: string): string | undefined {
  return treeIndex(tree)
    .spelt(path)
    .find((name) => name !== path);
}

/** The submodule that a path lies in: git of this repository holds no file below it, and git add refuses. */
function submoduleAbsence({ tree }: CheckContext, path: string): Absence | undefined {
  const parts = path.split('/');
  const folders = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
  const submodule = folders.find((folder) => tree.entries.get(folder)?.mode === '160000');
  if (submodule === undefined) return undefined;
  const problem = `${path} lies in the submodule ${submodule}, whose files this repository does not hold`;
  return { code: 'path-not-a-file', problem, remedy: 'put the file outside of the submodule', commands: [] };
}

async function diskAbsence(context: CheckContext, path: string): Promise<Absence | undefined> {
  // Of what is on disk, only git can say that it is not in the work tree.
  const where = context.tree.kind === 'worktree' ? 'git' : treeWords[context.tree.kind];
  const kind = context.disk.kindOf(path);
  if (kind === 'absent') return undefined;
  if (kind === 'directory') return modeAbsence(path, 'a folder');
  const rule = await ignoreRule(context, path);
  const word = pathspecWord(path);
  if (rule !== undefined) {
    const problem = `${path} is on disk but ignored (${rule}), so it is not in ${where}`;
    return {
      code: 'path-ignored',
      problem,
      remedy: 'change that rule, or add the file all the same',
      commands: [`git add -f ${word}`],
    };
  }
  const problem = `${path} is on disk but not in ${where}`;
  return { code: 'path-untracked', problem, remedy: 'add it to git', commands: [`git add ${word}`] };
}

/** The last commit that deleted the path, and where it moved to; undefined when git never held it. */
async function deletion(context: CheckContext, path: string): Promise<Absence | undefined> {
  const from = context.tree.kind === 'revision' ? context.tree.name : 'HEAD';
  const format = '--format=%h%x00%cs';
  const log = await context.git([
    'log',
    '-1',
    '--diff-filter=D',
    '--no-renames',
    // A merge that itself drops a file is compared with the branch that it was made on.
    '--diff-merges=first-parent',
    // Which git 2.39 takes as a wish to see the patch.
    '--no-patch',
    format,
    '--end-of-options',
    from,
    '--',
    path,
  ]);
  const [commit, date] = log.stdout.trim().split('\0');
  if (log.exitCode !== 0 || commit === undefined || commit === '' || date === undefined) return undefined;
  const show = await context.git([
    'show',
    '-M',
    '--diff-merges=first-parent',
    '--diff-filter=R',
    '--name-status',
    '-z',
    '--format=',
    '--end-of-options',
    commit,
  ]);
  const fields = show.stdout.split('\0');
  const index = fields.findIndex((field, at) => /^R\d+$/.test(field) && fields[at + 1] === path);
  const movedTo = index < 0 ? undefined : fields[index + 2];
  if (movedTo !== undefined && context.tree.has(movedTo)) {
    const problem = `${path} was moved to ${movedTo} in ${commit} (${date})`;
    return { code: 'path-deleted-in-commit', problem, remedy: `name ${movedTo} instead`, commands: [] };
  }
  const problem = `${path} was deleted in ${commit} (${date})`;
  const commands = [`git checkout ${commit}^ -- ${pathspecWord(path)}`];
  return { code: 'path-deleted-in-commit', problem, remedy: 'restore it, or stop naming it', commands };
}

async function absenceOf(context: CheckContext, path: string): Promise<Absence> {
  const here = entryAbsence(context, path) ?? submoduleAbsence(context, path);
  const known = here ?? (await diskAbsence(context, path));
  if (known !== undefined) return known;
  const spelt = otherCase(context, path);
  if (spelt !== undefined) {
    const problem = `${path} does not exist; git has ${spelt}`;
    return { code: 'path-other-case', problem, remedy: `write ${spelt}`, commands: [] };
  }
  const replaced = replacedLockfile(context, path);
  if (replaced !== undefined) return { code: 'path-missing', ...replaced, commands: [] };
  const staged = context.tree.kind === 'revision' ? undefined : await stagedDeletion(context, path);
  const gone = staged ?? (await deletion(context, path));
  if (gone !== undefined) return gone;
  const problem = `${path} does not exist, neither on disk nor in git`;
  return { code: 'path-missing', problem, remedy: 'write the file and git add it, or stop naming it', commands: [] };
}

/** HEAD still has the file, so it is the commit in the making that would delete it. */
async function stagedDeletion(context: CheckContext, path: string): Promise<Absence | undefined> {
  const asked = await context.git(['rev-parse', '--verify', '--quiet', '--end-of-options', `HEAD:${path}`]);
  if (asked.exitCode !== 0) return undefined;
  const problem =
    context.tree.kind === 'index' ? `this commit would delete ${path}` : `${path} is gone, and its removal is staged`;
  const commands = [`git checkout HEAD -- ${pathspecWord(path)}`];
  return { code: 'path-missing', problem, remedy: 'take it back', commands };
}

/** The finding for a path that the tree does not have as a regular file, or undefined when it does. */
export async function findAbsence(
  context: CheckContext,
  need: Need,
  { symlinkAllowed = false }: { readonly symlinkAllowed?: boolean } = {},
): Promise<Finding | undefined> {
  const { tree, disk } = context;
  const entry = tree.entries.get(need.path);
  const isLink = entry?.mode === '120000' || (tree.kind === 'worktree' && disk.kindOf(need.path) === 'symlink');
  const there = tree.has(need.path) && entryAbsence(context, need.path) === undefined;
  if (there && (!isLink || symlinkAllowed)) return undefined;
  const absence = there ? modeAbsence(need.path, 'a symbolic link') : await absenceOf(context, need.path);
  const { code, problem, remedy, commands } = absence;
  const where = entry === undefined ? { ...(await need.place()), target: need.path } : { path: need.path };
  return { code, severity: 'error', problem: `${problem}; ${need.neededBy}.`, remedy, commands, ...where };
}

/** The findings for those of the paths that the tree does not have, asked one after the other: each may ask git. */
export async function findAbsences(context: CheckContext, needs: readonly Need[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const need of needs) {
    const finding = await findAbsence(context, need);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}
