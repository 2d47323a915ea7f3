/** What a promotion costs beyond the git commands that it cannot do without. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchRepository, benchEnvironment, withRepository } from './repositories.ts';
import { comparison, inTurn, type Timing } from './turns.ts';

type Print = (line: string) => void;

const files = 10_000;
const rounds = 9;
const bar = 1.5;

const program = fileURLToPath(new URL('../cli.ts', import.meta.url));
const policy = { prepare: [], qa: [{ name: 'trivial', command: ['true'], timeoutSeconds: 60 }] };
const person = { NAME: 'bench', EMAIL: 'bench@example.invalid' };

const env: NodeJS.ProcessEnv = {
  ...benchEnvironment,
  GIT_AUTHOR_NAME: person.NAME,
  GIT_AUTHOR_EMAIL: person.EMAIL,
  GIT_COMMITTER_NAME: person.NAME,
  GIT_COMMITTER_EMAIL: person.EMAIL,
};

/** Runs our program in the repository; `expected` is its exit code, and another one is no measurement. */
function command({ directory }: BenchRepository, expected: number, ...args: readonly string[]): void {
  const argv = ['--import', 'tsx', program, ...args];
  const ended = spawnSync(process.execPath, argv, { cwd: directory, env, encoding: 'utf8' });
  if (ended.status !== expected) throw new Error(`${args.join(' ')}: ${ended.status} ${ended.stdout}${ended.stderr}`);
}

/** Puts one more commit on the branch that is promoted; nothing is checked out for it. */
function newCommit({ git }: BenchRepository, round: number): string {
  const blob = git(['hash-object', '-w', '--stdin'], `round ${round}\n`).trim();
  git(['update-index', '--add', '--cacheinfo', `100644,${blob},source/folder-1/changed.txt`]);
  const identity = ['-c', `user.name=${person.NAME}`, '-c', `user.email=${person.EMAIL}`];
  const head = git([
    ...identity,
    'commit-tree',
    git(['write-tree']).trim(),
    '-p',
    'HEAD',
    '-m',
    `round ${round}`,
  ]).trim();
  git(['update-ref', 'HEAD', head]);
  return head;
}

/** What a careful person would type by hand. */
function bareCommands({ git, directory }: BenchRepository): void {
  const tree = path.join(directory, 'bare-tree');
  git(['fetch', '-q', 'origin', 'main']);
  git(['worktree', 'add', '-q', '--detach', tree, 'HEAD']);
  git(['push', '-q', 'origin', 'HEAD:refs/heads/main']);
  git(['worktree', 'remove', '--force', tree]);
}

function adopt(repository: BenchRepository): void {
  const { git, write, directory } = repository;
  write('policy/promote.json', JSON.stringify(policy));
  git(['add', 'policy/promote.json']);
  git(['-c', `user.name=${person.NAME}`, '-c', `user.email=${person.EMAIL}`, 'commit', '-q', '-m', 'adopt']);
  const remote = path.join(directory, '.git', 'bench-remote.git');
  git(['init', '-q', '--bare', '--initial-branch=main', remote]);
  git(['remote', 'add', 'origin', remote]);
  git(['push', '-q', 'origin', 'HEAD:refs/heads/main']);
  git(['switch', '-q', '--create', 'agent/work']);
}

/** The difference of two medians as a timing of its own: what is left of one when the other is taken away. */
function without(timing: Timing, less: Timing, name: string): Timing {
  return { name, medianMs: timing.medianMs - less.medianMs, minMs: timing.minMs - less.minMs };
}

/** Prints the comparison; true when the ratio is within its bar. */
export async function measure(print: Print): Promise<boolean> {
  let isWithin = false;
  await withRepository(files, async (repository) => {
    adopt(repository);
    let round = 0;
    const prepare = () => {
      round += 1;
      return newCommit(repository, round);
    };
    const timings = await inTurn(
      [
        { name: 'fetch, worktree add, push, worktree remove', prepare, run: () => bareCommands(repository) },
        { name: 'a run that ends at once', run: () => command(repository, 1, 'auto-promote', '--branch', 'none') },
        { name: 'auto-promote', prepare, run: () => command(repository, 0, 'auto-promote') },
      ],
      rounds,
    );
    const [bare, start, whole] = timings;
    if (bare === undefined || start === undefined || whole === undefined) return;
    const own = without(whole, start, 'auto-promote without its start');
    isWithin = own.medianMs / bare.medianMs <= bar;
    print(`${files} files: start ${start.medianMs.toFixed(1)} ms, auto-promote ${whole.medianMs.toFixed(1)} ms`);
    print(`${files} files: ${comparison(own, bare, rounds, bar)}`);
  });
  return isWithin;
}
