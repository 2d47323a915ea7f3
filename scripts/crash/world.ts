/** The world of one point: a remote, a user's dirty checkout with a branch to promote, and what was there before. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Strategy } from '../core/policy.ts';
import { keptAway } from '../demo/sandbox.ts';
import { sandboxFiles } from '../demo/sandbox-files.ts';
import { withoutLocalGit } from '../effects/git.ts';

export interface CrashWorld {
  readonly directory: string;
  readonly remote: string;
  readonly clone: string;
  /** State of loopbreaker in the clone. */
  readonly state: string;
  /** What the stand-ins note: commands, what was hit, which trees QA has seen. */
  readonly notes: string;
}

/** Shas that the judges need, the same in every copy of a template. */
export interface Origin {
  readonly target: string;
  readonly tip: string;
  /** Subjects of the branch's commits. */
  readonly subjects: readonly string[];
}

export const branch = 'agent/work';

/** Paths of a world in a directory. */
export function worldIn(directory: string): CrashWorld {
  const clone = path.join(directory, 'clone');
  const state = path.join(clone, '.git', 'loopbreaker');
  return { directory, clone, state, remote: path.join(directory, 'remote.git'), notes: path.join(directory, 'notes') };
}

/** The environment of every git of ours here: of no other repository, with fixed dates and no settings of the user. */
export function crashEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(withoutLocalGit(process.env)).filter(([name]) => !keptAway.test(name));
  const person = (part: string) => [`GIT_${part}_NAME`, `GIT_${part}_EMAIL`] as const;
  const names = [...person('AUTHOR'), ...person('COMMITTER')];
  return {
    ...Object.fromEntries(inherited),
    ...Object.fromEntries(names.map((name) => [name, name.endsWith('NAME') ? 'Crash' : 'crash@example.invalid'])),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    NO_COLOR: '1',
  };
}

/** Runs git and returns what it prints; throws when it fails. */
export function gitIn(directory: string, ...args: readonly string[]): string {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const options = { cwd: directory, env: crashEnvironment(), encoding: 'utf8', stdio } as const;
  return execFileSync('git', [...args], options).trimEnd();
}

/** QA that leaves proof of what it saw: each file's path and blob id, as git would name them. */
const check = `import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs';

const files = readdirSync('.', { recursive: true })
  .filter((name) => name !== '.git' && statSync(name).isFile())
  .map((name) => {
    const content = readFileSync(name);
    return [name, createHash('sha1').update('blob ' + content.length + '\\0').update(content).digest('hex')];
  })
  .sort(([a], [b]) => (a < b ? -1 : 1));
appendFileSync(process.env.CRASH_TESTED, JSON.stringify(Object.fromEntries(files)) + '\\n');
`;

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function filesOf(strategy: Strategy): Readonly<Record<string, string>> {
  const policies = ['loop', 'promote', 'breaker', 'failure-classes'].map((name) => ({ path: `policy/${name}.json` }));
  return {
    ...sandboxFiles,
    '.gitignore': 'ignored.env\n',
    'check.mjs': check,
    'runtime-manifest.json': json({
      entryPoints: [{ path: 'check.mjs', runner: ['node'], probe: 'none' }],
      policies,
      files: ['PROMPT.md'],
      hooks: [],
      runtimeDirectories: ['policy'],
    }),
    'policy/promote.json': json({
      strategy,
      prepare: [['true']],
      qa: [{ name: 'check', command: ['node', 'check.mjs'], timeoutSeconds: 60 }],
      deleteRemoteBranch: true,
    }),
    // Short back-offs: what is waited for here is never time.
    'policy/breaker.json': json({ retry: { baseSeconds: 0.02, capSeconds: 0.1 } }),
  };
}

function write(directory: string, name: string, text: string): void {
  mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
  writeFileSync(path.join(directory, name), text);
}

