/** `loopbreaker hook pre-commit|pre-push`: what the one-line hooks in .husky call. Local and fast; the gate is elsewhere. */
import { type Call, type Command, runIfMain } from './command.ts';
import { type ExitCode, exitCodes, Refusal } from './core/outcome.ts';
import { openGit } from './effects/git.ts';
import { openGreen } from './effects/green.ts';
import { emptyBlobs, indexFileOf, listIndex } from './effects/index-listing.ts';
import { lintStaged } from './effects/lint-staged.ts';
import { findRepository, type Repository } from './effects/repository.ts';

const usage = `
npx loopbreaker hook pre-commit
npx loopbreaker hook pre-push < lines of "<local ref> <local sha> <remote ref> <remote sha>"

What the git hooks call. pre-commit: the doctor on the index of this very commit, then lint-staged where it is
configured, without its stash and only to check. pre-push: the doctor on every commit that is pushed; deleted refs and
commits from before the manifest was adopted are skipped, and said.

Exit codes: 0 go on, 1 refused, 75 something could not be checked (git refuses too), 2 wrong usage.

Example: echo "HEAD $(git rev-parse HEAD) refs/heads/main 0" | npx loopbreaker hook pre-push
`;

/** The doctor on the index of this commit. One that was found fit before, to the last byte, is not examined again. */
async function examineIndex(call: Call, repository: Repository): Promise<ExitCode> {
  const { directory, env } = call;
  const what = 'this commit';
  const listing = await listIndex(openGit(repository.root, env), indexFileOf(env, repository.root));
  // git lists an announced file (git add -N) as it lists an empty one, so with an empty one the listing is not enough.
  const isTelling = !emptyBlobs.some((sha) => listing.includes(sha));
  const green = isTelling ? openGreen(repository.stateDirectory, listing, new Date().toISOString().slice(0, 10)) : null;
  const known = green?.recall() ?? null;
  if (known !== null) {
    call.stderr.write(`loopbreaker: ${what}: ${known}, fit to run\n`);
    return exitCodes.ok;
  }
  const [{ openRepeatable }, { announce }] = await Promise.all([import('./diagnose.ts'), import('./hook-report.ts')]);
  const { result, onlyTheTree } = await openRepeatable({ directory, tree: 'index', env, repository, listing });
  const exitCode = await announce(call, what, result);
  if (exitCode === exitCodes.ok && onlyTheTree) green?.remember(result.population);
  return exitCode;
}

async function preCommit(call: Call): Promise<number> {
  const repository = await findRepository(openGit(call.directory, call.env), call.directory);
  const exitCode = await examineIndex(call, repository);
  if (exitCode !== exitCodes.ok) return exitCode;
  if (await lintStaged(repository.root)) return exitCodes.ok;
  call.stderr.write('loopbreaker: this commit is refused by lint-staged\n');
  call.stderr.write('  to mend it: mend what is printed above, then git add it\n');
  return exitCodes.refused;
}

export const command: Command = {
  name: 'hook',
  summary: 'what the husky hooks call',
  usage,
  positionalsMax: 1,
  options: {},
  run: (call) => {
    switch (call.positionals[0]) {
      case 'pre-commit':
        return preCommit(call);
      case 'pre-push':
        return import('./hook-push.ts').then(({ prePush }) => prePush(call));
      default: {
        const problem = `hook takes pre-commit or pre-push, not "${call.positionals[0] ?? ''}".`;
        throw new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'npx loopbreaker hook --help' });
      }
    }
  },
};

await runIfMain(import.meta.url, command);
