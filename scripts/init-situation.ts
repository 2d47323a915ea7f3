/** How hooks come to run in a work tree that is to be adopted. */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { CheckContext } from './checks/check.ts';
import { type HookTool, hookToolOf } from './checks/hook-tool.ts';
import { hooksPlace } from './checks/hook-wiring.ts';
import { hookNames } from './core/hook-names.ts';
import type { HookSituation } from './core/init-facts.ts';
import { adoptedHooks } from './core/init-hooks.ts';
import { ownInstall } from './core/init-scripts.ts';
import { objectAt, parseObject } from './core/json-value.ts';
import { scriptsOf } from './core/package-edit.ts';
import { adoptedElsewhere } from './init-adopted.ts';

/** Programs in git's own folder of hooks; git's samples are none. */
function ownHooks(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => hookNames.includes(name));
}

type Unmanaged = Extract<HookSituation, { readonly kind: 'unmanaged' }>;

/** What stands in git's own folder of hooks, shown as `folder`; null when nothing does. */
function unmanagedIn({ disk }: CheckContext, directory: string, folder: string): Unmanaged | null {
  const names = ownHooks(directory);
  const texts = names.map((name) => disk.read(path.join(directory, name))?.toString('utf8') ?? '');
  const isHusky4 = texts.every((text) => /^# husky$/m.test(text));
  return names.length === 0 ? null : { kind: 'unmanaged', folder, names, isHusky4 };
}

/** Where core.hooksPath leads to no other folder: what the repository holds, and what stands in git's own folder. */
function withoutSetting(
  context: CheckContext,
  tool: HookTool,
  directory: string,
  unmanaged: Unmanaged | null,
): HookSituation | Promise<HookSituation> {
  // package.json names husky here too, and a newer one would switch them off.
  if (unmanaged?.isHusky4 === true) return unmanaged;
  if (tool.kind === 'runner') return { kind: 'runner', name: tool.runner.name, config: tool.config };
  if (tool.kind === 'husky') return huskyIn(context, tool.folder, directory);
  const holds = (name: string): boolean => adoptedHooks.some((hook) => context.tree.has(`${name}/${hook}`));
  if (holds(tool.folder) && tool.folder !== '.husky') return folderAt(context, tool.folder, directory);
  return unmanaged ?? huskyIn(context, '.husky', directory);
}

/** What gives this work tree its hooks, by git's own word and by what the repository holds. Rejects when git cannot say. */
export async function hookSituation(context: CheckContext): Promise<HookSituation> {
  if (context.machine === undefined) throw new Error('init works in a work tree');
  const { directory, setting } = await hooksPlace(context, await context.machine());
  const folder = path.relative(context.disk.root, directory).split(path.sep).join('/');
  const isInside = !folder.startsWith('..') && !path.isAbsolute(folder) && !/^\.git(\/|$)/.test(folder);
  const [, husky] = /^(.+)\/_$/.exec(folder) ?? [];
  if (setting !== undefined && isInside) {
    return husky === undefined ? folderAt(context, folder, directory) : huskyIn(context, husky, directory);
  }
  const tool = await hookToolOf(context, adoptedHooks);
  const adopted = await adoptedElsewhere(context, tool);
  if (adopted?.isHusky === false) return folderAt(context, adopted.folder, directory);
  if (setting !== undefined && !directory.startsWith(context.commonDirectory)) {
    return { kind: 'outside', value: setting.value, scope: setting.scope };
  }
  if (adopted !== undefined) return huskyIn(context, adopted.folder, directory);
  const unmanaged = unmanagedIn(context, directory, folder.startsWith('..') ? directory : folder);
  return withoutSetting(context, tool, directory, unmanaged);
}

/** What package scripts run after an install. */
async function installScripts({ tree }: CheckContext, home: string): Promise<readonly string[]> {
  const files = [...new Set([path.posix.join(home, 'package.json'), 'package.json'])];
  const texts = await Promise.all(files.map((file) => tree.read(file)));
  const scripts = texts.flatMap((text) => [...scriptsOf(text ?? '')]);
  return scripts.flatMap(([name, line]) => (/^(prepare|postinstall)$/.test(name) ? [line] : []));
}

/** `directory`: where git looks for hooks, absolute. */
async function folderAt(context: CheckContext, folder: string, directory: string): Promise<HookSituation> {
  const lines = await installScripts(context, path.posix.dirname(folder));
  const isShared = lines.some((line) => /hooksPath|\bhusky\b/i.test(line));
  const isHusky8 = context.disk.kindOf(`${folder}/_/husky.sh`) === 'file';
  const own = path.join(context.disk.root, folder);
  // git's own folder of hooks may be a link to this one.
  const isLink = existsSync(directory) && existsSync(own) && realpathSync(directory) === realpathSync(own);
  const isInForce = directory === own || isLink;
  return { kind: 'folder', folder, isInForce, isShared, isHusky8 };
}

/** The major version of husky: as installed, else as package.json asks for it; undefined where neither tells. */
async function huskyMajor({ disk, tree }: CheckContext, home: string): Promise<number | undefined> {
  const folders = [...new Set([home, '.'])];
  const installed = folders.map((folder) => disk.read(path.posix.join(folder, 'node_modules/husky/package.json')));
  const versions = installed.map((bytes) => parseObject(bytes?.toString('utf8') ?? '')?.version);
  const texts = await Promise.all(folders.map((folder) => tree.read(path.posix.join(folder, 'package.json'))));
  const wanted = texts.flatMap((text) => {
    const own = parseObject(text ?? '') ?? {};
    return ['devDependencies', 'dependencies'].map((key) => objectAt(own, key).husky);
  });
  const told = [...versions, ...wanted].find((one) => typeof one === 'string' && /^[~^>=v\s]*\d/.test(one));
  return told === undefined ? undefined : Number(/\d+/.exec(String(told)));
}

/** From its fifth version to its eighth husky has git run the files of its folder themselves, without files that lead there. */
async function huskyIn(context: CheckContext, folder: string, directory: string): Promise<HookSituation> {
  const major = await huskyMajor(context, path.posix.dirname(folder));
  if (major !== undefined && major > 4 && major < 9) return folderAt(context, folder, directory);
  const lines = await installScripts(context, path.posix.dirname(folder));
  const isInstalled = lines.some((line) => /\bhusky\b/.test(line.replace(ownInstall, '')));
  return { kind: 'husky', folder, isNew: !isInstalled };
}
