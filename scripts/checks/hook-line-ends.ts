/** The hook file, and what calls it, with line ends that no shell reads: a checkout under core.autocrlf gives them to every file. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import { isOwnHook } from '../core/hook-calls.ts';
import { hasWindowsEnds } from '../core/line-ends.ts';
import { isShellProgram } from '../core/script-hooks.ts';
import type { Scene } from './hook-scene.ts';
import type { HookTool } from './hook-tool.ts';

/** An error for each of these that has the line ends of Windows; `init` is the command that writes them anew. */
export async function lineEndFindings(
  { context }: Scene,
  tool: HookTool,
  names: readonly string[],
  { file, init }: { readonly file: string; readonly init: string },
): Promise<readonly Finding[]> {
  const hooks = tool.kind === 'runner' ? [] : names.filter(isOwnHook).map((name) => path.posix.join(tool.folder, name));
  const found: Finding[] = [];
  for (const one of [file, ...hooks]) {
    const text = (await context.tree.read(one)) ?? '';
    if (!hasWindowsEnds(text) || !isShellProgram(text)) continue;
    const problem = `${one} has the line ends of Windows in this work tree, with which no shell reads it: a commit or push fails, or is not checked.`;
    const remedy = 'init writes it with its own again, and the .gitattributes that keep them';
    found.push({ code: 'hook-line-ends', severity: 'error', path: one, problem, remedy, commands: [init] });
  }
  return found;
}
