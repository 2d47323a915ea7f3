/** Which tool gives this repository its hooks, as its tracked files say: husky, a folder of hooks, or a runner with a config. */
import path from 'node:path';
import { callsHook } from '../core/hook-calls.ts';
import { type HookRunner, hookRunners } from '../core/hook-runners.ts';
import { type JsonObject, objectAt, parseObject, textEntries } from '../core/json-value.ts';
import type { CheckContext } from './check.ts';

export type HookTool =
  /** The tracked hooks are files of `folder`; husky's generated files beside them lead there. */
  | { readonly kind: 'husky'; readonly folder: string; readonly install: string }
  /** The tracked hooks are files of `folder`, which git is to be pointed at. Also where there is no tool at all. */
  | { readonly kind: 'folder'; readonly folder: string }
  | RunnerTool;

/** What runs is named in `config`. */
export interface RunnerTool {
  readonly kind: 'runner';
  readonly runner: HookRunner;
  readonly config: string;
  readonly text: string;
  /** Whether package.json has it, so that npx finds it. */
  readonly here: boolean;
}

/** Where hooks go in a repository that has none yet, and no tool for them. */
export const plainFolder = '.githooks';

const dependencyKeys = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

function names(packageJson: JsonObject, name: string): boolean {
  return dependencyKeys.some((key) => Object.hasOwn(objectAt(packageJson, key), name));
}

async function packageOf({ tree }: CheckContext, folder: string): Promise<JsonObject> {
  return parseObject((await tree.read(path.posix.join(folder, 'package.json'))) ?? '') ?? {};
}

/** The scripts of package.json, by their names. */
export async function packageScripts(context: CheckContext): Promise<ReadonlyMap<string, string>> {
  return new Map(textEntries(objectAt(await packageOf(context, '.'), 'scripts')));
}

/** A script that has husky write its files: itself, or loopbreaker where init has adopted the repository. */
const installsHusky = /\bhusky\b|\bloopbreaker hook install\b/;

/** How the package in a folder installs husky; undefined where it does not know husky, so that npx would fetch one. */
async function huskyInstall(context: CheckContext, folder: string): Promise<string | undefined> {
  const packageJson = await packageOf(context, folder);
  const scripts = new Map(textEntries(objectAt(packageJson, 'scripts')));
  const prefix = folder === '.' ? '' : ` --prefix ${folder}`;
  const byScript = ['prepare', 'postinstall'].find((name) => installsHusky.test(scripts.get(name) ?? ''));
  if (byScript !== undefined) return `npm${prefix} run ${byScript}`;
  if (!names(packageJson, 'husky')) return undefined;
  if (scripts.has('prepare')) return `npm${prefix} run prepare`;
  return folder === '.' ? 'npx husky' : `(cd ${folder} && npx husky)`;
}

async function configText(context: CheckContext, runner: HookRunner, config: string): Promise<string | undefined> {
  const { tree, disk } = context;
  // One that is not tracked yet is a finding of the check `tracked`; the tool is this one all the same.
  const onDisk = tree.kind === 'worktree' && !tree.has(config) && disk.kindOf(config) === 'file';
  const text = onDisk ? disk.read(config)?.toString('utf8') : await tree.read(config);
  if (text === undefined || text === null) return undefined;
  if (config !== 'package.json') return text;
  const own = parseObject(text)?.[runner.name];
  return own === undefined ? undefined : JSON.stringify(own);
}

async function runnerTool(context: CheckContext): Promise<RunnerTool | undefined> {
  const packageJson = await packageOf(context, '.');
  for (const runner of hookRunners) {
    for (const config of runner.configs) {
      const text = await configText(context, runner, config);
      if (text !== undefined) return { kind: 'runner', runner, config, text, here: names(packageJson, runner.name) };
    }
  }
  return undefined;
}

/** The tool of the graded tree. Of several, husky with tracked hooks counts first, then the one that calls loopbreaker. */
export async function hookToolOf(context: CheckContext, hooks: readonly string[]): Promise<HookTool> {
  const holds = (folder: string): boolean => hooks.some((hook) => context.tree.has(`${folder}/${hook}`));
  const install = await huskyInstall(context, '.');
  if (install !== undefined && holds('.husky')) return { kind: 'husky', folder: '.husky', install };
  const folder = [plainFolder, '.husky'].find(holds);
  const runner = await runnerTool(context);
  const scripts = await packageScripts(context);
  const isMeant = runner !== undefined && hooks.some((hook) => callsHook(runner.text, hook, scripts));
  if (runner !== undefined && (isMeant || folder === undefined)) return runner;
  if (install !== undefined && folder !== plainFolder) return { kind: 'husky', folder: '.husky', install };
  return { kind: 'folder', folder: folder ?? plainFolder };
}

/** The same in a worktree whose git looks for hooks in `directory` (absolute): tracked hooks there are the ones that count. */
export async function hookToolAt(
  context: CheckContext,
  hooks: readonly string[],
  directory: string,
): Promise<HookTool> {
  const tool = await hookToolOf(context, hooks);
  const here = path.relative(context.disk.root, directory);
  if (here.startsWith('..') || path.isAbsolute(here)) return tool;
  const holds = (folder: string): boolean => hooks.some((hook) => context.tree.has(path.posix.join(folder, hook)));
  const [, folder] = /^(.+)\/_$/.exec(here) ?? [];
  if (tool.kind === 'husky') return folder !== undefined && holds(folder) ? { ...tool, folder } : tool;
  if (folder === undefined || !holds(folder)) return holds(here) ? { kind: 'folder', folder: here } : tool;
  // The generated files may be tracked: what they lead to is the hook all the same.
  const install = (await huskyInstall(context, path.posix.dirname(folder))) ?? (await installBelow(context));
  return install === undefined ? { kind: 'folder', folder } : { kind: 'husky', folder, install };
}

/** How a package below the root installs husky for the whole repository; undefined where none does. */
async function installBelow(context: CheckContext): Promise<string | undefined> {
  for (const file of context.tree.entries.keys()) {
    if (!file.endsWith('/package.json')) continue;
    const install = await huskyInstall(context, path.posix.dirname(file));
    if (install !== undefined) return install;
  }
  return undefined;
}
