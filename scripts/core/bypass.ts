/** Hooks that a person went round with a reason, as .husky/loopbreaker writes it down. Pure. */
import { bypassEvent } from './journal.ts';
import type { JournalRecord } from './night.ts';

/** A hook that did not check, until it passes again in the same worktree. */
export interface Bypass {
  readonly hook: string;
  /** `main`, or the name of a linked worktree. */
  readonly worktree: string;
  /** As it was written: ISO 8601, to the second. */
  readonly at: string;
  readonly branch: string;
  readonly why: string;
}

/** Of one hook in one worktree the last ones are told. */
export const shownBypassesMax = 5;

/** The name of the file that holds them. */
export function bypassFile(hook: string, worktree: string): string {
  return `${hook}.${worktree}`;
}

/** The hook and worktree that a file is about; null for another file. */
export function bypassOwner(file: string): Pick<Bypass, 'hook' | 'worktree'> | null {
  const [, hook, worktree] = /^([a-z-]+)\.(.+)$/.exec(file) ?? [];
  return hook === undefined || worktree === undefined ? null : { hook, worktree };
}

/** The last bypasses in the text of a file, oldest first. A line that cannot be read is a bypass all the same. */
export function bypassesIn(
  owner: Pick<Bypass, 'hook' | 'worktree'>,
  text: string,
  countMax: number,
): readonly Bypass[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.slice(-countMax).map((line) => {
    const [at, branch, why] = line.split('\t');
    const isWhole = at !== undefined && !Number.isNaN(Date.parse(at)) && branch !== undefined && why !== undefined;
    return isWhole ? { ...owner, at, branch, why } : { ...owner, at: 'unknown', branch: 'unknown', why: line };
  });
}

/** One sentence about a bypass. */
export function bypassSentence({ hook, worktree, at, branch, why }: Bypass): string {
  const where = worktree === 'main' ? '' : ` in worktree ${worktree}`;
  return `${hook} was gone round on ${branch}${where} at ${at}: ${why}`;
}

/** The line of the journal about it, so that the reason outlasts the remark. `nowMs`: for one whose time is not known. */
export function bypassRecord({ hook, worktree, at, branch, why }: Bypass, nowMs: number): JournalRecord {
  const time = Date.parse(at);
  const when = new Date(Number.isNaN(time) ? nowMs : time).toISOString();
  return { at: when, event: bypassEvent, severity: 'warning', hook, worktree, branch, why };
}
