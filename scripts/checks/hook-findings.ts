/** What is wrong with one tracked hook file, and what mends it: husky's own files are fired up to the tracked hook, which is not run. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import { configHooks } from '../core/git-config.ts';
import { callsHook, hookCall, isOwnHook } from '../core/hook-calls.ts';
import { shellWord } from '../core/shell-word.ts';
import { type Hook, notProved, originOf, otherWay, type Scene } from './hook-scene.ts';
import { type HookTool, plainFolder } from './hook-tool.ts';
import { generatedElsewhere, wiringOf } from './hook-wiring.ts';
import { pathspecWord } from './pathspec-word.ts';

/** The tools whose hooks are tracked files. */
export type FolderTool = Exclude<HookTool, { readonly kind: 'runner' }>;

/** One hook by its name. */
export function hookOf({ context, place }: Scene, { folder }: FolderTool, name: string): Hook {
  const file = path.join(place.directory, name);
  return { name, tracked: path.posix.join(folder, name), file, shown: path.relative(context.disk.root, file) };
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

/** The command that installs the hooks of such a tool. */
export function installOf(tool: FolderTool): string {
  return tool.kind === 'husky' ? tool.install : `git config core.hooksPath ${shellWord(tool.folder)}`;
}

/** Whether git looks where husky writes, so that only the generated files can be wrong and no setting is. */
export function pointsAtHusky({ context, place }: Scene, tool: FolderTool): boolean {
  const generated = path.join(context.disk.root, tool.folder, '_');
  return tool.kind === 'husky' && place.setting !== undefined && place.directory === generated;
}

/** Commands that put husky's generated files in place: without a write to the shared configuration where that can be. */
async function installing(scene: Scene, tool: FolderTool, hook: Hook): Promise<readonly string[]> {
  const { context, machine } = scene;
  const source = pointsAtHusky(scene, tool) ? await generatedElsewhere(context, machine, hook.tracked) : undefined;
  return source === undefined ? [installOf(tool)] : [`cp -R ${shellWord(source)} ${shellWord(`${tool.folder}/`)}`];
}

function pointing({ place }: Scene, tool: FolderTool): readonly string[] {
  const again = installOf(tool);
  switch (place.setting?.scope) {
    case 'command':
      return ['unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS'];
    // It is stronger than what is set then.
    case 'worktree':
      return ['git config --worktree --unset-all core.hooksPath', again];
    default:
      return [again];
  }
}

/** Fires the hook; only for husky's own files, which do nothing but lead to the tracked hook. */
async function fired(scene: Scene, tool: FolderTool, hook: Hook): Promise<Finding | undefined> {
  const { context, machine, place } = scene;
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
  return said(hook, 'hook-silent', problem, 'install the hooks anew', [installOf(tool)]);
}

/** A hook that fires and never asks loopbreaker checks nothing of ours; hooks that we have no command for are the user's own. */
async function notCalled({ context, scripts }: Scene, { name, tracked }: Hook): Promise<Finding | undefined> {
  const text = isOwnHook(name) ? await context.tree.read(tracked) : null;
  if (text === null || callsHook(text, name, scripts)) return undefined;
  const problem = `git runs ${tracked}, which does not call loopbreaker: nothing of this contract is checked there.`;
  const remedy = `npx loopbreaker init joins it; by hand, let it begin with: ${hookCall(name)} || exit $?`;
  return { code: 'hook-not-called', severity: 'error', problem, remedy, commands: [], path: tracked };
}

/** What is said of one tracked hook file of the manifest; undefined when it fires and calls loopbreaker. Rejects when that could not be tried. */
export async function hookFinding(scene: Scene, tool: FolderTool, name: string): Promise<Finding | undefined> {
  const hook = hookOf(scene, tool, name);
  return (await firingFinding(scene, tool, hook)) ?? (await notCalled(scene, hook));
}

/** What is said of one tracked hook file of the manifest; undefined when it fires. Rejects when that could not be tried. */
async function firingFinding(scene: Scene, tool: FolderTool, hook: Hook): Promise<Finding | undefined> {
  const { name, tracked, shown } = hook;
  const origin = originOf(scene.place);
  const wiring = await wiringOf(scene.context, hook.file, tracked);
  switch (wiring) {
    case 'tracked': {
      // Of the two usual folders the check `tracked` says it.
      if (scene.context.tree.entries.has(tracked) || ['.husky', plainFolder].includes(tool.folder)) return undefined;
      const problem = `git runs ${shown} as the ${name} hook, which is not in git (${origin}).`;
      return said(hook, 'hook-elsewhere', problem, 'add it to git', [`git add ${pathspecWord(tracked)}`]);
    }
    case 'copy':
      return undefined;
    case 'husky':
      return await fired(scene, tool, hook);
    case 'husky-old': {
      const problem = `${path.dirname(shown)} was written by another version of husky than the installed one.`;
      const stale = said(hook, 'hook-stale', problem, 'install the hooks anew', [installOf(tool)]);
      return (await fired(scene, tool, hook)) ?? { ...stale, severity: 'warning' };
    }
    case 'names-it':
      return notProved(hook.tracked, `${shown} names ${hook.tracked}`);
    case 'absent': {
      const here = pointsAtHusky(scene, tool) || scene.place.setting === undefined;
      const problem = `git looks for the ${name} hook at ${shown}, which does not exist (${origin}).`;
      const words = 'install the hooks in this worktree';
      const missing = here
        ? said(hook, 'hook-not-installed', problem, words, await installing(scene, tool, hook))
        : said(hook, 'hook-elsewhere', problem, 'point git at the tracked hooks', pointing(scene, tool));
      return (await otherWay(scene, hook)) ?? missing;
    }
    case 'not-executable': {
      const problem = `git finds ${shown} but may not execute it, so it silently ignores the ${name} hook.`;
      return said(hook, 'hook-not-executable', problem, 'make it executable', [`chmod +x ${shellWord(shown)}`]);
    }
    case 'husky-altered': {
      const problem = `${shown}, or the file h beside it, is not as husky writes it: nothing shows that ${tracked} runs.`;
      return said(hook, 'hook-stale', problem, 'install the hooks anew', await installing(scene, tool, hook));
    }
    case 'old-copy': {
      const problem = `git runs ${shown}, a copy of an older ${tracked} (${origin}).`;
      return said(hook, 'hook-stale', problem, 'point git at the tracked hooks', pointing(scene, tool));
    }
    case 'foreign': {
      const problem = `git runs ${shown} as the ${name} hook, which does not lead to ${tracked} (${origin}).`;
      const elsewhere = said(hook, 'hook-elsewhere', problem, 'point git at the tracked hooks', pointing(scene, tool));
      return (await otherWay(scene, hook)) ?? elsewhere;
    }
  }
}
