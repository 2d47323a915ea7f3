/** How hooks come to run in a work tree that is to be adopted. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { CheckContext } from './checks/check.ts';
import { hookToolOf } from './checks/hook-tool.ts';
import { hooksPlace } from './checks/hook-wiring.ts';
import { hookNames } from './core/hook-names.ts';
import type { HookSituation } from './core/init-facts.ts';
import { adoptedHooks } from './core/init-hooks.ts';
import { scriptsOf } from './core/package-edit.ts';

/** Programs in git's own folder of hooks; git's samples are none. */
function ownHooks(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => hookNames.includes(name));
}

/** What gives this work tree its hooks, by git's own word and by what the repository holds. Rejects when git cannot say. */
export async function hookSituation(context: CheckContext): Promise<HookSituation> {
  if (context.machine === undefined) throw new Error('init works in a work tree');
  const { root } = context.disk;
  const { directory, setting } = await hooksPlace(context, await context.machine());
  const folder = path.relative(root, directory).split(path.sep).join('/');
  const isInside = !folder.startsWith('..') && !path.isAbsolute(folder) && !/^\.git(\/|$)/.test(folder);
  const [, husky] = /^(.+)\/_$/.exec(folder) ?? [];
  if (setting !== undefined && isInside && husky !== undefined) return huskyIn(context, husky);
  if (setting !== undefined && isInside) return { kind: 'folder', folder };
  if (setting !== undefined && !directory.startsWith(context.commonDirectory)) {
    return { kind: 'outside', value: setting.value, scope: setting.scope };
  }
  const tool = await hookToolOf(context, adoptedHooks);
  if (tool.kind === 'runner') return { kind: 'runner', name: tool.runner.name, config: tool.config };
  if (tool.kind === 'husky') return huskyIn(context, tool.folder);
  const holds = (name: string): boolean => adoptedHooks.some((hook) => context.tree.has(`${name}/${hook}`));
  if (holds(tool.folder) && tool.folder !== '.husky') return { kind: 'folder', folder: tool.folder };
  const names = ownHooks(directory);
  const shown = folder.startsWith('..') ? directory : folder;
  return names.length === 0 ? huskyIn(context, '.husky') : { kind: 'unmanaged', folder: shown, names };
}

async function huskyIn({ tree }: CheckContext, folder: string): Promise<HookSituation> {
  const files = [...new Set([path.posix.join(path.posix.dirname(folder), 'package.json'), 'package.json'])];
  const texts = await Promise.all(files.map((file) => tree.read(file)));
  const scripts = texts.flatMap((text) => [...scriptsOf(text ?? '')]);
  const isInstalled = scripts.some(([name, line]) => /^(prepare|postinstall)$/.test(name) && /\bhusky\b/.test(line));
  return { kind: 'husky', folder, isNew: !isInstalled };
}
