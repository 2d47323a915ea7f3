/** The first hour of a team: init, commit, push, doctor, refused and good commits, a loop with a scripted agent, a promotion. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { executeDirectly } from '../../scripts/effects/process.ts';
import type { InitReport } from '../../scripts/report/init.ts';
import { makeTeam, teamPackage } from './adopted.ts';
import { cleanEnvironment, makeBareRemote, type Repository, repositoryAt, temporaryDirectory } from './repository.ts';
import { tarball } from './tarball.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Owner {
  after(dispose: () => void): void;
}

/** What is particular about a team. */
export interface Shape {
  readonly name: string;
  readonly files?: Readonly<Record<string, string>>;
  /** What was done to the repository before, such as an installed hook tool. */
  readonly make?: (team: Repository) => void;
  /** Where the person stands, from the root; packages are installed there too. */
  readonly below?: string;
  /** The default branch. */
  readonly branch?: string;
  /** Worktrees of a bare clone instead of a clone. */
  readonly isBare?: boolean;
  readonly hasNoRemote?: boolean;
}

/** How a command ended. */
interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly output: string;
}

/** Commits a change and claims completion with the token that it was given. */
const agent = `import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
readFileSync(0);
writeFileSync('work.txt', 'done\\n');
execFileSync('git', ['add', 'work.txt']);
execFileSync('git', ['commit', '-q', '-m', 'work'], { stdio: 'inherit' });
console.log(process.env.LOOPBREAKER_COMPLETION_TOKEN);
`;

const files: Readonly<Record<string, string>> = {
  'agent.mjs': agent,
  'scripts/check.js':
    "import { existsSync } from 'node:fs';\nprocess.exitCode = existsSync('scripts/lib.js') ? 0 : 1;\n",
};

/** The scripts of a newcomer's package.json, with its other keys. */
export function newcomerPackage(keys: Readonly<Record<string, unknown>> = {}): string {
  const scripts = { start: 'node scripts/start.js', test: 'node scripts/check.js' };
  return teamPackage({ scripts, devDependencies: { loopbreaker: '*' }, ...keys });
}

