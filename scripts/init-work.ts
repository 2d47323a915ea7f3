/** What an adoption and a removal are to do, and how the rest of each is done once its files are written. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { CheckContext } from './checks/check.ts';
import { type FileEdit, type InitFacts, type InitNote, note, warning } from './core/init-facts.ts';
import { leftHooks } from './core/init-hooks.ts';
import { editedByPerson } from './core/init-manager.ts';
import { adoptionSteps, again, removalSteps, touchedFiles, wayNotes } from './core/init-next.ts';
import { planInit } from './core/init-plan.ts';
import { hookFolder } from './core/init-policies.ts';
import { planRemoval } from './core/init-remove.ts';
import { typedIn, typedPath } from './core/init-typed.ts';
import { recordAfter, recordWithout, wholeFiles } from './core/init-written.ts';
import { addCommand, isLockfile } from './core/package-managers.ts';
import { applyEdits, installHusky, trackGenerated } from './effects/init-files.ts';
import { type InitRecord, readInitRecord, writeInitRecord } from './effects/init-record.ts';
import { stateFiles } from './effects/state-files.ts';
import { refusalsOf } from './init-commit.ts';
import { ignoredAmong } from './init-facts.ts';
import { isAdopted, textsBeforeAdoption, uncommitted } from './init-history.ts';
import { leftNote, leftNotes, leftWorktrees } from './init-left.ts';
import { requireNoWorktrees } from './init-refusals.ts';
import { wayToTarget } from './init-remote.ts';
import type { InitReport } from './report/init.ts';

/** What there is to say when the work is done. */
interface Rest {
  readonly notes: readonly InitNote[];
  readonly next: readonly string[];
}

/** What is to be done. */
export interface Work {
  readonly did: InitReport['did'];
  readonly edits: readonly FileEdit[];
  readonly notes: readonly InitNote[];
  /** What a dry run says besides, because no diff shows it. */
  readonly foretold: readonly InitNote[];
  /** Does it. */
  readonly perform: () => Promise<Rest>;
}

/** Yarn's Plug'n'Play has no node_modules, and a hook starts the program without Yarn. */
function isPlugAndPlay(root: string, { programs }: InitFacts): boolean {
  const places = programs.map((program) => program.replace(/node_modules\/.*/, ''));
  return places.some((place) => ['.pnp.cjs', '.pnp.js'].some((name) => existsSync(path.join(root, place + name))));
}

function missingProgram(context: CheckContext, facts: InitFacts): readonly InitNote[] {
  const { programs, manager, home } = facts;
  const { root } = context.disk;
  // Where the hook file looks too: linked worktrees share the packages of the main one.
  const roots = [root, context.commonDirectory.replace(/\/\.git$/, '')];
  if (roots.some((one) => programs.some((file) => existsSync(path.join(one, file))))) return [];
  if (isPlugAndPlay(root, facts)) {
    const text =
      "Yarn keeps packages in archives here (Plug'n'Play), where git hooks cannot start loopbreaker: every hook refuses until there is a node_modules.";
    return [warning(text, typedIn(facts, '.', 'yarn config set nodeLinker node-modules && yarn install'))];
  }
  return [
    warning(
      'loopbreaker is not installed in this repository; without it every hook refuses.',
      typedIn(facts, home, addCommand(manager)),
    ),
  ];
}

/** In a repository without a commit nothing is in git yet, and the hooks refuse a commit that lacks what its scripts run. */
async function firstCommit({ git }: CheckContext): Promise<readonly InitNote[]> {
  if ((await git(['rev-parse', '--verify', '--quiet', 'HEAD'])).exitCode === 0) return [];
  const text =
    'Nothing is committed here yet. The adoption commit is refused as long as git does not hold what your package scripts run: add your own files first.';
  return [warning(text, 'git add --all')];
}

/** Files of ours that git ignores, and does not hold all the same. */
async function hiddenFiles(context: CheckContext, facts: InitFacts, edits: readonly FileEdit[]) {
  const files = [...edits.map((edit) => edit.path), ...wholeFiles(facts).filter((file) => facts.texts.has(file))];
  return [...(await ignoredAmong(context, [...new Set(files)]))];
}

function hiddenNotes(hidden: readonly string[]): readonly InitNote[] {
  if (hidden.length === 0) return [];
  const text = `git ignores ${hidden.join(', ')}, without which nothing is protected in a clone: change that rule, or add the files all the same, as the commands below do.`;
  return [warning(text)];
}

/** Writes the files, and down what was done to them. The record comes first: it claims nothing that has another text. */
function write(
  { commonDirectory, disk }: CheckContext,
  edits: readonly FileEdit[],
  next: (now: InitRecord) => InitRecord,
) {
  const file = stateFiles(path.join(commonDirectory, 'loopbreaker')).initRecord;
  writeInitRecord(file, next(readInitRecord(file)));
  applyEdits(disk.root, edits);
}

/** Lockfiles that git holds and that are gone: a package manager was exchanged. */
function goneLockfiles({ tree, disk }: CheckContext): readonly string[] {
  const files = [...tree.entries.keys()].filter((file) => isLockfile(path.posix.basename(file)));
  return files.filter((file) => disk.kindOf(file) !== 'file');
}

/** What husky's own files mean for a team, said before they are written and after. */
function generatedNote(folder: string, isNew: boolean, isDone: boolean): InitNote {
  const staged = `Besides the files above husky writes ${folder}/_, and it ${isDone ? 'was' : 'is'} staged although husky ignores it: tracked, it is in every worktree, so hooks run there too.`;
  const before = 'On branches from before this commit the folder is gone until your package manager installs again.';
  return note(`${staged}${isNew ? '' : ` ${before}`}`);
}

