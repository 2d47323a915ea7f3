/** Where an adoption has joined the hooks, as the tracked files tell it: of a setting of git a fresh clone knows nothing. */
import path from 'node:path';
import type { CheckContext } from './checks/check.ts';
import type { HookTool } from './checks/hook-tool.ts';
import { hookFileCall, hookFileName } from './core/hook-file.ts';
import { adoptedHooks } from './core/init-hooks.ts';
import { parseObject } from './core/json-value.ts';
import { manifestPath } from './core/manifest.ts';

export interface AdoptedFolder {
  readonly folder: string;
  /** Whether git comes there by husky's own files, and not by a setting of each clone. */
  readonly isHusky: boolean;
}

/** The folder of hooks that an adoption has joined: the tracked manifest names its hook file, and its hooks call that. */
async function adoptedFolder({ tree }: CheckContext): Promise<AdoptedFolder | undefined> {
  const named = parseObject((await tree.read(manifestPath)) ?? '')?.files;
  const files: readonly unknown[] = Array.isArray(named) ? named : [];
  for (const file of files) {
    if (typeof file !== 'string' || path.posix.basename(file) !== hookFileName) continue;
    const folder = path.posix.dirname(file);
    const texts = await Promise.all(adoptedHooks.map((hook) => tree.read(`${folder}/${hook}`)));
    const calls = adoptedHooks.some((hook, index) => texts[index]?.includes(hookFileCall(folder, hook)));
    if (calls) return { folder, isHusky: files.includes(`${folder}/_/h`) };
  }
  return undefined;
}

/** Whether the tool that the tracked files name brings the hooks of the adoption, or has taken their place since. */
function leadsTo(tool: HookTool, { folder, isHusky }: AdoptedFolder): boolean {
  switch (tool.kind) {
    case 'runner':
      return /\bloopbreaker\b/.test(tool.text);
    case 'husky':
      return tool.folder === folder;
    case 'folder':
      return tool.folder === folder && isHusky;
  }
}

/** The folder of hooks that the tracked files say was adopted, where `tool` does not lead there by itself; undefined without one. */
export async function adoptedElsewhere(context: CheckContext, tool: HookTool): Promise<AdoptedFolder | undefined> {
  const adopted = await adoptedFolder(context);
  return adopted === undefined || leadsTo(tool, adopted) ? undefined : adopted;
}
