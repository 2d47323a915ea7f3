/** Which remote and branch promotions land on, as git and the remote itself tell it. */
import type { InitFacts, RemoteFacts, WayToTarget } from './core/init-facts.ts';
import type { RunGit } from './effects/git.ts';

/** A remote that does not answer must not keep a person waiting. */
const askMs = 10_000;

async function lineOf(git: RunGit, args: readonly string[]): Promise<string | null> {
  const asked = await git(args);
  const line = asked.stdout.trim();
  return asked.exitCode === 0 && line !== '' ? line : null;
}

async function linesOf(git: RunGit, args: readonly string[]): Promise<readonly string[]> {
  return (await lineOf(git, args))?.split('\n') ?? [];
}

/** The default branch by the remote's own word: what was noted at the clone, else asked now; null when it does not answer. */
async function toldTarget(git: RunGit, remote: string): Promise<string | null> {
  // Not --short: beside a local branch of the same name git shortens less.
  const noted = await lineOf(git, ['symbolic-ref', '--quiet', `refs/remotes/${remote}/HEAD`]);
  if (noted !== null) return noted.slice(`refs/remotes/${remote}/`.length);
  const asked = await git(['ls-remote', '--symref', remote, 'HEAD'], { timeoutMs: askMs });
  return /^ref: refs\/heads\/(.+)\tHEAD$/m.exec(asked.stdout)?.[1] ?? null;
}

async function onlyBranch(git: RunGit, remote: string): Promise<string | null> {
  const format = '--format=%(refname:lstrip=3)';
  const branches = (await linesOf(git, ['for-each-ref', format, `refs/remotes/${remote}/`])).filter(
    (one) => one !== 'HEAD',
  );
  return branches.length === 1 ? (branches[0] ?? null) : null;
}

/** The branch to land on when no remote tells: the checked-out one, else git's own setting. */
async function guessedTarget(git: RunGit): Promise<string> {
  const current = await lineOf(git, ['symbolic-ref', '--short', '--quiet', 'HEAD']);
  return current ?? (await lineOf(git, ['config', '--get', 'init.defaultBranch'])) ?? 'main';
}

/** `origin` where there is one, else the only remote; with the branch that it calls its default one. */
export async function remoteFacts(git: RunGit): Promise<RemoteFacts> {
  const remotes = await linesOf(git, ['remote']);
  const name = remotes.includes('origin') ? 'origin' : remotes[0];
  if (name === undefined) return { name: 'origin', url: null, target: await guessedTarget(git), isSure: false };
  const url = await lineOf(git, ['remote', 'get-url', name]);
  const told = (await toldTarget(git, name)) ?? (await onlyBranch(git, name));
  return { name, url, target: told ?? (await guessedTarget(git)), isSure: told !== null };
}

/** How these files, as they were written, get to the target. Before the first commit there is nothing that could land with them. */
export async function wayToTarget(
  git: RunGit,
  { branch, remote }: Pick<InitFacts, 'branch' | 'remote'>,
  files: readonly string[],
): Promise<WayToTarget> {
  const commitOf = (ref: string) => lineOf(git, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
  const head = await commitOf('HEAD');
  if (branch === remote.target || remote.url === null || head === null) return 'here';
  const noted = await commitOf(`refs/remotes/${remote.name}/${remote.target}`);
  const own = await commitOf(`refs/heads/${remote.target}`);
  if (head === (noted ?? own)) return 'here';
  const checkedOut = own ?? noted;
  if (checkedOut === null) return 'fetched';
  const literal = files.map((file) => `:(top,literal)${file}`);
  const isSame = (await git(['diff', '--quiet', head, checkedOut, '--', ...literal])).exitCode === 0;
  return isSame ? 'carried' : 'aside';
}
