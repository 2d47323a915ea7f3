/** Each hook of the manifest really fires in this worktree; what can be mended without touching a setting is offered. */
import path from 'node:path';
import type { CheckOutcome, Finding } from '../core/doctor.ts';
import { type Check, type CheckContext, type Fix, withManifest } from './check.ts';
import { isCi } from './ci.ts';
import { hookFileFindings } from './hook-file.ts';
import { type FolderTool, hookFinding, hookOf, pointsAtHusky } from './hook-findings.ts';
import { isUnwritten, unwrittenFindings } from './hook-missing.ts';
import { runnerFindings } from './hook-runner.ts';
import type { Hook, Scene } from './hook-scene.ts';
import { type HookTool, hookToolAt, packageScripts } from './hook-tool.ts';
import { generatedElsewhere, hooksPlace, wiringOf } from './hook-wiring.ts';

/** A variable, or the start-up file of husky, may switch the hooks off for every repository of this person. */
function disabledFindings({ env, disk }: CheckContext, tool: HookTool): readonly Finding[] {
  const base = { code: 'hook-disabled', severity: 'error' } as const;
  const off = (variable: string, file: string): Finding => {
    const problem = `${variable}=${env[variable]} is set in this environment: none of the hooks is run.`;
    return { ...base, problem, remedy: 'unset it', commands: [`unset ${variable}`], path: file };
  };
  if (tool.kind === 'runner') {
    const { variable, value } = tool.runner.off ?? {};
    return variable !== undefined && value?.test(env[variable] ?? '') === true ? [off(variable, tool.config)] : [];
  }
  if (tool.kind !== 'husky') return [];
  const home = env.XDG_CONFIG_HOME ?? path.join(env.HOME ?? '/', '.config');
  const file = path.join(home, 'husky/init.sh');
  const text = disk.read(file)?.toString('utf8') ?? '';
  const found: Finding[] = env.HUSKY === '0' ? [off('HUSKY', tool.folder)] : [];
  if (/^\s*(export\s+)?HUSKY=["']?0/m.test(text)) {
    const problem = `${file} sets HUSKY=0: husky runs none of the hooks, in any repository.`;
    found.push({ ...base, problem, remedy: `take the line out of ${file}`, commands: [], path: tool.folder });
  }
  return found;
}

interface Stage {
  readonly scene: Scene;
  readonly tool: HookTool;
}

async function stageOf(context: CheckContext, names: readonly string[]): Promise<Stage | undefined> {
  if (context.machine === undefined) return undefined;
  const machine = await context.machine();
  const place = await hooksPlace(context, machine);
  const scripts = await packageScripts(context);
  return { scene: { context, machine, place, scripts }, tool: await hookToolAt(context, names, place.directory) };
}

async function folderFindings(scene: Scene, tool: FolderTool, names: readonly string[]): Promise<readonly Finding[]> {
  const unwritten = names.filter((name) => isUnwritten(scene, tool, name));
  const written = names.filter((name) => !unwritten.includes(name));
  const found = await Promise.all(written.map((name) => hookFinding(scene, tool, name)));
  return [...found.filter((finding) => finding !== undefined), ...(await unwrittenFindings(scene, tool, unwritten))];
}

async function look(context: CheckContext, names: readonly string[]): Promise<CheckOutcome> {
  const stage = await stageOf(context, names);
  if (stage === undefined) return { findings: [], unknown: 'there is no machine to ask' };
  const { scene, tool } = stage;
  const found =
    tool.kind === 'runner' ? await runnerFindings(scene, tool, names) : await folderFindings(scene, tool, names);
  const file = await hookFileFindings(scene, tool, names);
  return { findings: [...found, ...file, ...disabledFindings(context, tool)] };
}

/** Why hooks are not asked for here; undefined where they must run. */
function skipReason({ tree, env }: CheckContext, names: readonly string[]): string | undefined {
  if (tree.kind !== 'worktree') return 'hooks are installed in the work tree only';
  if (isCi(env)) return 'no hooks are needed in CI (CI is set)';
  // In the gate nobody commits: loopbreaker itself has switched husky off for its children.
  if (env.HUSKY === '0' && env.LOOPBREAKER_CHILD !== undefined) return 'loopbreaker runs this without hooks';
  return names.length === 0 ? 'the manifest names no hooks' : undefined;
}

/** Whether the file may be made executable: husky's, or the tracked one where git says that it is. */
function mayBeExecutable({ context, place }: Scene, tool: FolderTool, { file, tracked }: Hook): boolean {
  const entry = context.tree.entries.get(tracked);
  const isTracked = context.disk.realPath(file) === context.disk.realPath(tracked);
  return isTracked ? entry?.mode === '100755' : place.directory === path.join(context.disk.root, tool.folder, '_');
}

async function fixFor(scene: Scene, tool: FolderTool, name: string): Promise<Fix | undefined> {
  const { context, machine, place } = scene;
  const hook = hookOf(scene, tool, name);
  switch (await wiringOf(context, hook.file, hook.tracked)) {
    case 'not-executable': {
      if (!mayBeExecutable(scene, tool, hook)) return undefined;
      const apply = (): Promise<void> => Promise.resolve(machine.makeExecutable(hook.file));
      return { what: `make ${hook.shown} executable`, apply };
    }
    case 'absent':
    case 'husky-altered':
    case 'husky-old': {
      const source = pointsAtHusky(scene, tool) ? await generatedElsewhere(context, machine, hook.tracked) : undefined;
      if (source === undefined) return undefined;
      const apply = (): Promise<void> => Promise.resolve(machine.copyFiles(source, place.directory));
      return { what: `copy husky's generated files from ${source}`, apply };
    }
    case 'tracked':
    case 'husky':
    case 'names-it':
    case 'copy':
    case 'old-copy':
    case 'foreign':
      return undefined;
  }
}

/** No setting is written and no program of the user is run: `npm run prepare` is left to the person. */
async function fixes(context: CheckContext): Promise<readonly Fix[]> {
  const { manifest } = context;
  if (!manifest.ok || skipReason(context, manifest.manifest.hooks) !== undefined) return [];
  const stage = await stageOf(context, manifest.manifest.hooks);
  if (stage === undefined || stage.tool.kind === 'runner') return [];
  const offered = new Map<string, Fix>();
  for (const name of manifest.manifest.hooks) {
    const fix = await fixFor(stage.scene, stage.tool, name);
    // One copy mends all hooks.
    if (fix !== undefined) offered.set(fix.what, fix);
  }
  return [...offered.values()];
}

/** Check `hooks`. */
export const hooks: Check = {
  id: 'hooks',
  title: 'git runs the tracked hooks in this worktree',
  asks: 'Does git, fired for each hook in this very worktree, come to the tracked hook?',
  run: withManifest((context, { hooks: names }) => {
    const skipped = skipReason(context, names);
    return skipped === undefined ? look(context, names) : { findings: [], skipped };
  }),
  fixes,
};
