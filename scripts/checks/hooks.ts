/** Each hook of the manifest is what git will run in this worktree: not what is configured somewhere, but what is there. */
import path from 'node:path';
import type { CheckOutcome, Finding } from '../core/doctor.ts';
import { type Check, type CheckContext, withManifest } from './check.ts';
import { shellWord } from './shell-word.ts';

const prepare = ['npm run prepare'];

interface HooksSetting {
  /** Absolute; where git of this worktree looks for hooks. */
  readonly directory: string;
  /** `core.hooksPath = x (local, file:.git/config)`, or that nothing is set. */
  readonly origin: string;
  readonly isSet: boolean;
}

/**
 * What `git rev-parse --git-path hooks` would say. The door to git runs without hooks, so the setting is read instead:
 * the last one that does not come from the door's own command line decides, relative to the root of this worktree.
 */
async function hooksSetting({ git, disk, commonDirectory }: CheckContext): Promise<HooksSetting> {
  const asked = await git([
    'config',
    '--show-scope',
    '--show-origin',
    '--type=path',
    '-z',
    '--get-all',
    'core.hooksPath',
  ]);
  if (asked.exitCode !== 0) throw new Error(`git config failed: ${asked.stderr.trim()}`);
  const fields = asked.stdout.split('\0');
  let setting: HooksSetting = {
    directory: path.join(commonDirectory, 'hooks'),
    origin: 'core.hooksPath is not set',
    isSet: false,
  };
  for (let index = 0; index + 2 < fields.length; index += 3) {
    const [scope, origin, value] = fields.slice(index, index + 3);
    if (scope === 'command' || value === undefined) continue;
    const text = `core.hooksPath = ${value} (${scope}, ${origin})`;
    setting = { directory: path.resolve(disk.root, value), origin: text, isSet: true };
  }
  return setting;
}

function failed(
  code: Finding['code'],
  problem: string,
  remedy: string,
  commands: readonly string[],
  file: string,
): Finding {
  return { code, severity: 'error', problem, remedy, commands, path: file };
}

/** Whether a hook file ends in the tracked one: it is that file, it is husky's wrapper beside it, or it names it. */
function leadsTo({ disk }: CheckContext, hookFile: string, tracked: string): boolean {
  const real = disk.realPath(hookFile);
  const wanted = disk.realPath(tracked);
  if (wanted === null || real === null) return false;
  if (real === wanted) return true;
  const text = disk.read(real)?.toString('utf8') ?? '';
  if (text.includes(tracked)) return true;
  // husky 9: `.husky/_/<name>` sources `h` beside it, which runs `../<name>`.
  const isWrapper =
    /\bdirname\b[^\n]*\/h"?\s*$/m.test(text) && disk.kindOf(path.join(path.dirname(real), 'h')) === 'file';
  const beside = path.join(path.dirname(path.dirname(real)), path.basename(real));
  return isWrapper && disk.realPath(beside) === wanted;
}

function hookFinding(context: CheckContext, setting: HooksSetting, name: string): Finding | undefined {
  const { disk } = context;
  const tracked = `.husky/${name}`;
  const file = path.join(setting.directory, name);
  const shown = path.relative(disk.root, file);
  const husky = path.join(disk.root, '.husky/_');
  if (disk.realPath(file) === null) {
    const here = setting.directory === husky || !setting.isSet;
    const code = here ? 'hook-not-installed' : 'hook-elsewhere';
    const problem = `git looks for the ${name} hook at ${shown}, which does not exist (${setting.origin}).`;
    return failed(code, problem, 'install the hooks in this worktree', prepare, tracked);
  }
  if (!disk.isExecutable(file)) {
    const problem = `git finds ${shown} but may not execute it, so it silently ignores the ${name} hook.`;
    return failed('hook-not-executable', problem, 'install the hooks again', [`chmod +x ${shellWord(shown)}`], tracked);
  }
  if (leadsTo(context, file, tracked)) return undefined;
  const problem = `git runs ${shown} as the ${name} hook, which does not lead to ${tracked} (${setting.origin}).`;
  return failed('hook-elsewhere', problem, 'point git at the tracked hooks', prepare, tracked);
}

async function look(context: CheckContext, hooks: readonly string[]): Promise<CheckOutcome> {
  const setting = await hooksSetting(context);
  const found = hooks.map((name) => hookFinding(context, setting, name)).filter((finding) => finding !== undefined);
  if (context.env.HUSKY !== '0') return { findings: found };
  const problem = 'HUSKY=0 is set in this environment: husky runs none of the hooks.';
  return { findings: [...found, failed('hook-disabled', problem, 'unset it', ['unset HUSKY'], '.husky')] };
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

/** Check `hooks`. */
export const hooks: Check = {
  id: 'hooks',
  title: 'git runs the tracked hooks in this worktree',
  asks: 'Is the file that git will run for each hook there, executable, and does it lead to the tracked one?',
  run: withManifest((context, { hooks: names }) => {
    const skipped = skipReason(context, names);
    return skipped === undefined ? look(context, names) : { findings: [], skipped };
  }),
};
