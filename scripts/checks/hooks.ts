/** Each hook of the manifest really fires in this worktree; what can be mended without touching a setting is offered. */
import path from 'node:path';
import type { CheckOutcome, Finding } from '../core/doctor.ts';
import { type Check, type CheckContext, type Fix, withManifest } from './check.ts';
import { type Hook, hookFinding, hookOf, huskyFolder, pointsAtHusky, type Scene } from './hook-findings.ts';
import { generatedElsewhere, hooksPlace, wiringOf } from './hook-wiring.ts';

/** husky's start-up file may switch the hooks off for every repository of this person. */
function disabledFindings({ context }: Scene): readonly Finding[] {
  const { env, disk } = context;
  const base = { code: 'hook-disabled', severity: 'error' } as const;
  const home = env.XDG_CONFIG_HOME ?? path.join(env.HOME ?? '/', '.config');
  const file = path.join(home, 'husky/init.sh');
  const text = disk.read(file)?.toString('utf8') ?? '';
  const found: Finding[] = [];
  if (env.HUSKY === '0') {
    const problem = 'HUSKY=0 is set in this environment: husky runs none of the hooks.';
    found.push({ ...base, problem, remedy: 'unset it', commands: ['unset HUSKY'], path: '.husky' });
  }
  if (/^\s*(export\s+)?HUSKY=["']?0/m.test(text)) {
    const problem = `${file} sets HUSKY=0: husky runs none of the hooks, in any repository.`;
    found.push({ ...base, problem, remedy: `take the line out of ${file}`, commands: [], path: '.husky' });
  }
  return found;
}

async function sceneOf(context: CheckContext): Promise<Scene | undefined> {
  if (context.machine === undefined) return undefined;
  const machine = await context.machine();
  return { context, machine, place: await hooksPlace(context, machine) };
}

async function look(context: CheckContext, names: readonly string[]): Promise<CheckOutcome> {
  const scene = await sceneOf(context);
  if (scene === undefined) return { findings: [], unknown: 'there is no machine to ask' };
  const found = await Promise.all(names.map((name) => hookFinding(scene, name)));
  return { findings: [...found.filter((finding) => finding !== undefined), ...disabledFindings(scene)] };
}

/** Why hooks are not asked for here; undefined where they must run. */
function skipReason({ tree, env }: CheckContext, names: readonly string[]): string | undefined {
  const ci = env.CI ?? '';
  if (tree.kind !== 'worktree') return 'hooks are installed in the work tree only';
  if (ci !== '' && ci !== 'false') return 'no hooks are needed in CI (CI is set)';
  // In the gate nobody commits: loopbreaker itself has switched husky off for its children.
  if (env.HUSKY === '0' && env.LOOPBREAKER_CHILD !== undefined) return 'loopbreaker runs this without hooks';
  return names.length === 0 ? 'the manifest names no hooks' : undefined;
}

/** Whether the file may be made executable: husky's, or the tracked one where git says that it is. */
function mayBeExecutable({ context, place }: Scene, { file, tracked }: Hook): boolean {
  const entry = context.tree.entries.get(tracked);
  const isTracked = context.disk.realPath(file) === context.disk.realPath(tracked);
  return isTracked ? entry?.mode === '100755' : place.directory === path.join(context.disk.root, huskyFolder);
}

async function fixFor(scene: Scene, name: string): Promise<Fix | undefined> {
  const { context, machine, place } = scene;
  const hook = hookOf(scene, name);
  switch (await wiringOf(context, hook.file, hook.tracked)) {
    case 'not-executable': {
      if (!mayBeExecutable(scene, hook)) return undefined;
      const apply = (): Promise<void> => Promise.resolve(machine.makeExecutable(hook.file));
      return { what: `make ${hook.shown} executable`, apply };
    }
    case 'absent':
    case 'husky-altered':
    case 'husky-old': {
      const source = pointsAtHusky(scene) ? await generatedElsewhere(context, machine, name) : undefined;
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
  const scene = await sceneOf(context);
  if (scene === undefined) return [];
  const offered = new Map<string, Fix>();
  for (const name of manifest.manifest.hooks) {
    const fix = await fixFor(scene, name);
    // One copy mends all hooks.
    if (fix !== undefined) offered.set(fix.what, fix);
  }
  return [...offered.values()];
}

/** Check `hooks`. */
export const hooks: Check = {
  id: 'hooks',
  title: 'git runs the tracked hooks in this worktree',
  asks: 'Does git, fired for each hook in this very worktree, come to the tracked file?',
  run: withManifest((context, { hooks: names }) => {
    const skipped = skipReason(context, names);
    return skipped === undefined ? look(context, names) : { findings: [], skipped };
  }),
  fixes,
};
