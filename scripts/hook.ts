/** `loopbreaker hook pre-commit|pre-push`: what the one-line hooks in .husky call. Local and fast; the gate is elsewhere. */
import { type Call, type Command, runIfMain, sayAtOnce } from './command.ts';
import { type ExitCode, exitCodes, Refusal } from './core/outcome.ts';
import { forgetBypasses } from './effects/bypasses.ts';
import { circumstancesNow, type Green, openGreen } from './effects/green.ts';
import { indexFileOf } from './effects/index-listing.ts';
import { lintStaged } from './effects/lint-staged.ts';
import { readPlain } from './effects/plain-index.ts';
import { likelyRepository, type Repository } from './effects/repository.ts';

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

/** What is known of the index that is being committed before anything of it is examined. */
export interface Asked {
  readonly repository: Repository;
  readonly indexFile: string | undefined;
  readonly green: Green;
  /** The population where the doctor would find it as fit as it did before. */
  readonly known: string | null;
}

/**
 * What can be told by looking: git starts its hooks in the root of the work tree, where our memory is in .git. Where the
 * index is not plain or the settings of the repository have changed, one git command compares it, and says in the same
 * breath in which repository it does. null where git has to be asked even for that.
 */
async function askAtOnce({ directory, env }: Call, circumstances: string): Promise<Asked | null> {
  const repository = likelyRepository(directory);
  if (repository === null) return null;
  const green = openGreen(repository);
  const commit = green.commit();
  if (commit === null) return null;
  const indexFile = indexFileOf(env, repository);
  const plain = readPlain(repository, indexFile, commit.length);
  const known = plain === null ? null : await green.recall(plain, circumstances);
  if (known !== null) return { repository, indexFile, green, known };
  const { stagedAtOnce } = await import('./effects/index-difference.ts');
  const staged = await stagedAtOnce(repository, env, commit, indexFile);
  if (staged === null) return null;
  return { repository, indexFile, green, known: await green.recall({ staged, plain }, circumstances) };
}

/** The doctor on the index of this commit. It is not asked where nothing changed of all that it looked at. */
async function examine(call: Call): Promise<{ readonly repository: Repository; readonly exitCode: ExitCode }> {
  const circumstances = circumstancesNow();
  const asked =
    (await askAtOnce(call, circumstances)) ?? (await (await import('./hook-examine.ts')).askGit(call, circumstances));
  const { repository, known } = asked;
  if (known === null) {
    const { examineIndex } = await import('./hook-examine.ts');
    return { repository, exitCode: await examineIndex(call, asked, circumstances) };
  }
  sayAtOnce(call, `loopbreaker: this commit: ${known}, fit to run\n`);
  return { repository, exitCode: exitCodes.ok };
}

async function preCommit(call: Call): Promise<number> {
  const { repository, exitCode } = await examine(call);
  if (exitCode !== exitCodes.ok) return exitCode;
  if (call.values['doctor-only'] === true || (await lintStaged(repository))) {
    await forgetBypasses(repository, 'pre-commit');
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