function commit(directory: string, name: string, text: string): string {
  write(directory, name, text);
  gitIn(directory, 'add', '--', name);
  gitIn(directory, 'commit', '--quiet', `--message=change ${name}`);
  return gitIn(directory, 'rev-parse', 'HEAD');
}

/** What a person has lying about in the checkout when the loop runs at night; none of it may change. */
function makeDesk({ clone }: CrashWorld): void {
  gitIn(clone, 'switch', '--quiet', '--create', 'desk', 'main');
  write(clone, 'check.mjs', '// put away for later\n');
  gitIn(clone, 'stash', 'push', '--quiet');
  write(clone, 'PROMPT.md', 'half a thought\n');
  write(clone, 'staged.txt', 'staged\n');
  gitIn(clone, 'add', 'staged.txt');
  write(clone, 'staged.txt', 'staged, then changed again\n');
  write(clone, 'untracked.txt', 'nobody knows me\n');
  write(clone, 'ignored.env', 'SECRET=1\n');
  gitIn(clone, 'config', 'alias.st', 'status --short');
  gitIn(clone, 'tag', 'a-tag', 'main');
  gitIn(clone, 'update-ref', 'refs/notes/mine', 'main');
  gitIn(clone, 'pack-refs', '--all');
  gitIn(clone, 'update-ref', 'refs/loose/mine', 'main');
  // A worktree of the user's whose disk is not mounted: git calls it prunable, and it is not ours to prune.
  const admin = path.join(clone, '.git', 'worktrees', 'elsewhere');
  write(admin, 'gitdir', '/nonexistent/elsewhere/.git\n');
  write(admin, 'commondir', '../..\n');
  write(admin, 'HEAD', `${gitIn(clone, 'rev-parse', 'main')}\n`);
}

/**
 * Makes the world that every point of a strategy starts from. But for ff-only the target has moved on since the branch
 * was begun, so that there is something to integrate.
 */
export function makeTemplate(directory: string, strategy: Strategy): Origin {
  const world = worldIn(directory);
  for (const folder of [world.remote, world.clone, world.notes]) mkdirSync(folder, { recursive: true });
  gitIn(world.remote, 'init', '--quiet', '--bare', '--template=', '--initial-branch=main');
  gitIn(world.remote, 'config', 'core.logAllRefUpdates', 'true');
  gitIn(world.clone, 'init', '--quiet', '--template=', '--initial-branch=main');
  gitIn(world.clone, 'config', 'gc.auto', '0');
  for (const [name, text] of Object.entries(filesOf(strategy))) write(world.clone, name, text);
  gitIn(world.clone, 'add', '--all');
  gitIn(world.clone, 'commit', '--quiet', '--message=adopt loopbreaker');
  const base = gitIn(world.clone, 'rev-parse', 'HEAD');
  gitIn(world.clone, 'switch', '--quiet', '--create', branch);
  commit(world.clone, 'work-1.txt', 'one\n');
  const tip = commit(world.clone, 'work-2.txt', 'two\n');
  gitIn(world.clone, 'switch', '--quiet', 'main');
  const target = strategy === 'ff-only' ? base : commit(world.clone, 'theirs.txt', 'theirs\n');
  gitIn(world.clone, 'push', '--quiet', '../remote.git', 'main', branch);
  // Relative, so that a copy of this world talks to its own remote; by way of the ssh that stands in for a network.
  gitIn(world.clone, 'remote', 'add', 'origin', 'server:remote.git');
  makeDesk(world);
  return { target, tip, subjects: ['change work-1.txt', 'change work-2.txt'] };
}

/** A copy of a template, to be spoiled. */
export function copyWorld(template: string, directory: string): CrashWorld {
  cpSync(template, directory, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  return worldIn(directory);
}

/** A note of the stand-ins, or null when there is none. */
export function noteOf(world: CrashWorld, name: string): string | null {
  try {
    return readFileSync(path.join(world.notes, name), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
