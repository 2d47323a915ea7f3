/** Tracked hook files that the manifest asks for and that nobody has written: one finding for all of them. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import { hookCall, isOwnHook } from '../core/hook-calls.ts';
import { hookNames } from '../core/hook-names.ts';
import { manifestPath } from '../core/manifest.ts';
import { shellWord } from '../core/shell-word.ts';
import { type FolderTool, hookOf, installOf } from './hook-findings.ts';
import { otherWay, type Scene } from './hook-scene.ts';
import { manifestPlace } from './place.ts';

/** Whether the hook is neither held by git nor on disk, so that there is nothing to wire. */
export function isUnwritten({ context }: Scene, { folder }: FolderTool, name: string): boolean {
  const file = path.posix.join(folder, name);
  return !context.tree.entries.has(file) && context.disk.kindOf(file) === 'absent';
}

/** The commands that write a hook. husky's hooks need neither a first line nor the execute bit. */
function writing(tool: FolderTool, name: string): readonly string[] {
  const file = shellWord(path.posix.join(tool.folder, name));
  if (tool.kind === 'husky') return [`echo '${hookCall(name)}' > ${file}`];
  return [`printf '#!/bin/sh\\nexec ${hookCall(name)} "$@"\\n' > ${file}`, `chmod +x ${file}`];
}

/** A hook that git runs here now, from outside of the tool's folder, and would no longer run once git is pointed there. */
function hookAtWork({ context, place }: Scene, { folder }: FolderTool): string | undefined {
  const { disk } = context;
  if (place.directory === path.join(disk.root, folder)) return undefined;
  return hookNames
    .map((name) => path.join(place.directory, name))
    .find((file) => disk.realPath(file) !== null && disk.isExecutable(file));
}

function remedyOf(scene: Scene, tool: FolderTool, names: readonly string[]): Pick<Finding, 'remedy' | 'commands'> {
  const without = `or write "hooks" without ${names.length === 1 ? 'it' : 'them'} in ${manifestPath}`;
  const atWork = tool.kind === 'husky' ? undefined : hookAtWork(scene, tool);
  if (atWork !== undefined) {
    const shown = path.relative(scene.context.disk.root, path.dirname(atWork));
    const lines = names.filter(isOwnHook).map((name) => `"${hookCall(name)}" to ${shown}/${name}`);
    return { remedy: `git runs the hooks of ${shown} already: add ${lines.join(' and ')}, ${without}`, commands: [] };
  }
  if (!names.every(isOwnHook)) return { remedy: `write your commands into them, ${without}`, commands: [] };
  const { folder } = tool;
  const files = names.map((name) => shellWord(path.posix.join(folder, name))).join(' ');
  const isPointed = scene.place.directory === path.join(scene.context.disk.root, folder);
  const commands = [
    `mkdir -p ${shellWord(folder)}`,
    ...names.flatMap((name) => writing(tool, name)),
    `git add ${files}`,
    ...(isPointed ? [] : [installOf(tool)]),
  ];
  return { remedy: `write ${names.length === 1 ? 'it' : 'them'}, ${without}`, commands };
}

/** What is said of unwritten hooks: a note for each that comes to us in another way, and one error for all others. */
export async function unwrittenFindings(
  scene: Scene,
  tool: FolderTool,
  names: readonly string[],
): Promise<readonly Finding[]> {
  const ways = await Promise.all(
    names.map(async (name) => [name, await otherWay(scene, hookOf(scene, tool, name))] as const),
  );
  const notes = ways.flatMap(([, note]) => note ?? []);
  const lacking = ways.flatMap(([name, note]) => (note === undefined ? [name] : []));
  if (lacking.length === 0) return notes;
  const what = `${lacking.length === 1 ? 'the hook' : 'the hooks'} ${lacking.join(' and ')}`;
  const problem = `${manifestPath} asks for ${what}, and ${lacking.length === 1 ? 'it is' : 'they are'} not in ${tool.folder}: nothing stands before a commit or a push here.`;
  const place = manifestPlace(scene.context, '/hooks');
  const said = remedyOf(scene, tool, lacking);
  return [...notes, { code: 'hook-missing', severity: 'error', problem, ...said, ...place }];
}
