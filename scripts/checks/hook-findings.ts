/** What is wrong with one hook, and what mends it: husky's own files are fired up to the tracked hook, which is not run. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import { type ConfigHook, configHooks } from '../core/git-config.ts';
import { objectAt, parseObject } from '../core/json-value.ts';
import { shellWord } from '../core/shell-word.ts';
import { isInRange, parseRange } from '../core/version-range.ts';
import type { Machine } from '../effects/machine.ts';
import type { CheckContext } from './check.ts';
import { generatedElsewhere, type HooksPlace, wiringOf } from './hook-wiring.ts';

/** What every hook of this worktree is judged with. */
export interface Scene {
  readonly context: CheckContext;
  readonly machine: Machine;
  readonly place: HooksPlace;
}

/** One hook: what git would execute, and the tracked file that it should come to. */
export interface Hook {
  readonly name: string;
  readonly tracked: string;
  readonly file: string;
  /** The file as it is shown, relative to the root. */
  readonly shown: string;
}

/** One hook by its name. */
export function hookOf({ context, place }: Scene, name: string): Hook {
  const file = path.join(place.directory, name);
  return { name, tracked: `.husky/${name}`, file, shown: path.relative(context.disk.root, file) };
}

function originOf({ setting }: HooksPlace): string {
  if (setting === undefined) return 'core.hooksPath is not set';
  return `core.hooksPath = ${setting.value} (${setting.scope}, ${setting.origin})`;
}

function said(
  hook: Hook,
  code: Finding['code'],
  problem: string,
  remedy: string,
  commands: readonly string[],
): Finding {
  return { code, severity: 'error', problem, remedy, commands, path: hook.tracked };
}

/** How this project installs its hooks. */
async function prepare({ tree }: CheckContext): Promise<readonly string[]> {
  const packageJson = parseObject((await tree.read('package.json')) ?? '') ?? {};
  return typeof objectAt(packageJson, 'scripts').prepare === 'string' ? ['npm run prepare'] : ['npx husky'];
}

/** Where husky writes its files, which are ignored by git. */
export const huskyFolder = '.husky/_';

/** Whether git looks where husky writes, so that only the generated files can be wrong and no setting is. */
export function pointsAtHusky({ context, place }: Scene): boolean {
  return place.setting !== undefined && place.directory === path.join(context.disk.root, huskyFolder);
}

/** Commands that put husky's generated files in place: without a write to the shared configuration where that can be. */
async function installing(scene: Scene, hook: Hook): Promise<readonly string[]> {
  const { context, machine } = scene;
  const source = pointsAtHusky(scene) ? await generatedElsewhere(context, machine, hook.name) : undefined;
  return source === undefined ? await prepare(context) : [`cp -R ${shellWord(source)} .husky/`];
}

async function pointing({ context, place }: Scene): Promise<readonly string[]> {
  const again = await prepare(context);
  switch (place.setting?.scope) {
    case 'command':
      return ['unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS'];
    // It is stronger than what husky sets.
    case 'worktree':
      return ['git config --worktree --unset-all core.hooksPath', ...again];
    default:
      return again;
  }
}

/** Fires the hook; only for husky's own files, which do nothing but lead to the tracked hook. */
async function fired({ context, machine, place }: Scene, hook: Hook): Promise<Finding | undefined> {
  const { shown, tracked, name } = hook;
  if (context.disk.realPath(tracked) === null) {
    const problem = `git runs ${shown}, but ${tracked} is not on disk, so the ${name} hook silently does nothing.`;
    return said(hook, 'hook-silent', problem, 'restore it', [`git checkout -- ${shellWord(tracked)}`]);
  }
  const configured = configHooks(place.settings).map((one) => one.name);
  const shot = await machine.fireHook(name, configured);
  if (shot.reached !== null && shot.reached === context.disk.realPath(tracked)) return undefined;
  if (shot.exitCode === null)
    throw new Error(`the ${name} hook could not be fired: ${shot.output || 'it took too long'}`);
  const quoted = shot.output === '' ? '' : ` It said: ${shot.output.slice(0, 300)}`;
  const problem = `git fired ${shown}, which ended without starting ${tracked}.${quoted}`;
  return said(hook, 'hook-silent', problem, 'install the hooks anew', await prepare(context));
}

function notProved(hook: Hook, what: string): Finding {
  const problem = `${what} names ${hook.tracked}; whether it gets there was not tried, because that would run your own commands.`;
  return { ...said(hook, 'hook-not-proved', problem, 'nothing to do', []), severity: 'note' };
}

/** A hook in the configuration that runs the tracked hook stands in for the missing hook file, where git knows such. */
async function byConfiguration({ machine, place }: Scene, hook: Hook): Promise<Finding | undefined> {
  const isIt = ({ events, command }: ConfigHook): boolean =>
    events.includes(hook.name) && command.includes(hook.tracked);
  const configured = configHooks(place.settings).find(isIt);
  if (configured === undefined) return undefined;
  const git = await machine.toolVersion('git');
  const knows = git.kind === 'version' && isInRange(git.version, parseRange('>=2.54') ?? []) === true;
  return knows ? notProved(hook, `hook.${configured.name}.command`) : undefined;
}

/** The finding for one hook of the manifest; undefined when it fires. Rejects when that could not be tried. */
export async function hookFinding(scene: Scene, name: string): Promise<Finding | undefined> {
  const hook = hookOf(scene, name);
  const { tracked, shown } = hook;
  const origin = originOf(scene.place);
  const wiring = await wiringOf(scene.context, hook.file, tracked);
  switch (wiring) {
    case 'tracked':
    case 'copy':
      return undefined;
    case 'husky':
      return await fired(scene, hook);
    case 'husky-old': {
      const problem = `${path.dirname(shown)} was written by another version of husky than the installed one.`;
      const stale = said(hook, 'hook-stale', problem, 'install the hooks anew', await prepare(scene.context));
      return (await fired(scene, hook)) ?? { ...stale, severity: 'warning' };
    }
    case 'names-it':
      return notProved(hook, shown);
    case 'absent': {
      const here = pointsAtHusky(scene) || scene.place.setting === undefined;
      const problem = `git looks for the ${name} hook at ${shown}, which does not exist (${origin}).`;
      const missing = here
        ? said(hook, 'hook-not-installed', problem, 'install the hooks in this worktree', await installing(scene, hook))
        : said(hook, 'hook-elsewhere', problem, 'point git at the tracked hooks', await pointing(scene));
      return (await byConfiguration(scene, hook)) ?? missing;
    }
    case 'not-executable': {
      const problem = `git finds ${shown} but may not execute it, so it silently ignores the ${name} hook.`;
      return said(hook, 'hook-not-executable', problem, 'make it executable', [`chmod +x ${shellWord(shown)}`]);
    }
    case 'husky-altered': {
      const problem = `${shown}, or the file h beside it, is not as husky writes it: nothing shows that ${tracked} runs.`;
      return said(hook, 'hook-stale', problem, 'install the hooks anew', await installing(scene, hook));
    }
    case 'old-copy': {
      const problem = `git runs ${shown}, a copy of an older ${tracked} (${origin}).`;
      return said(hook, 'hook-stale', problem, 'point git at the tracked hooks', await pointing(scene));
    }
    case 'foreign': {
      const problem = `git runs ${shown} as the ${name} hook, which does not lead to ${tracked} (${origin}).`;
      return said(hook, 'hook-elsewhere', problem, 'point git at the tracked hooks', await pointing(scene));
    }
  }
}
