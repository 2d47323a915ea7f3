/** What git will execute as a hook in this worktree, and what kind of thing that file is. Nothing is run here. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { GitSetting } from '../core/git-config.ts';
import type { Machine } from '../effects/machine.ts';
import type { CheckContext } from './check.ts';
import { readSettings } from './git-config.ts';

/** How a hook file leads to the tracked hook, as far as reading it can tell. */
export type HookWiring =
  | 'absent'
  | 'not-executable'
  /** It is the tracked file itself, by path or by link. */
  | 'tracked'
  /** husky's own files, of the version that is installed, so far as one is: safe to fire. */
  | 'husky'
  /** husky's own files of another version than the installed one: safe to fire. */
  | 'husky-old'
  /** It looks like husky's, but somebody has changed it. */
  | 'husky-altered'
  /** A file of the user's own that names the tracked hook. */
  | 'names-it'
  /** The same text as the tracked hook. */
  | 'copy'
  /** The text that the tracked hook had in an earlier commit. */
  | 'old-copy'
  | 'foreign';

export interface HooksPlace {
  /** Absolute; where git looks for hooks in this worktree, by its own word. */
  readonly directory: string;
  /** The setting that decides, if there is one. */
  readonly setting: GitSetting | undefined;
  /** Every setting of git here. */
  readonly settings: readonly GitSetting[];
}

/** Asks git, with the user's own settings in force and not ours. Rejects when git cannot say. */
export async function hooksPlace(context: CheckContext, machine: Machine): Promise<HooksPlace> {
  const [settings, asked] = await Promise.all([
    readSettings(machine),
    machine.ownGit(['rev-parse', '--git-path', 'hooks']),
  ]);
  if (asked.exitCode !== 0) throw new Error(`git rev-parse --git-path hooks failed: ${asked.stderr.trim()}`);
  const setting = settings.findLast(({ key }) => key === 'core.hookspath');
  return { directory: path.resolve(context.disk.root, asked.stdout.replace(/\n$/, '')), setting, settings };
}

/** What husky 9 writes as `.husky/_/<name>`: 9.1.1 and newer, and before. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's, not ours.
const wrappers = ['#!/usr/bin/env sh\n. "$(dirname "$0")/h"', '#!/usr/bin/env sh\n. "${0%/*}/h"'];

/** sha256 of `.husky/_/h` as husky 9.0.1, 9.0.11, 9.1.0 and 9.1.3 to 9.1.7 write it. */
const knownPrograms = [
  'd6aaa6f3f7c11008c525e649161df4a93152f1e55d0887fa1d7b8d622735d380',
  '548990e1c11285694096184993d907b258d41235461a7ca2551e3b53ff9d3a38',
  'c029a943acea5d6e2ddbaa271a1fb22c2da55d56b5c6fb59ca804ac9a4018708',
  '70200b200ca709b0622784f93839a5b2872333a917a09afddefd7dc2d8cdc680',
];

function textOf({ disk }: CheckContext, file: string): string | undefined {
  const real = disk.realPath(file);
  return real === null ? undefined : disk.read(real)?.toString('utf8');
}

/** Whether `.husky/_/h` is husky's own; `file` is the wrapper beside it. */
function huskyWiring(context: CheckContext, file: string, text: string): HookWiring | undefined {
  const program = textOf(context, path.join(path.dirname(file), 'h'));
  const looksLikeIt = /^\s*\.\s.*\/h"?\s*$/m.test(text);
  if (!looksLikeIt) return undefined;
  if (program === undefined || !wrappers.includes(text.trim())) return 'husky-altered';
  const installed = textOf(context, 'node_modules/husky/husky');
  if (program === installed) return 'husky';
  if (!knownPrograms.includes(createHash('sha256').update(program).digest('hex'))) return 'husky-altered';
  return installed === undefined ? 'husky' : 'husky-old';
}

/** Whether some commit had this text as the tracked hook. */
async function wasTracked({ git }: CheckContext, tracked: string, content: Buffer): Promise<boolean> {
  const header = `blob ${content.length}\0`;
  const ids = ['sha1', 'sha256'].map((name) => createHash(name).update(header).update(content).digest('hex'));
  const asked = await git(['log', '--format=', '--raw', '--no-abbrev', '--no-renames', '--', tracked]);
  // Without a commit there is no history that it could be from.
  return asked.exitCode === 0 && ids.some((id) => asked.stdout.includes(id));
}

/** Whether a line that is not a comment names the tracked hook. */
function namesTracked(text: string, tracked: string): boolean {
  return text.split('\n').some((line) => !/^\s*#/.test(line) && line.includes(tracked));
}

/** What stands at `file`, which git would execute for the tracked hook (both relative to the root, or absolute). */
export async function wiringOf(context: CheckContext, file: string, tracked: string): Promise<HookWiring> {
  const { disk } = context;
  const real = disk.realPath(file);
  if (real === null) return 'absent';
  if (!disk.isExecutable(file)) return 'not-executable';
  if (real === disk.realPath(tracked)) return 'tracked';
  const content = disk.read(real);
  if (content === null) return 'foreign';
  const text = content.toString('utf8');
  const husky = huskyWiring(context, file, text);
  if (husky !== undefined) return husky;
  if (text === textOf(context, tracked)) return 'copy';
  if (namesTracked(text, tracked)) return 'names-it';
  return (await wasTracked(context, tracked, content)) ? 'old-copy' : 'foreign';
}

/** The folder of another worktree that holds husky's generated files for this tracked hook, unaltered; undefined without one. */
export async function generatedElsewhere(
  context: CheckContext,
  machine: Machine,
  tracked: string,
): Promise<string | undefined> {
  for (const { path: root } of await machine.worktrees()) {
    const folder = path.join(root, path.dirname(tracked), '_');
    if (root === context.disk.root || context.disk.kindOf(folder) !== 'directory') continue;
    if ((await wiringOf(context, path.join(folder, path.basename(tracked)), tracked)) === 'husky') return folder;
  }
  return undefined;
}
