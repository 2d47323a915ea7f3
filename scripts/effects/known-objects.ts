/** Questions about objects, each asked of git once a run: what a sha names never changes. */
import { catFile } from './blobs.ts';
import type { RunGit } from './git.ts';
import type { IntegrationQuestions } from './git-integration.ts';
import { output } from './git-output.ts';
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

/** The same for what is asked of histories. */
export function integrationAskingOnce(integration: IntegrationQuestions): IntegrationQuestions {
  const sources = new Map<string, Awaited<ReturnType<IntegrationQuestions['sourcesIn']>>>();
  const patches = new Map<string, Awaited<ReturnType<IntegrationQuestions['patches']>>>();
  return {
    ...integration,
    sourcesIn: (from, to) => asked(sources, `${from} ${to}`, () => integration.sourcesIn(from, to)),
    patches: (target, head) => asked(patches, `${target} ${head}`, () => integration.patches(target, head)),
  };
}

/** Texts of files of a commit, by path, with two git commands; a path that is no file there is left out. */
export async function filesAt(
  git: RunGit,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (paths.length === 0) return new Map();
  const listing = await output(git, ['ls-tree', '-z', '--full-tree', commit, '--', ...paths]);
  const blobs = listing.split('\0').flatMap((entry) => {
    const [, sha, path] = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
    return sha === undefined || path === undefined ? [] : [{ sha, path }];
  });
  const texts = await catFile(git, [...new Set(blobs.map(({ sha }) => sha))]);
  return new Map(blobs.map(({ sha, path }) => [path, texts.get(sha) ?? '']));
}
