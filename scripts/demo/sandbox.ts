/** A throw-away world for the demo and the tests: a bare remote, a clone that carries loopbreaker, a scripted agent. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openGit, withoutLocalGit } from '../effects/git.ts';
import { executeDirectly, type ProcessResult } from '../effects/process.ts';
import { home, type Program, thisProgram } from '../effects/program.ts';
import { sandboxFiles, sandboxManifest } from './sandbox-files.ts';

/** One run of the scripted agent: shell lines that it runs in the repository, and whether it claims completion. */
export interface AgentTurn {
  readonly run?: readonly string[];
  readonly say?: string;
  readonly claim?: boolean;
  readonly exitCode?: number;
}

export interface Sandbox {
  readonly directory: string;
  readonly remote: string;
  readonly clone: string;
  readonly env: NodeJS.ProcessEnv;
  /** The program whose copy the clone carries. */
  readonly program: Program;
  /** The command line of the clone's own copy, to be started in the clone. */
  readonly argv: (...args: readonly string[]) => readonly [string, ...string[]];
  /** Runs git in the clone; throws when it fails. */
  readonly git: (...args: readonly string[]) => Promise<string>;
  /** Runs git in the bare remote; throws when it fails. */
  readonly remoteGit: (...args: readonly string[]) => Promise<string>;
  /** Runs a loopbreaker command of the clone's own copy, as `npm run` would. */
  readonly loopbreaker: (...args: readonly string[]) => Promise<ProcessResult>;
  /** What the agent does at its next runs, one turn a run; with none left it does nothing. */
  readonly plan: (turns: readonly AgentTurn[]) => void;
  /** The prompts that the agent was given so far. */
  readonly prompts: () => readonly string[];
  readonly write: (name: string, text: string) => void;
  readonly dispose: () => void;
}

/**
 * What a sandbox is not told: another run, npm's own, and certificates. It talks to no server, and each Node that starts
 * would read them first, which takes longer than all else of its start.
 */
export const keptAway = /^(LOOPBREAKER_|npm_|NODE_EXTRA_CA_CERTS$)/;

/** The environment of a sandbox: of no other repository or run, with an identity, without the user's git settings. */
function sandboxEnvironment(directory: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(withoutLocalGit(process.env)).filter(([name]) => !keptAway.test(name));
  const person = { NAME: 'Sandbox', EMAIL: 'sandbox@example.invalid' };
  return {
    ...Object.fromEntries(inherited),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: person.NAME,
    GIT_AUTHOR_EMAIL: person.EMAIL,
    GIT_COMMITTER_NAME: person.NAME,
    GIT_COMMITTER_EMAIL: person.EMAIL,
    SANDBOX: directory,
    NO_COLOR: '1',
  };
}

/** The node_modules that our own program uses, wherever it was installed. Throws when there is none. */
function nodeModules(): string {
  const folders = createRequire(path.join(home, 'package.json')).resolve.paths('oxc-parser') ?? [];
  const found = folders.find((folder) => existsSync(path.join(folder, 'oxc-parser')));
  if (found === undefined) throw new Error(`no node_modules of ${home} holds oxc-parser`);
  return found;
}

function fill(clone: string, program: Program, changes: Readonly<Record<string, string>>): void {
  for (const folder of program.folders) {
    cpSync(path.join(program.home, folder), path.join(clone, folder), { recursive: true });
  }
  const files = { ...sandboxFiles, 'runtime-manifest.json': sandboxManifest(program), ...changes };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(clone, name)), { recursive: true });
    writeFileSync(path.join(clone, name), text);
  }
  symlinkSync(nodeModules(), path.join(clone, 'node_modules'));
}

function doorTo(directory: string, env: NodeJS.ProcessEnv) {
  const git = openGit(directory, env);
  return async (...args: readonly string[]): Promise<string> => {
    const end = await git(args);
    if (end.exitCode === 0) return end.stdout.trimEnd();
    throw new Error(`git ${args.join(' ')} failed in ${directory}: ${end.stderr}`);
  };
}

/** A sandbox is gone in a minute: to make its copy of the program small would cost more than all else that makes it. */
export const quickly = ['-c', 'core.compression=0', '-c', 'pack.window=0'] as const;

/** The sandbox in a directory where one was made, or where a copy of one was put. */
export function sandboxIn(directory: string, program: Program): Sandbox {
  const [remote, clone] = [path.join(directory, 'remote.git'), path.join(directory, 'clone')];
  const env = sandboxEnvironment(directory);
  const argv: Sandbox['argv'] = (...args) => [
    process.execPath,
    ...program.runnerOptions,
    program.commandFile('cli'),
    ...args,
  ];
  return {
    directory,
    remote,
    clone,
    env,
    git: doorTo(clone, env),
    remoteGit: doorTo(remote, env),
    program,
    argv,
    loopbreaker: (...args) => executeDirectly({ argv: argv(...args), cwd: clone, env }),
    plan: (turns) => writeFileSync(path.join(directory, 'plan.json'), JSON.stringify(turns)),
    prompts: () => readPrompts(path.join(directory, 'prompts.jsonl')),
    write: (name, text) => writeFileSync(path.join(clone, name), text),
    dispose: () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** A new directory for a sandbox, with empty folders for its repositories. */
export function sandboxDirectory(): string {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'loopbreaker-sandbox-')));
  for (const repository of ['remote.git', 'clone']) mkdirSync(path.join(directory, repository));
  return directory;
}

/**
 * Makes a sandbox whose remote's main holds an adopted repository, and whose clone is on branch agent/work and carries a
 * copy of the program. `changes` replace files of the repository.
 */
export async function makeSandbox(
  changes: Readonly<Record<string, string>> = {},
  program = thisProgram,
): Promise<Sandbox> {
  const sandbox = sandboxIn(sandboxDirectory(), program);
  const { remote, clone, git } = sandbox;
  await sandbox.remoteGit('init', '--quiet', '--bare', '--initial-branch=main');
  await git('init', '--quiet', '--initial-branch=main');
  fill(clone, program, changes);
  await git(...quickly, 'add', '--all');
  await git('commit', '--quiet', '--message=adopt loopbreaker');
  await git('remote', 'add', 'origin', remote);
  await git(...quickly, 'push', '--quiet', '--set-upstream', 'origin', 'main');
  await git('switch', '--quiet', '--create', 'agent/work');
  sandbox.plan([]);
  return sandbox;
}

function readPrompts(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => String(JSON.parse(line)));
}
