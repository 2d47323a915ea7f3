/** What `worktrees` answers: which are ours and alive, ours and dead, or somebody else's; what is kept, and how it goes. */
import type { WorktreeState } from '../core/worktree.ts';
import { printable, type TerminalStyle, wrapped } from './terminal.ts';

export interface ShownSize {
  readonly bytes: number;
  /** False: at least so much. */
  readonly complete: boolean;
}

export interface ShownWorktree {
  readonly path: string;
  readonly ours: boolean;
  readonly state: WorktreeState;
  readonly why: string;
  /** `--clean` removes it. */
  readonly removable: boolean;
  readonly runId: string | null;
  readonly branch: string | null;
  readonly owner: { readonly host: string; readonly pid: number } | null;
  /** ISO 8601. */
  readonly since: string | null;
  readonly size: ShownSize;
  /** What a person can type; empty where nothing is to be done. */
  readonly commands: readonly string[];
}

export interface ShownKeepRef {
  readonly ref: string;
  readonly sha: string;
  /** Whether the target contains it, as it was fetched last; null when it was never fetched. */
  readonly onTarget: boolean | null;
  readonly commands: readonly string[];
}

export interface ShownSalvage {
  readonly runId: string;
  readonly path: string;
  readonly at: string;
  readonly size: ShownSize;
  readonly commands: readonly string[];
}

export interface CleanReport {
  readonly removed: readonly {
    readonly path: string;
    readonly why: string;
    readonly keptRef: string | null;
    /** Where its files were moved; null when it held none. */
    readonly movedTo: string | null;
    readonly files: number;
  }[];
  readonly kept: readonly { readonly path: string; readonly why: string; readonly commands: readonly string[] }[];
}

/** The JSON contract of `worktrees --json`. */
export interface WorktreesReport {
  readonly worktrees: readonly ShownWorktree[];
  readonly keepRefs: readonly ShownKeepRef[];
  readonly salvage: readonly ShownSalvage[];
  /** null without `--clean`. */
  readonly clean: CleanReport | null;
}

const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

function sizeText({ bytes, complete }: ShownSize): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const value = bytes / 1000 ** power;
  return `${complete ? '' : 'at least '}${value.toFixed(power === 0 || value >= 10 ? 0 : 1)} ${units[power]}`;
}

function ageText(since: string, nowMs: number): string {
  const minutes = Math.max(0, Math.floor((nowMs - Date.parse(since)) / 60_000));
  if (minutes < 120) return `${minutes} min old`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h old` : `${Math.floor(minutes / 1440)} days old`;
}

/** Paths, refs and commands have lines of their own and are never wrapped, so that they can be copied. */
function block(title: string, prose: readonly string[], commands: readonly string[], width: number): readonly string[] {
  const typed = commands.map((command) => `      ${printable(command)}`);
  return [`  ${printable(title)}`, ...prose.flatMap((text) => wrapped(text, 4, width)), ...typed];
}

function worktreeLines(worktree: ShownWorktree, nowMs: number, width: number): readonly string[] {
  const { path, state, why, branch, owner, since, size, commands } = worktree;
  const about = [
    ...(branch === null ? [] : [branch.replace(/^refs\/heads\//, '')]),
    ...(owner === null ? [] : [`made by process ${owner.pid} on ${owner.host}`]),
    ...(since === null ? [] : [ageText(since, nowMs)]),
    sizeText(size),
  ];
  const way = commands.length === 0 ? [] : ['to remove it:'];
  return block(path, [`${state}: ${why}`, about.join(', '), ...way], commands, width);
}

function keepRefLines({ ref, sha, onTarget, commands }: ShownKeepRef, width: number): readonly string[] {
  const where = {
    true: 'its commits are on the target; the next promotion drops it',
    false: 'its commits are not on the target, as it was fetched last',
    null: 'whether its commits are on the target is not known: it was never fetched',
  }[`${onTarget}`];
  return block(ref, [`${sha.slice(0, 10)}: ${where}; to give these commits up:`], commands, width);
}

function section(title: string, blocks: readonly (readonly string[])[], width: number): readonly string[] {
  return blocks.length === 0 ? [] : [...wrapped(title, 0, width), ...blocks.flat()];
}

function cleanLines({ removed, kept }: CleanReport, width: number): readonly string[] {
  const gone = removed.map(({ path, why, keptRef, movedTo, files }) => {
    const ref = keptRef === null ? [] : [`commits that were made in it are kept: ${keptRef}`];
    const moved = movedTo === null ? [] : [`${files} ${files === 1 ? 'file' : 'files'} moved to ${movedTo}`];
    return block(path, [why, ...ref, ...moved], [], width);
  });
  const left = kept.map(({ path, why, commands }) => {
    const way = commands.length === 0 ? [] : ['when you know that it is not needed:'];
    return block(path, [why, ...way], commands, width);
  });
  const nothing = removed.length === 0 && kept.length === 0 ? ['Nothing of ours was left by a dead run.'] : [];
  return [...section('removed', gone, width), ...section('not removed', left, width), ...nothing];
}

/** The report as text; `nowMs` is the wall clock. */
export function worktreesText(report: WorktreesReport, { width }: TerminalStyle, nowMs: number): string {
  const shown = (ours: boolean) =>
    report.worktrees.filter((one) => one.ours === ours).map((one) => worktreeLines(one, nowMs, width));
  const salvage = report.salvage.map(({ path, at, size, commands }) =>
    block(path, [`${ageText(at, nowMs)}, ${sizeText(size)}; when it is not needed:`], commands, width),
  );
  const refs = report.keepRefs.map((one) => keepRefLines(one, width));
  const sections = [
    section('ours', shown(true), width),
    section('not ours', shown(false), width),
    section('refs that keep commits until they have landed', refs, width),
    section('moved aside from worktrees of dead runs', salvage, width),
    report.clean === null ? [] : cleanLines(report.clean, width),
  ].filter((lines) => lines.length > 0);
  const lines = sections.length === 0 ? ['There is no linked worktree, and nothing is kept.'] : sections.map(joined);
  return `${lines.join('\n\n')}\n`;
}

const joined = (lines: readonly string[]): string => lines.join('\n');
