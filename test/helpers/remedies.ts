/** Situations whose remedy takes more than git: each is made, and what the doctor prints for it is typed. */
import { spawnSync } from 'node:child_process';
import { utimesSync } from 'node:fs';
import path from 'node:path';
import type { FindingCode } from '../../scripts/core/codes.ts';
import { openWorld } from '../../scripts/effects/world.ts';
import { makeBareRemote, type Repository, repositoryAt, temporaryDirectory } from './repository.ts';
import type { Owner } from './situations.ts';
import { inConflict } from './situations-files.ts';

export interface RemedyCase {
  readonly code: FindingCode;
  /** What tells it from another case of the same code. */
  readonly when?: string;
  /** The check that finds it. */
  readonly check: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly make?: (project: Repository, owner: Owner) => Repository | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** Where it is found and mended; the work tree when left out. */
  readonly trees?: readonly ('worktree' | 'index' | 'HEAD')[];
}

/** A worktree of ours whose run was killed: its process is gone, and its folder and record are left. */
function deadRun(project: Repository): undefined {
  const runId = 'run-0123456789ab';
  project.git('worktree', 'add', '-q', '--detach', '--lock', `loop/tmp-wt/${runId}/tree`);
  const owner = { ...openWorld().self, pid: spawnSync('true').pid };
  const sha = project.git('rev-parse', 'HEAD');
  const record = { version: 1, runId, owner, branch: 'agent/work', sha, since: '2026-01-05T00:00:00.000Z' };
  project.write({ [`loop/tmp-wt/${runId}/owner.json`]: JSON.stringify(record) });
  return undefined;
}

const halfMerged = (project: Repository) => inConflict(project, ({ write }) => write({ 'PROMPT.md': 'theirs\n' }));

/** One or more for every code that is not among the quick situations. */
export const remedyCases: readonly RemedyCase[] = [
  {
    code: 'link-missing-module',
    check: 'links',
    make: (project) => void project.remove('scripts/core/two.js'),
  },
  { code: 'operation-unfinished', when: 'it is a merge', check: 'repository', make: halfMerged },
  {
    code: 'operation-unfinished',
    when: 'it is a bisect',
    check: 'repository',
    make: (project) => void project.git('bisect', 'start'),
  },
  {
    code: 'git-lock-stale',
    check: 'repository',
    make: (project) => {
      project.write({ '.git/index.lock': '' });
      const longAgo = new Date(Date.now() - 86_400_000);
      utimesSync(path.join(project.directory, '.git/index.lock'), longAgo, longAgo);
      return undefined;
    },
  },
  {
    code: 'config-redirects-push',
    check: 'repository',
    make: (project, owner) => {
      makeBareRemote(owner, project);
      project.git('config', 'remote.origin.pushurl', 'https://example.invalid/other.git');
      return undefined;
    },
  },
  {
    code: 'config-runs-program',
    check: 'repository',
    make: (project) => void project.git('config', 'core.sshCommand', 'sh -c true'),
  },
  {
    code: 'config-bare',
    check: 'repository',
    make: (project, owner) => {
      const directory = path.join(temporaryDirectory(owner), 'linked');
      project.git('worktree', 'add', '-q', '--detach', directory);
      project.git('config', 'core.bare', 'true');
      return repositoryAt(directory);
    },
  },
  { code: 'worktree-dead', check: 'worktrees', make: deadRun },
  {
    code: 'worktree-ownerless',
    check: 'worktrees',
    make: (project) => void project.write({ 'loop/tmp-wt/run-0123456789ab/tree/x': '' }),
  },
  {
    code: 'worktree-gone',
    check: 'worktrees',
    make: (project) => {
      project.git('worktree', 'add', '-q', '--detach', '--lock', 'loop/tmp-wt/run-0123456789ab/tree');
      project.remove('loop');
      return undefined;
    },
  },
];
