/** Whether the file that the hooks call comes to the program: it is fired, since what it says tells nothing of what it does. */
import path from 'node:path';
import { callsHookFile } from '../core/hook-calls.ts';
import { factsIn } from '../core/hook-file-standing.ts';
import type { Scene } from './hook-scene.ts';
import { type HookTool, plainFolder } from './hook-tool.ts';

/** The folder of the hook file: that of the hooks, or one of our own beside a runner. */
export function fileFolderOf(tool: HookTool): string {
  return tool.kind === 'runner' ? plainFolder : tool.folder;
}

/** Those of these hooks that call the file. */
async function callersOf({ context }: Scene, tool: HookTool, names: readonly string[]): Promise<readonly string[]> {
  const folder = fileFolderOf(tool);
  const textOf = async (name: string): Promise<string> =>
    tool.kind === 'runner' ? tool.text : ((await context.tree.read(path.posix.join(folder, name))) ?? '');
  const texts = await Promise.all(names.map(textOf));
  return names.filter((name, index) => callsHookFile(texts[index] ?? '', folder, name));
}

/**
 * What happened when the file was fired for the hooks that call it, and one ended well without the program; undefined where none
 * did. One that refuses on its way is seen at the next commit. Rejects when that could not be tried.
 */
export async function silentWay(
  scene: Scene,
  tool: HookTool,
  names: readonly string[],
  text: string,
): Promise<string | undefined> {
  const { programs } = factsIn(text);
  for (const name of await callersOf(scene, tool, names)) {
    const { isReached, exitCode, output } = await scene.machine.fireHookFile(text, programs, name);
    if (isReached) continue;
    if (exitCode === null)
      throw new Error(`what the ${name} hook calls could not be fired: ${output || 'it took too long'}`);
    const quoted = output === '' ? '' : ` It said: ${output.slice(0, 300)}`;
    if (exitCode === 0) return `was fired for ${name}, and ended well without starting loopbreaker.${quoted}`;
  }
  return undefined;
}
