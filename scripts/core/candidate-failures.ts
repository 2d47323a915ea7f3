/** Failures for which neither the branch nor time is to blame: what this version cannot promote, and where it will not push. */
import type { FailureRule } from './classify.ts';

type CandidateRule = Pick<FailureRule, 'id' | 'class' | 'subclass' | 'problem' | 'remedy'>;

/** Each by the name the code uses. */
export const candidateRules = {
  lfs: {
    id: 'lfs-unsupported',
    class: 'config-fatal',
    subclass: 'lfs',
    problem: 'The candidate keeps files in git-lfs: their contents would not be pushed with it, nor be there for QA.',
    remedy: 'push such a branch to the target yourself; git lfs sends the contents along',
  },
  submodules: {
    id: 'submodules-unsupported',
    class: 'config-fatal',
    subclass: 'submodules',
    problem: 'The candidate has submodules, and the checkout in which QA runs would be without them.',
    remedy: 'test and push such a branch yourself; without "qa" in policy/promote.json submodules are no hindrance',
  },
  redirected: {
    id: 'push-redirected',
    class: 'config-fatal',
    subclass: 'redirected',
    problem: 'A setting of this repository sends pushes somewhere else than the remote says.',
    remedy: 'unset it: npm run doctor prints the command',
  },
  targetInstall: {
    id: 'target-install-broken',
    class: 'config-fatal',
    subclass: 'install',
    problem: 'The target itself cannot be installed: the branch changes nothing that decides what is installed.',
    remedy:
      'run the install in a clean clone of the target; correct package.json and its lockfile (or "prepare" in policy/promote.json) and push that to the target yourself',
  },
  shallow: {
    id: 'shallow-clone',
    class: 'config-fatal',
    subclass: 'shallow',
    problem: 'This clone is shallow, so whether the branch contains the target cannot be told.',
    remedy: 'git fetch --unshallow',
  },
} as const satisfies Record<string, CandidateRule>;
