/** What every hook of this worktree is judged with, and the ways to loopbreaker that no hook file of a tool shows. */
import type { Finding } from '../core/doctor.ts';
import { type ConfigHook, configHooks } from '../core/git-config.ts';
import { callsHook, isOwnHook } from '../core/hook-calls.ts';
import { isInRange, parseRange } from '../core/version-range.ts';
import type { Machine } from '../effects/machine.ts';
import type { CheckContext } from './check.ts';
import type { HooksPlace } from './hook-wiring.ts';

export interface Scene {
  readonly context: CheckContext;
  readonly machine: Machine;
  readonly place: HooksPlace;
  /** The scripts of package.json, by which a hook may call loopbreaker. */
  readonly scripts: ReadonlyMap<string, string>;
}

/** One hook: what git would execute, and the tracked file that it should come to. */
export interface Hook {
  readonly name: string;
  /** The tracked hook, or the tracked configuration that names what runs. */
  readonly tracked: string;
  readonly file: string;
  /** The file as it is shown, relative to the root. */
  readonly shown: string;
}

/** What decides where git looks, for a message. */
export function originOf({ setting }: HooksPlace): string {
  if (setting === undefined) return 'core.hooksPath is not set';
  return `core.hooksPath = ${setting.value} (${setting.scope}, ${setting.origin})`;
}

/** The note about a hook that leads to us by the user's own commands; `what` is a sentence without its full stop. */
export function notProved(path: string, what: string): Finding {
  const problem = `${what}; whether it gets there was not tried, because that would run your own commands.`;
  return { code: 'hook-not-proved', severity: 'note', problem, remedy: 'nothing to do', commands: [], path };
}

/** The text of the file that git would execute; undefined when there is none that it may. */
export function hookText({ context: { disk } }: Scene, file: string): string | undefined {
  const real = disk.realPath(file);
  return real === null || !disk.isExecutable(file) ? undefined : disk.read(real)?.toString('utf8');
}

/** A hook in the configuration that leads to the tracked hook or to us, where git knows such (2.54 and newer). */
async function byConfiguration({ machine, place, scripts }: Scene, hook: Hook): Promise<string | undefined> {
  const isIt = ({ events, command }: ConfigHook): boolean =>
    events.includes(hook.name) &&
    (command.includes(hook.tracked) || (isOwnHook(hook.name) && callsHook(command, hook.name, scripts)));
  const configured = configHooks(place.settings).find(isIt);
  if (configured === undefined) return undefined;
  const git = await machine.toolVersion('git');
  const knows = git.kind === 'version' && isInRange(git.version, parseRange('>=2.54') ?? []) === true;
  const { name, command } = configured;
  const to = command.includes(hook.tracked) ? `names ${hook.tracked}` : 'calls loopbreaker';
  return knows ? `hook.${name}.command ${to}` : undefined;
}

/** A note when this hook reaches us by git's configuration, or by a hook file that itself calls loopbreaker. */
export async function otherWay(scene: Scene, hook: Hook): Promise<Finding | undefined> {
  const text = isOwnHook(hook.name) ? (hookText(scene, hook.file) ?? '') : '';
  const byFile = callsHook(text, hook.name, scene.scripts) ? `${hook.shown} calls loopbreaker` : undefined;
  const way = byFile ?? (await byConfiguration(scene, hook));
  return way === undefined ? undefined : notProved(hook.tracked, way);
}
