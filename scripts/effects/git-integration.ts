/**
 * What strategies other than ff-only ask git: merges and commits made of objects alone. No checkout is needed and no
 * identity: every byte comes from commits that are there, so a re-run makes the same sha (fact 10).
 */
import { sourceTrailer } from '../core/trailer.ts';
import type { RunGit } from './git.ts';
import { failed, output, outputUnless } from './git-output.ts';

export interface Person {
  readonly name: string;
  readonly email: string;
  /** Seconds since 1970 and a zone, as git writes it. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

export type MergedTrees =
  | { readonly clean: true; readonly tree: string }
  | { readonly clean: false; readonly conflicts: readonly string[] };

export interface IntegrationQuestions {
  readonly commit: (sha: string) => Promise<Commit>;
  /** Commits that `heads` reach and `known` do not, parents first; at most `max` + 1 of them. */
  readonly commitsOf: (head: string, known: readonly string[], max: number) => Promise<readonly Commit[]>;
  /** Commits of a range that name the head they came from, with that head's sha, newest first. */
  readonly sourcesIn: (
    from: string,
    to: string,
  ) => Promise<readonly { readonly commit: string; readonly source: string }[]>;
  /** The commits of `head` that the target lacks, and of those the ones whose patch it has under another sha. */
  readonly patches: (
    target: string,
    head: string,
  ) => Promise<{ readonly landed: readonly string[]; readonly open: readonly string[] }>;
  /** Merges two commits. Attributes are those of the files in `directory`, never those of the user's checkout. */
  readonly mergeTrees: (ours: string, theirs: string, directory: string) => Promise<MergedTrees>;
  readonly writeCommit: (commit: Omit<Commit, 'sha'>) => Promise<string>;
  /** Whether the repository's settings demand that commits are signed. */
  readonly demandsSignature: () => Promise<boolean>;
}

const fields = ['%H', '%T', '%P', '%an', '%ae', '%ad', '%cn', '%ce', '%cd', '%B', ''].join('%x00');
const fieldCount = 10;
const quietLog = ['--no-commit-header', '--date=raw', '--encoding=UTF-8'];

/** git refuses an empty name; a commit that has none is still somebody's. */
const named = (name: string): string => (name.trim() === '' ? 'unknown' : name);

function parseCommits(text: string): readonly Commit[] {
  const parts = text.split('\0');
  const commits: Commit[] = [];
  for (let at = 0; at + fieldCount <= parts.length; at += fieldCount) {
    const [sha = '', tree = '', parents = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = '', message = ''] =
      parts.slice(at, at + fieldCount);
    commits.push({
      sha: sha.trim(),
      tree,
      parents: parents.split(' ').filter((parent) => parent !== ''),
      author: { name: named(an), email: ae, date: ad },
      committer: { name: named(cn), email: ce, date: cd },
      message,
    });
  }
  return commits;
}

function signedAs(commit: Omit<Commit, 'sha'>): Readonly<Record<string, string>> {
  const { author, committer } = commit;
  return {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: author.date,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: committer.date,
  };
}

/** The questions, asked through one door of the repository whose common git directory is given. */
export function integrationQuestionsOf(run: RunGit, gitDirectory: string): IntegrationQuestions {
  /**
   * The newest ancestors of `head` that the others contain too. Where a walk is to end is told to git by these: from a
   * target that is commits ahead, one whose clock went wrong makes git list commits that both contain.
   */
  async function sharedBy(head: string, others: readonly string[]): Promise<readonly string[]> {
    const found = others.length === 0 ? null : await outputUnless(run, 1, ['merge-base', '--all', head, ...others]);
    return found === null ? [] : found.trim().split('\n');
  }

  async function commitsOf(head: string, known: readonly string[], max: number): Promise<readonly Commit[]> {
    const range = [head, ...(await sharedBy(head, known)).map((sha) => `^${sha}`)];
    const order = ['--reverse', '--topo-order', `--max-count=${max + 1}`];
    return parseCommits(await output(run, ['rev-list', ...quietLog, ...order, `--format=${fields}`, ...range]));
  }
  return {
    commitsOf,
    commit: async (sha) => {
      const [commit] = parseCommits(
        await output(run, ['rev-list', ...quietLog, '--max-count=1', `--format=${fields}`, sha]),
      );
      if (commit === undefined) throw new Error(`git told nothing of commit ${sha}`);
      return commit;
    },
    sourcesIn: async (from, to) => {
      const format = `--format=%H %(trailers:key=${sourceTrailer},valueonly,separator=%x20)`;
      const only = ['--fixed-strings', `--grep=${sourceTrailer}: `];
      const text = await output(run, ['rev-list', ...quietLog, ...only, format, to, `^${from}`]);
      return text.split('\n').flatMap((line) => {
        const [commit = '', ...sources] = line.split(' ').filter((word) => word !== '');
        return sources.map((source) => ({ commit, source }));
      });
    },
    patches: async (target, head) => {
      const [shared] = await sharedBy(head, [target]);
      const args = ['cherry', target, head, ...(shared === undefined ? [] : [shared])];
      const lines = (await output(run, args)).split('\n').filter((line) => line !== '');
      const marked = (mark: string) => lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(2));
      return { landed: marked('- '), open: marked('+ ') };
    },
    mergeTrees: async (ours, theirs, directory) => {
      const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, theirs];
      const env = { GIT_DIR: gitDirectory, GIT_WORK_TREE: directory };
      const end = await run(['-c', 'core.attributesFile=/dev/null', ...args], { cwd: directory, env });
      const [tree = '', ...conflicts] = end.stdout.split('\0').filter((part) => part !== '');
      if (end.exitCode === 0) return { clean: true, tree };
      if (end.exitCode === 1) return { clean: false, conflicts };
      throw failed(args, end);
    },
    writeCommit: async (commit) => {
      const parents = commit.parents.flatMap((parent) => ['-p', parent]);
      const args = ['-c', 'i18n.commitEncoding=UTF-8', 'commit-tree', commit.tree, ...parents, '-F', '-'];
      return (await output(run, args, { input: commit.message, env: signedAs(commit) })).trim();
    },
    demandsSignature: async () =>
      (await outputUnless(run, 1, ['config', '--type=bool', '--get', 'commit.gpgSign']))?.trim() === 'true',
  };
}
