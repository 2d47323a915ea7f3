/** Hooks that a runner such as lefthook gives: what its configuration calls, and whether git comes to the runner at all. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import { callsHook, isOwnHook } from '../core/hook-calls.ts';
import { shellWord } from '../core/shell-word.ts';
import { type Hook, hookText, notProved, originOf, otherWay, type Scene } from './hook-scene.ts';
import type { RunnerTool } from './hook-tool.ts';

/** How far a hook gets, as its files say. */
type Standing =
  /** The configuration does not call loopbreaker for it. */
  | 'not-called'
  /** It does, and gives it an empty stdin, so that it has nothing to check. */
  | 'not-fed'
  | 'absent'
  | 'not-executable'
  /** git runs something else. */
  | 'elsewhere'
  /** The runner's script is of another configuration. */
  | 'stale'
  /** git comes to the runner, whose configuration calls loopbreaker. */
  | 'wired';

function standingInRunner(scene: Scene, tool: RunnerTool, { name, file }: Hook): Standing {
  const { runner, text } = tool;
  if (!callsHook(text, name, scene.scripts)) return 'not-called';
  if (name === 'pre-push' && runner.feed !== undefined && !runner.feed.has.test(text)) return 'not-fed';
  const { disk } = scene.context;
  if (disk.realPath(file) === null) return 'absent';
  if (!disk.isExecutable(file)) return 'not-executable';
  if (!runner.mark.test(hookText(scene, file) ?? '')) return 'elsewhere';
  return runner.copies ? 'stale' : 'wired';
}

/** The commands that have the runner write its scripts to where git looks; empty where only a person can decide. */
function installing({ place }: Scene, { runner, here }: RunnerTool, names: readonly string[]): readonly string[] {
  const install = runner.install(names, here);
  switch (place.setting?.scope) {
    case undefined:
      return [install];
    case 'command':
      return ['unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS'];
    case 'local':
    case 'worktree':
      // With it lefthook and pre-commit refuse to install.
      return [`git config --${place.setting.scope} --unset-all core.hooksPath`, install];
    default:
      return [];
  }
}

type Said = Pick<Finding, 'code' | 'problem' | 'remedy' | 'commands'>;

function saidOf(scene: Scene, tool: RunnerTool, standing: Standing, hooks: readonly Hook[]): Said {
  const { runner, config, here } = tool;
  const names = hooks.map((hook) => hook.name);
  const shown = hooks.map((hook) => hook.shown).join(' and ');
  const origin = originOf(scene.place);
  const install = runner.install(names, here);
  const commands = installing(scene, tool, names);
  const wanted = 'install the hooks in this worktree';
  const remedy = commands.length > 0 ? wanted : `unset core.hooksPath, then ${install}`;
  switch (standing) {
    case 'not-called': {
      const problem = `${config}, from which ${runner.name} runs the hooks here, does not ${names.every(isOwnHook) ? 'call loopbreaker for' : 'name'} ${names.join(' and ')}.`;
      return {
        code: 'hook-not-called',
        problem,
        remedy: `${runner.edit(config, names)}; then ${install}`,
        commands: [],
      };
    }
    case 'not-fed': {
      const problem = `${config} calls loopbreaker for pre-push, but ${runner.name} gives it an empty stdin, so no pushed commit is checked.`;
      return { code: 'hook-not-called', problem, remedy: `in ${config}, give it ${runner.feed?.words}`, commands: [] };
    }
    case 'absent': {
      const problem = `${config} names what runs, but git looks for the hooks at ${shown}, which nobody has installed (${origin}).`;
      return { code: 'hook-not-installed', problem, remedy, commands };
    }
    case 'not-executable': {
      const problem = `git finds ${shown} but may not execute it, so it silently ignores it.`;
      const mode = hooks.map((hook) => `chmod +x ${shellWord(hook.shown)}`);
      return { code: 'hook-not-executable', problem, remedy: 'make it executable', commands: mode };
    }
    case 'elsewhere': {
      const problem = `git runs ${shown}, which leads neither to ${runner.name} nor to loopbreaker (${origin}).`;
      return { code: 'hook-elsewhere', problem, remedy, commands };
    }
    case 'stale': {
      const problem = `git runs ${shown}, which ${runner.name} made from another ${config} than this one.`;
      return { code: 'hook-stale', problem, remedy: 'install the hooks anew', commands };
    }
    case 'wired': {
      const {
        code,
        problem,
        remedy: nothing,
      } = notProved(config, `git comes to ${runner.name} by ${shown}, and ${config} calls loopbreaker`);
      return { code, problem, remedy: nothing, commands: [] };
    }
  }
}

/** What is said of the hooks of a runner: one finding for all hooks that stand alike. None is ever run. */
export async function runnerFindings(
  scene: Scene,
  tool: RunnerTool,
  names: readonly string[],
): Promise<readonly Finding[]> {
  const { place, context } = scene;
  const findings: Finding[] = [];
  const standings = new Map<Standing, readonly Hook[]>();
  for (const name of names) {
    const file = path.join(place.directory, name);
    const hook: Hook = { name, tracked: tool.config, file, shown: path.relative(context.disk.root, file) };
    const standing = standingInRunner(scene, tool, hook);
    const note = standing === 'wired' || standing === 'not-fed' ? undefined : await otherWay(scene, hook);
    if (note === undefined) standings.set(standing, [...(standings.get(standing) ?? []), hook]);
    else findings.push(note);
  }
  for (const [standing, hooks] of standings) {
    const severity = standing === 'wired' ? 'note' : 'error';
    findings.push({ ...saidOf(scene, tool, standing, hooks), severity, path: tool.config });
  }
  return findings;
}
