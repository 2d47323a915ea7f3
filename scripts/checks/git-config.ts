/** Settings of the repository's own git configuration that run a program, or send the push of the loop elsewhere. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import {
  type GitSetting,
  isOfRepository,
  judgeSetting,
  mayBeAlias,
  parseSettings,
  placeOf,
  settingsQuestion,
  unsetCommand,
} from '../core/git-config.ts';
import type { PromotePolicy } from '../core/policy.ts';
import { withoutUrlSecrets } from '../core/secrets.ts';
import { shellWord } from '../core/shell-word.ts';
import type { Machine } from '../effects/machine.ts';
import type { CheckContext } from './check.ts';

const promotePath = 'policy/promote.json';

/** The settings that git itself would use here, in their order: the last of a key counts. */
export async function readSettings({ ownGit }: Machine): Promise<readonly GitSetting[]> {
  const asked = await ownGit(settingsQuestion);
  if (asked.exitCode !== 0) throw new Error(`git config --list failed: ${asked.stderr.trim()}`);
  return parseSettings(asked.stdout);
}

/** The command that takes a setting away: in its own file when it comes from an included one. */
function unset({ disk, commonDirectory }: CheckContext, setting: GitSetting): string {
  const { origin, scope } = setting;
  const file = origin.replace(/^file:/, '');
  const isMain = path.resolve(disk.root, file) === path.join(commonDirectory, 'config');
  const where = isMain ? '--local' : scope === 'worktree' ? '--worktree' : `--file ${shellWord(file)}`;
  return unsetCommand(where, setting);
}

function fileOf({ disk }: CheckContext, { origin }: GitSetting): string {
  const file = path.resolve(disk.root, origin.replace(/^file:/, ''));
  return path.relative(disk.root, file);
}

function programFindings(context: CheckContext, settings: readonly GitSetting[]): readonly Finding[] {
  return settings.filter(isOfRepository).flatMap((setting) => {
    const judgement = judgeSetting(setting);
    if (judgement === undefined) return [];
    const { severity, when } = judgement;
    const said = withoutUrlSecrets(`${setting.key} = ${setting.value}`);
    const problem = `${said}: git runs this ${when} (${setting.origin}). loopbreaker itself does not.`;
    const commands = severity === 'note' ? [] : [unset(context, setting)];
    return [
      {
        code: 'config-runs-program',
        severity,
        problem,
        remedy: 'unset it, if you do not know it',
        commands,
        path: fileOf(context, setting),
      },
    ];
  });
}

/** A configuration file inside the work tree belongs to whoever writes the branch. */
function includeFindings(context: CheckContext, settings: readonly GitSetting[]): readonly Finding[] {
  const { disk } = context;
  return settings
    .filter((setting) => isOfRepository(setting) && /^include(if\..*)?\.path$/.test(setting.key))
    .flatMap((setting) => {
      if (setting.value.startsWith('~')) return [];
      const from = path.dirname(path.resolve(disk.root, setting.origin.replace(/^file:/, '')));
      const inside = path.relative(disk.root, path.resolve(from, setting.value));
      if (inside.startsWith('..') || inside.startsWith('.git/') || path.isAbsolute(inside)) return [];
      const problem = `git takes settings from ${inside}, which is a file of the work tree: whoever writes the branch can make git run anything.`;
      const remedy = 'copy what you need of it into .git/config, and unset the include';
      return [
        {
          code: 'config-runs-program',
          severity: 'warning',
          problem,
          remedy,
          commands: [unset(context, setting)],
          path: inside,
        } as const,
      ];
    });
}

async function policyRemote({ tree, documents }: CheckContext): Promise<string | undefined> {
  const text = await tree.read(promotePath);
  const parsed = text === null ? undefined : documents.parse<PromotePolicy>('promote', text, promotePath);
  // A policy that is missing or broken is a finding of another check.
  return parsed?.ok === true ? parsed.value.remote : undefined;
}

async function urlOf({ ownGit }: Machine, remote: string, push: boolean): Promise<string | undefined> {
  const asked = await ownGit(['remote', 'get-url', ...(push ? ['--push'] : []), '--', remote]);
  return asked.exitCode === 0 ? asked.stdout.split('\n')[0] : undefined;
}

/** Asked of git itself, because pushurl, insteadOf and pushInsteadOf work together; the setting is then named. */
async function redirectFindings(
  context: CheckContext,
  machine: Machine,
  settings: readonly GitSetting[],
): Promise<readonly Finding[]> {
  const remote = await policyRemote(context);
  if (remote === undefined) return [];
  const written = settings.findLast(({ key }) => key === `remote.${remote}.url`);
  const [reads, pushes] = await Promise.all([urlOf(machine, remote, false), urlOf(machine, remote, true)]);
  if (written === undefined || reads === undefined || pushes === undefined) return [];
  const own = settings.filter(isOfRepository);
  const rewriting = own.find(
    ({ key, value }) =>
      /^url\..*\.(push)?insteadof$/.test(key) &&
      value !== '' &&
      [written.value, reads].some((url) => url.startsWith(value)),
  );
  const pushUrl = own.find(({ key }) => key === `remote.${remote}.pushurl`);
  // What a person rewrites for all repositories alike, such as a mirror, is the person's choice while reads and pushes agree.
  const expected = rewriting === undefined ? reads : written.value;
  if (placeOf(pushes) === placeOf(expected)) return [];
  const cause = pushUrl ?? rewriting;
  const said =
    cause === undefined ? 'a setting outside this repository' : `${withoutUrlSecrets(cause.key)} (${cause.origin})`;
  const problem = `Pushes to ${remote} go to ${withoutUrlSecrets(pushes)}, but it names ${withoutUrlSecrets(expected)}: ${said}.`;
  const isMeant = pushUrl !== undefined || cause === undefined || mayBeAlias(pushes, expected);
  const severity = isMeant ? 'warning' : 'error';
  const commands = cause === undefined ? [] : [unset(context, cause)];
  return [
    {
      code: 'config-redirects-push',
      severity,
      problem,
      remedy: 'unset it, if it was not meant so',
      commands,
      path: cause === undefined ? promotePath : fileOf(context, cause),
    },
  ];
}

/** What the configuration of the repository does that its files do not show. */
export async function configFindings(
  context: CheckContext,
  machine: Machine,
  settings: readonly GitSetting[],
): Promise<readonly Finding[]> {
  const redirects = await redirectFindings(context, machine, settings);
  return [...redirects, ...programFindings(context, settings), ...includeFindings(context, settings)];
}
