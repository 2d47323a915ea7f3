/** The repository itself: nothing half done, no litter of a killed git, no configuration that works against the loop. */
import path from 'node:path';
import type { CheckOutcome, Finding } from '../core/doctor.ts';
import type { GitSetting } from '../core/git-config.ts';
import { shellWord } from '../core/shell-word.ts';
import type { Machine } from '../effects/machine.ts';
import type { Check, CheckContext, Fix } from './check.ts';
import { configFindings, readSettings } from './git-config.ts';

interface Operation {
  readonly name: string;
  /** What git keeps in the git directory while it lasts; the first one that is there is the operation. */
  readonly marks: readonly string[];
  readonly abort: string;
  readonly goOn: string;
  readonly severity: 'error' | 'warning';
}

/** In this order: a rebase may stop in the middle of a cherry-pick of its own. */
const operations: readonly Operation[] = [
  {
    name: 'am',
    marks: ['rebase-apply/applying'],
    abort: 'git am --abort',
    goOn: 'git am --continue',
    severity: 'error',
  },
  {
    name: 'rebase',
    marks: ['rebase-merge', 'rebase-apply'],
    abort: 'git rebase --abort',
    goOn: 'git rebase --continue',
    severity: 'error',
  },
  { name: 'merge', marks: ['MERGE_HEAD'], abort: 'git merge --abort', goOn: 'git merge --continue', severity: 'error' },
  {
    name: 'cherry-pick',
    marks: ['CHERRY_PICK_HEAD'],
    abort: 'git cherry-pick --abort',
    goOn: 'git cherry-pick --continue',
    severity: 'error',
  },
  {
    name: 'revert',
    marks: ['REVERT_HEAD'],
    abort: 'git revert --abort',
    goOn: 'git revert --continue',
    severity: 'error',
  },
  // Looking for a commit is no half-made one: the loop itself refuses to run on a detached HEAD.
  {
    name: 'bisect',
    marks: ['BISECT_LOG'],
    abort: 'git bisect reset',
    goOn: 'git bisect good or git bisect bad',
    severity: 'warning',
  },
];

/** A finding for each operation of git that was begun in this worktree and is not ended. */
export function unfinishedOperations({ disk }: CheckContext, { gitDirectory }: Machine): readonly Finding[] {
  const isOn = ({ marks }: Operation): boolean =>
    marks.some((mark) => disk.kindOf(path.join(gitDirectory, mark)) !== 'absent');
  const on = operations.filter(isOn);
  const [first] = on.filter((operation) => operation.name !== 'bisect');
  const shown = on.filter((operation) => operation === first || operation.name === 'bisect');
  return shown.map(({ name, abort, goOn, severity }) => {
    const problem = `A ${name} was begun in this worktree and is not ended.`;
    return {
      code: 'operation-unfinished',
      severity,
      problem,
      remedy: `finish it (${goOn}), or give it up`,
      commands: [abort],
    };
  });
}

/** No git command holds a lock for so long, but one that waits for a person's editor; that one is at work and seen. */
const staleAfterMs = 10 * 60 * 1000;

function minutes(ageMs: number): string {
  const count = Math.floor(ageMs / 60_000);
  if (count < 120) return `${count} minutes`;
  return count < 48 * 60 ? `${Math.floor(count / 60)} hours` : `${Math.floor(count / 1440)} days`;
}

interface StaleLock {
  readonly path: string;
  readonly finding: Finding;
}

function staleLocks({ disk }: CheckContext, machine: Machine): readonly StaleLock[] {
  const old = machine.lockFiles().filter(({ ageMs }) => ageMs >= staleAfterMs);
  if (old.length === 0) return [];
  const atWork = machine.gitAtWork();
  if (atWork === 'yes') return [];
  return old.map(({ path: file, ageMs }) => {
    const shown = path.relative(disk.root, file);
    const proof = atWork === 'no' ? 'and no git is at work here' : 'and whether a git is at work here cannot be seen';
    const problem = `${shown} is ${minutes(ageMs)} old, ${proof}.`;
    const severity = atWork === 'no' ? 'error' : 'warning';
    const commands = [`rm ${shellWord(shown)}`];
    return {
      path: file,
      finding: { code: 'git-lock-stale', severity, problem, remedy: 'remove it', commands, path: shown },
    };
  });
}

/**
 * `git init` in a hook of a linked worktree can mark the real repository as bare (fact 2). The index tells that it had a
 * work tree: a bare clone that was put into a folder .git on purpose has none.
 */
function bareByAccident({ disk, commonDirectory }: CheckContext, settings: readonly GitSetting[]): readonly Finding[] {
  const bare = settings.findLast(({ key }) => key === 'core.bare');
  const hadWorkTree =
    path.basename(commonDirectory) === '.git' && disk.kindOf(path.join(commonDirectory, 'index')) === 'file';
  if (bare?.value !== 'true' || !hadWorkTree) return [];
  const problem = `core.bare is true (${bare.origin}), although ${path.dirname(commonDirectory)} is a work tree.`;
  const commands = [`git config --file ${shellWord(path.join(commonDirectory, 'config'))} core.bare false`];
  return [{ code: 'config-bare', severity: 'error', problem, remedy: 'set it to false', commands }];
}

async function look(context: CheckContext, machine: Machine): Promise<CheckOutcome> {
  const locks = staleLocks(context, machine).map(({ finding }) => finding);
  const settings = await readSettings(machine);
  const bare = bareByAccident(context, settings);
  const config = await configFindings(context, machine, settings);
  return { findings: [...bare, ...unfinishedOperations(context, machine), ...locks, ...config] };
}

/** Only what is proved: the lock is looked at again at the moment in which it is removed. */
async function fixes(context: CheckContext): Promise<readonly Fix[]> {
  if (context.tree.kind !== 'worktree' || context.machine === undefined) return [];
  const machine = await context.machine();
  const proved = () => staleLocks(context, machine).filter(({ finding }) => finding.severity === 'error');
  return proved().map(({ path: file }) => ({
    what: `remove the stale lock ${path.relative(context.disk.root, file)}`,
    apply: () => {
      if (proved().some((lock) => lock.path === file)) machine.removeFile(file);
      return Promise.resolve();
    },
  }));
}

/** Check `repository`. It needs no manifest. */
export const repository: Check = {
  id: 'repository',
  title: 'the repository is at rest',
  asks: 'Is nothing half done, is no stale lock of git left, and does no setting run a program or redirect the push?',
  run: async (context) => {
    if (context.tree.kind !== 'worktree') return { findings: [], skipped: 'it is about the work tree' };
    if (context.machine === undefined) return { findings: [], unknown: 'there is no machine to ask' };
    return await look(context, await context.machine());
  },
  fixes,
};
