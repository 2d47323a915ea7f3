/** Questions about objects, each asked of git once a run: what a sha names never changes. */
import { GitFailed } from '../core/git-failed.ts';
import { catFile } from './blobs.ts';
import type { RunGit } from './git.ts';
import type { GitQuestions } from './git-questions.ts';

const isSha = (name: string): boolean => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(name);

/** Only an answer is remembered; a git that failed is asked again. */
function asked<Answer>(known: Map<string, Answer>, key: string, ask: () => Promise<Answer>): Promise<Answer> {
  const answer = known.get(key);
  if (answer !== undefined) return Promise.resolve(answer);
  return ask().then((fresh) => {
    known.set(key, fresh);
    return fresh;
  });
}

/**
 * The same questions, of which those about shas are asked once. Names are asked each time, they move; so is the proof of
 * a fast-forward, which is made anew for the push that it lets through.
 */
export function askingOnce(git: GitQuestions): GitQuestions {
  const ancestors = new Map<string, boolean>();
  const trees = new Map<string, string>();
  return {
    ...git,
    isAncestor: (ancestor, descendant) => {
      if (!isSha(ancestor) || !isSha(descendant)) return git.isAncestor(ancestor, descendant);
      return asked(ancestors, `${ancestor} ${descendant}`, () => git.isAncestor(ancestor, descendant));
    },
    treeOf: (commit) => (isSha(commit) ? asked(trees, commit, () => git.treeOf(commit)) : git.treeOf(commit)),
  };
}

/** Texts of files of a commit, by path, with two git commands; a path that is no file there is left out. */
export async function filesAt(
  git: RunGit,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const listing = await git(['ls-tree', '-z', '--full-tree', commit, '--', ...paths]);
  const { exitCode, signal, stderr, spawnError = null } = listing;
  if (exitCode !== 0) throw new GitFailed(['ls-tree', commit], { exitCode, signal, text: stderr }, spawnError);
  const blobs = listing.stdout.split('\0').flatMap((entry) => {
    const [, sha, path] = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
    return sha === undefined || path === undefined ? [] : [{ sha, path }];
  });
  const texts = await catFile(git, [...new Set(blobs.map(({ sha }) => sha))]);
  return new Map(blobs.map(({ sha, path }) => [path, texts.get(sha) ?? '']));
}