/** Puts the package where the manager of a team puts it; all teams share the one that npm has packed and installed. */
function install(folder: string): void {
  const installed = path.join(tarball().installed, 'node_modules/loopbreaker');
  mkdirSync(path.join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(installed, path.join(folder, 'node_modules/loopbreaker'));
  symlinkSync('../loopbreaker/bin/loopbreaker.js', path.join(folder, 'node_modules/.bin/loopbreaker'));
  symlinkSync(path.join(root, 'node_modules/tsx'), path.join(folder, 'node_modules/tsx'));
}

async function typeIn(directory: string, command: string): Promise<Ended> {
  const person = { NAME: 'A Test', EMAIL: 'test@example.invalid' };
  const names = Object.entries(person).flatMap(([key, value]) =>
    ['AUTHOR', 'COMMITTER'].map((who) => [`GIT_${who}_${key}`, value]),
  );
  const bin = `${path.join(directory, 'node_modules/.bin')}:${process.env.PATH}`;
  const env = cleanEnvironment({ ...Object.fromEntries(names), PATH: bin });
  // npx itself is npm's, and takes half a second each time.
  const line = command.replace(/^npx loopbreaker /, 'loopbreaker ');
  const { exitCode, stdout, stderr } = await executeDirectly({ argv: ['sh', '-c', line], cwd: directory, env });
  return { exitCode, stdout, output: stdout + stderr };
}

async function passes(directory: string, command: string): Promise<string> {
  const { exitCode, output } = await typeIn(directory, command);
  assert.equal(exitCode, 0, `${command}\n${output}`);
  return output;
}

/** A commit without a file that an entry point imports is refused, and leaves the branch where it was. */
async function refusesBadCommit(directory: string, reason: RegExp): Promise<void> {
  const repository = repositoryAt(directory);
  const head = repository.git('rev-parse', 'HEAD');
  repository.git('rm', '-q', '--cached', 'scripts/lib.js');
  const { exitCode, output } = await typeIn(directory, 'git commit -q -m bad');
  assert.notEqual(exitCode, 0, output);
  assert.match(output.replace(/\s+/g, ' '), reason);
  assert.equal(repository.git('rev-parse', 'HEAD'), head);
  repository.git('reset', '-q');
}

/** The repository of a team that has installed loopbreaker, and its remote. */
function makeTeamOf(owner: Owner, shape: Shape): { readonly team: Repository; readonly remote: Repository } {
  const branch = shape.branch ?? 'main';
  const seed = makeTeam(owner, { 'package.json': newcomerPackage(), ...files, ...shape.files });
  if (branch !== 'main') seed.git('branch', '-m', branch);
  const remote = makeBareRemote(owner, shape.hasNoRemote === true ? undefined : seed);
  remote.git('symbolic-ref', 'HEAD', `refs/heads/${branch}`);
  let team = seed;
  if (shape.isBare === true) {
    const directory = temporaryDirectory(owner);
    remote.git('clone', '-q', '--bare', remote.directory, path.join(directory, 'it.git'));
    repositoryAt(path.join(directory, 'it.git')).git('worktree', 'add', '-q', path.join(directory, 'tree'), branch);
    team = repositoryAt(path.join(directory, 'tree'));
  }
  install(path.join(team.directory, shape.below ?? '.'));
  shape.make?.(team);
  return { team, remote };
}

/** The team names its own agent; what its packages are is not asked of a registry in the gate. */
function choosePolicies(team: Repository, branch: string): void {
  team.write({
    'policy/loop.json': JSON.stringify({ agent: { command: ['node', 'agent.mjs'] } }),
    'policy/promote.json': JSON.stringify({
      remote: 'origin',
      target: branch,
      qa: [{ name: 'test', command: ['node', 'scripts/check.js'] }],
    }),
  });
}

async function promotes(here: string, team: Repository, remote: Repository, branch: string): Promise<void> {
  team.git('switch', '-q', '-c', 'agent/work');
  await passes(here, 'npx loopbreaker loop --max-iterations 2');
  assert.equal(remote.git('rev-parse', branch), team.git('rev-parse', 'agent/work'));
  assert.equal(remote.git('show', `${branch}:work.txt`), 'done');
}

/** The whole journey; returns how long it took from the first command to the first promotion, in seconds. */
export async function firstHour(owner: Owner, shape: Shape): Promise<number> {
  const { team, remote } = makeTeamOf(owner, shape);
  const { directory } = team;
  const here = path.join(directory, shape.below ?? '.');
  const branch = shape.branch ?? 'main';
  const start = performance.now();
  const said = await typeIn(here, 'npx loopbreaker init --json');
  assert.equal(said.exitCode, 0, said.output);
  const report: InitReport = JSON.parse(said.stdout);
  choosePolicies(team, branch);
  const [commit = '', push = '', doctor = ''] = report.next.slice(-3);
  for (const command of report.next.slice(0, -3)) await passes(here, command);
  if (shape.hasNoRemote === true) {
    const told = report.notes.find(({ command }) => command?.startsWith('git remote add'))?.command ?? '';
    await passes(directory, told.replace('URL', remote.directory));
  }
  // Whatever the team left around, such as its agent: all of it is committed.
  await passes(here, commit);
  assert.match(await passes(directory, 'git add -A && git commit -q --allow-empty -m more'), /fit to run/);
  assert.equal(team.git('status', '--porcelain'), '');
  assert.match(await passes(directory, push), /fit to run/);
  await passes(here, doctor);
  await refusesBadCommit(directory, /scripts\/lib\.js is on disk but not in the index/);
  const linked = path.join(temporaryDirectory(owner), 'linked');
  team.git('worktree', 'add', '-q', linked);
  const has = shape.isBare === true || shape.below !== undefined;
  await refusesBadCommit(
    linked,
    has ? /loopbreaker is not installed here|scripts\/lib\.js/ : /scripts\/lib\.js is on disk/,
  );
  team.git('worktree', 'remove', '--force', linked);
  assert.match(await passes(directory, 'git commit -q --allow-empty -m good'), /fit to run/);
  await promotes(here, team, remote, branch);
  return (performance.now() - start) / 1000;
}
