/** What the loop asks git, answered from memory: one branch in a straight line, one target somewhere on it. */
import type { RunGit } from '../effects/git.ts';
import type { GitQuestions } from '../effects/git-questions.ts';

export const branch = 'refs/heads/agent/work';

export interface HandGit {
  readonly commit: (what: 'work' | 'empty') => void;
  /** The target moves to a commit. */
  readonly land: (sha: string) => void;
  /** The tree of a commit, by a name: an empty commit has the tree of the one before it. */
  readonly treeOf: (sha: string) => string;
  readonly isAhead: (sha: string) => boolean;
  readonly setHelper: (helper: string) => void;
  /** The real questions, those that the loop asks answered from here. */
  readonly questions: (real: GitQuestions) => GitQuestions;
  readonly runGit: RunGit;
}

const shaOf = (place: number): string => place.toString(16).padStart(40, '0');
const placeOf = (sha: string): number => Number.parseInt(sha, 16);
const isSha = (name: string): boolean => /^[0-9a-f]{40}$/.test(name);

export function openHandGit(): HandGit {
  const trees = [0, 0];
  let target = shaOf(1);
  let helper = 'store';
  const head = () => shaOf(trees.length - 1);
  const resolve = (name: string): string => {
    if (isSha(name)) return name;
    return name === 'HEAD' || name === branch ? head() : target;
  };
  return {
    commit: (what) => {
      trees.push((trees.at(-1) ?? 0) + (what === 'work' ? 1 : 0));
    },
    land: (sha) => {
      target = sha;
    },
    treeOf: (sha) => shaOf(trees[placeOf(sha)] ?? 0),
    isAhead: (sha) => placeOf(sha) > placeOf(target),
    setHelper: (name) => {
      helper = name;
    },
    questions: (real) => ({
      ...real,
      headBranch: () => Promise.resolve(branch),
      commitOf: (name) => Promise.resolve(resolve(name)),
      isAncestor: (ancestor, descendant) => Promise.resolve(placeOf(resolve(ancestor)) <= placeOf(resolve(descendant))),
      mergeBase: (one, other) =>
        Promise.resolve(placeOf(resolve(one)) < placeOf(resolve(other)) ? resolve(one) : resolve(other)),
      dirtyPaths: () => Promise.resolve([]),
      refsUnder: () => Promise.resolve([]),
      updateRef: () => Promise.resolve(),
      remoteUrl: () => Promise.resolve('https://git.example/team/app.git'),
      remoteBranch: () => Promise.resolve(target),
    }),
    // Evidence of the way to the remote asks for the helper, and for nothing else.
    runGit: () => Promise.resolve({ exitCode: 0, signal: null, stdout: `${helper}\n`, stderr: '' }),
  };
}