/** What init does to adopt a repository. */
export async function adoption(env: NodeJS.ProcessEnv, context: CheckContext, facts: InitFacts): Promise<Work> {
  const { git } = context;
  const { edits, notes, generated, first } = planInit(facts);
  const isNew = facts.hooks.kind === 'husky' && facts.hooks.isNew;
  const isRenewal = await isAdopted(git);
  const did = edits.length === 0 && generated === null ? 'nothing' : 'adopted';
  const install = async (): Promise<readonly InitNote[]> => {
    if (generated === null) return [];
    const { folder, isToWrite } = generated;
    const said = isToWrite ? await installHusky(context.disk.root, folder, env) : '';
    if (said !== '') return [warning(`husky did not install the hooks: ${said}.`, `env -u HUSKY ${again}`)];
    await trackGenerated(git, folder, 'add');
    return [generatedNote(folder, isNew, true)];
  };
  const perform = async (): Promise<Rest> => {
    write(context, edits, (record) => recordAfter(record, wholeFiles(facts), edits));
    const more = await install();
    // An adoption that nobody has committed yet protects nothing, also when all files are there.
    if (did === 'nothing' && isRenewal) return { notes: more, next: [] };
    const files = [...touchedFiles(facts), ...wholeFiles(facts), ...edits.map((edit) => edit.path)];
    const open = await uncommitted(git, [...new Set([...files, ...goneLockfiles(context)])]);
    const changed = [...new Set([...open, ...editedByPerson(facts)])].filter((file) => !hidden.includes(file));
    const missed = more.flatMap(({ kind, command }) => (kind === 'warning' && command !== null ? [command] : []));
    const before = [...first, ...missed];
    // Where init has to be run again, an adoption without its hooks is not one to commit.
    const isWhole = !before.some((command) => command.endsWith(again));
    if (!isWhole) return { notes: more, next: before };
    const way = await wayToTarget(git, facts, [...changed, ...hidden, `${hookFolder(facts)}/_`]);
    const steps = adoptionSteps(facts, { changed, hidden, isRenewal, way });
    // Before the first commit it is said already what has to be added.
    const isHere = unborn.length === 0 && way !== 'aside';
    const refusals = isHere ? await refusalsOf(context, env, [...changed, ...hidden]) : [];
    return { notes: [...refusals, ...wayNotes(facts, way), ...more], next: [...before, ...steps] };
  };
  const hidden = await hiddenFiles(context, facts, edits);
  const unborn = await firstCommit(context);
  const told = [...missingProgram(context, facts), ...unborn, ...hiddenNotes(hidden)];
  const foretold = generated === null ? [] : [generatedNote(generated.folder, isNew, false)];
  return { did, edits, notes: [...told, ...notes], perform, foretold };
}

/** What init does to take out what it put in. */
export async function removal(context: CheckContext, facts: InitFacts): Promise<Work> {
  const { git, tree, commonDirectory } = context;
  const { hooks, areGeneratedTracked } = facts;
  const files = [...new Set([...wholeFiles(facts), ...facts.texts.keys()])];
  const state = stateFiles(path.join(commonDirectory, 'loopbreaker'));
  const record = readInitRecord(state.initRecord);
  const { edits, notes, staying } = planRemoval(facts, { record, earlier: await textsBeforeAdoption(git, files) });
  const isTracked = (hooks.kind === 'husky' || hooks.kind === 'folder') && areGeneratedTracked;
  const did = edits.length === 0 && !isTracked ? 'nothing' : 'removed';
  const untrack = async (): Promise<readonly InitNote[]> => {
    if (!isTracked) return [];
    await trackGenerated(git, hooks.folder, 'remove');
    if (hooks.kind === 'folder' || !hooks.isNew)
      return [note(`${hooks.folder}/_ is husky's own again: not in git, and still at work.`)];
    const generated = `${hooks.folder}/_`;
    const command = `git config --unset core.hooksPath; rm -r ${typedPath(facts, generated)}`;
    return [note(`git still looks for hooks in ${generated}, which husky ignores and which stays on disk.`, command)];
  };
  const left = did === 'nothing' ? [] : await leftWorktrees(context, facts);
  const perform = async (): Promise<Rest> => {
    requireNoWorktrees(left);
    write(context, edits, (now) => recordWithout(now, edits));
    const more = await untrack();
    if (did === 'nothing') return { notes: more, next: [] };
    const changed = await uncommitted(git, [...new Set([...files, ...touchedFiles(facts)])]);
    const held = touchedFiles(facts).filter((file) => /(^|\/)package\.json$/.test(file) || file === facts.lockfile);
    const inTree = (files: readonly string[]) => files.filter((file) => tree.entries.has(file));
    // A file that the person is told to remove, and removes, is a deletion that this commit is to hold too.
    const all = [...new Set([...changed, ...inTree(staying)])];
    const steps = { changed: all, held: inTree(held), isStaged: isTracked };
    return { notes: [...more, ...(await leftNotes(context))], next: [...own.first, ...removalSteps(facts, steps)] };
  };
  const own = leftHooks(facts, edits);
  const untracked = isTracked ? [note(`${hooks.folder}/_ leaves git, and stays on disk.`)] : [];
  const foretold = [...(left.length > 0 ? [leftNote(left)] : []), ...untracked];
  return { did, edits, notes: [...notes, ...own.notes], perform, foretold };
}
