/** `loopbreaker hook pre-commit|pre-push`: what the one-line hooks in .husky call. Local and fast; the gate is elsewhere. */
import path from 'node:path';
import { type Call, type Command, runIfMain } from './command.ts';
import { type ExitCode, exitCodes, Refusal } from './core/outcome.ts';
import { forgetBypasses } from './effects/bypasses.ts';
import { openGit, type RunGit } from './effects/git.ts';
import { circumstancesNow, type Green, openGreen } from './effects/green.ts';
import { headStanding, indexFileOf, indexState, listIndex, stagedSince } from './effects/index-listing.ts';
import { lintStaged } from './effects/lint-staged.ts';
import { findRepository, type Repository } from './effects/repository.ts';

const usage = `
npx loopbreaker hook pre-commit [--doctor-only]
npx loopbreaker hook pre-push < lines of "<local ref> <local sha> <remote ref> <remote sha>"

npx loopbreaker hook install [FOLDER]

What the git hooks call. pre-commit: the doctor on the index of this very commit, then lint-staged where it is
configured, without its stash and only to check. pre-push: the doctor on every commit that is pushed; deleted refs and
commits from before the manifest was adopted are skipped, and said. install: has git find the hooks of .husky, or of
another folder that init has adopted, by husky.

  --doctor-only  without lint-staged, for a hook that runs it itself

Exit codes: 0 go on, 1 refused, 75 something could not be checked (git refuses too), 2 wrong usage.

Example: echo "HEAD $(git rev-parse HEAD) refs/heads/main 0" | npx loopbreaker hook pre-push
`;

interface Asked {
  readonly repository: Repository;
  readonly git: RunGit;
  readonly indexFile: string | undefined;
  /** A hash of all that an answer depends on besides the tree. */
  readonly circumstances: string;
  readonly green: Green;
  /** In what the index differs from the commit that `green` knows; null where that is not known. */
  readonly staged: string | null;
}

/**
 * git is asked for both at once: it starts its hooks in the root of the work tree, where our memory is in .git and the
 * index that it names is this repository's own. Where that was wrong, it is asked again. Meanwhile we look at ourselves.
 */
async function askGit({ directory, env }: Call): Promise<Asked> {
  const here = openGit(directory, env);
  const named = env.GIT_INDEX_FILE ?? '';
  const likely = named === '' ? undefined : path.resolve(directory, named);
  const likelyState = path.join(directory, '.git', 'loopbreaker');
  const guess = openGreen(directory, likelyState);
  const compare = async (git: RunGit, green: Green, index: string | undefined) => {
    const commit = green.commit();
    return commit === null ? null : await stagedSince(git, commit, index);
  };
  const answers = Promise.allSettled([findRepository(here, directory), compare(here, guess, likely)] as const);
  const circumstances = circumstancesNow();
  const [found, compared] = await answers;
  if (found.status === 'rejected') throw found.reason;
  const repository = found.value;
  const { root, stateDirectory } = repository;
  const indexFile = indexFileOf(env, repository);
  const known = { repository, indexFile, circumstances };
  const isRight = root === directory && stateDirectory === likelyState && indexFile === likely;
  if (isRight && compared.status === 'fulfilled') return { ...known, git: here, green: guess, staged: compared.value };
  const [git, green] = [openGit(root, env), openGreen(root, stateDirectory)];
  return { ...known, git, green, staged: await compare(git, green, indexFile) };
}

/** The doctor on the index of this commit. It is not asked where nothing changed of all that it looked at. */
async function examineIndex(call: Call, asked: Asked): Promise<ExitCode> {
  const { directory, env } = call;
  const { repository, git, indexFile, circumstances, green, staged } = asked;
  const what = 'this commit';
  const known = staged === null ? null : await green.recall(staged, circumstances);
  if (known !== null) {
    call.stderr.write(`loopbreaker: ${what}: ${known}, fit to run\n`);
    return exitCodes.ok;
  }
  const state = () => indexState(indexFile ?? path.join(repository.gitDirectory, 'index'));
  const before = state();
  const [listing, standing, { openRepeatable }, { announce }] = await Promise.all([
    listIndex(git, indexFile),
    headStanding(git, indexFile),
    import('./diagnose.ts'),
    import('./hook-report.ts'),
  ]);
  const isOneIndex = before === state();
  const { result, trace } = await openRepeatable({ directory, tree: 'index', env, repository, listing });
  const exitCode = await announce(call, what, result);
  // What was compared while somebody staged more may not be what was examined.
  if (exitCode === exitCodes.ok && trace !== null && standing !== null && isOneIndex) {
    green.remember({ standing, listing, population: result.population, trace }, circumstances);
  }
  return exitCode;
}

async function preCommit(call: Call): Promise<number> {
  const asked = await askGit(call);
  const exitCode = await examineIndex(call, asked);
  if (exitCode !== exitCodes.ok) return exitCode;
  if (call.values['doctor-only'] === true || (await lintStaged(asked.repository))) {
    forgetBypasses(asked.repository, 'pre-commit');
    return exitCodes.ok;
  }
  call.stderr.write('loopbreaker: this commit is refused by lint-staged\n');
  call.stderr.write('  to mend it: mend what is printed above, then git add it\n');
  return exitCodes.refused;
}

function usageRefusal(problem: string): Refusal {
  return new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'npx loopbreaker hook --help' });
}

export const command: Command = {
  name: 'hook',
  summary: 'what the husky hooks call',
  usage,
  positionalsMax: 2,
  options: { 'doctor-only': { type: 'boolean' } },
  run: (call) => {
    const [what = '', folder] = call.positionals;
    if (folder !== undefined && what !== 'install') throw usageRefusal(`${what} takes no "${folder}".`);
    switch (what) {
      case 'pre-commit':
        return preCommit(call);
      case 'install':
        return import('./hook-install.ts').then(({ installHooks }) => installHooks(call, folder ?? '.husky'));
      case 'pre-push':
        return import('./hook-push.ts').then(({ prePush }) => prePush(call));
      default:
        throw usageRefusal(`hook takes pre-commit, pre-push or install, not "${what}".`);
    }
  },
};

runIfMain(import.meta.filename, command);
