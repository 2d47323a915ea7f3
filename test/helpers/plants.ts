/** Programs planted in every place from which git runs one; each leaves a mark when it ran. */
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Sandbox } from '../../scripts/demo/sandbox.ts';
import { executeDirectly } from '../../scripts/effects/process.ts';

/** What a planted program does after its mark: enough for git to go on. */
const behaviours: Readonly<Record<string, string>> = {
  filter: 'cat',
  merge: 'exit 0',
  ssh: 'while [ $# -gt 1 ]; do shift; done; exec sh -c "$1"',
  'upload-pack': 'exec git-upload-pack "$@"',
  'receive-pack': 'exec git-receive-pack "$@"',
  textconv: 'cat "$1"',
};

export interface Plants {
  /** Line for a setting of git: the program of that name, made on the way. */
  readonly program: (name: string, behaviour?: string) => string;
  /** Names of the programs that have run. */
  readonly ran: () => readonly string[];
}

/** Programs and marks lie beside the clone, where no rule about places inside the repository helps. */
export function openPlants(sandbox: Sandbox): Plants {
  const [programs, marks] = [path.join(sandbox.directory, 'planted'), path.join(sandbox.directory, 'ran')];
  for (const directory of [programs, marks]) mkdirSync(directory);
  return {
    program: (name, behaviour = '') => {
      const file = path.join(programs, name);
      writeFileSync(file, `#!/bin/sh\n: > '${path.join(marks, name)}'\n${behaviours[behaviour] ?? behaviour}\n`);
      chmodSync(file, 0o755);
      return file;
    },
    ran: () => readdirSync(marks).sort(),
  };
}

const hookNames = ['pre-push', 'post-checkout', 'reference-transaction', 'post-index-change', 'pre-auto-gc'];

function plantHooks(plants: Plants, directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const name of hookNames) {
    const file = path.join(directory, name);
    writeFileSync(file, `#!/bin/sh\nexec '${plants.program(`hook-${name}`)}'\n`);
    chmodSync(file, 0o755);
  }
}

/** Settings that name a program, by the name of that program. Values of `null` are planted by hand below. */
function settingsOf({ program }: Plants): readonly (readonly [string, string])[] {
  return [
    ['core.sshCommand', program('ssh-command', 'ssh')],
    ['core.alternateRefsCommand', program('alternate-refs')],
    ['core.pager', program('pager', 'cat')],
    ['core.askPass', program('ask-pass')],
    ['credential.helper', `!${program('credential')}`],
    ['credential.https://example.invalid.helper', program('credential-of-host')],
    ['filter.lines.smudge', program('smudge', 'filter')],
    ['filter.lines.clean', program('clean', 'filter')],
    ['filter.lines.required', 'true'],
    ['filter.stream.process', program('filter-process', 'exit 1')],
    ['merge.ours-always.driver', program('merge-driver', 'merge')],
    ['diff.text.textconv', program('textconv', 'textconv')],
    ['diff.own.command', program('diff-command')],
    ['diff.external', program('diff-external')],
    ['gpg.program', program('gpg')],
    ['log.showSignature', 'true'],
    ['remote.origin.uploadpack', program('upload-pack', 'upload-pack')],
    ['remote.origin.receivepack', program('receive-pack', 'receive-pack')],
    ['uploadpack.packObjectsHook', program('pack-objects-hook', 'exec "$@"')],
    ['hook.planted.command', program('config-hook')],
    ['hook.planted.event', 'reference-transaction'],
    ['alias.push', `!${program('alias')}`],
    ['alias.worktree', `!${program('alias')}`],
    ['submodule.recurse', 'true'],
    ['protocol.ext.allow', 'always'],
  ];
}

/** Attributes that lead files of the branch to the planted drivers. */
export const plantedAttributes = ['*.lines filter=lines', '*.stream filter=stream', '*.txt merge=ours-always', '']
  .join('\n')
  .concat('*.conv diff=text\n*.own diff=own\n');

/** Plants everything. `hooks` says where the hooks lie: in the git directory, or where core.hooksPath says. */
export async function plantEverywhere(sandbox: Sandbox, plants: Plants, hooks: 'own' | 'hooksPath'): Promise<void> {
  const git = (...args: readonly string[]) => sandbox.git('config', ...args);
  for (const [key, value] of settingsOf(plants)) await git(key, value);
  const elsewhere = path.join(sandbox.directory, 'hooks');
  plantHooks(plants, hooks === 'own' ? path.join(sandbox.clone, '.git', 'hooks') : elsewhere);
  if (hooks === 'hooksPath') await git('core.hooksPath', elsewhere);
  const included = path.join(sandbox.clone, '.git', 'more.config');
  writeFileSync(included, `[core]\n\tfsmonitor = ${plants.program('fsmonitor', 'exit 1')}\n`);
  await git('include.path', included);
  const objects = path.join(sandbox.remote, 'objects');
  writeFileSync(path.join(sandbox.clone, '.git', 'objects', 'info', 'alternates'), `${objects}\n`);
}

/** Variables of an environment that a hook, or a careless script, may leave behind. */
export function plantedEnvironment(sandbox: Sandbox, plants: Plants): Readonly<Record<string, string>> {
  const templates = path.join(sandbox.directory, 'templates');
  plantHooks(plants, path.join(templates, 'hooks'));
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.fsmonitor',
    GIT_CONFIG_VALUE_0: plants.program('fsmonitor-of-environment', 'exit 1'),
    GIT_CONFIG_PARAMETERS: `'core.fsmonitor=${plants.program('fsmonitor-of-parameters', 'exit 1')}'`,
    GIT_EXTERNAL_DIFF: plants.program('diff-of-environment'),
    GIT_PROXY_COMMAND: plants.program('proxy-of-environment'),
    GIT_PAGER: plants.program('pager-of-environment'),
    GIT_EDITOR: plants.program('editor-of-environment'),
    GIT_TEMPLATE_DIR: templates,
    GIT_TRACE: path.join(sandbox.directory, 'ran', 'trace'),
    GIT_TRACE2_EVENT: path.join(sandbox.directory, 'ran', 'trace2'),
  };
}

/** git as anybody would call it, with everything in force; how it ends is nobody's business. */
export async function gitAsItIs(
  { clone, env }: Sandbox,
  args: readonly string[],
  options: { readonly input?: string; readonly extra?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  if (!existsSync(clone)) throw new Error('the clone is gone');
  const variables = { ...env, ...options.extra };
  await executeDirectly({ argv: ['git', ...args], cwd: clone, env: variables, input: options.input });
}
