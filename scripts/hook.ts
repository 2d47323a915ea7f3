/** `loopbreaker hook pre-commit|pre-push`: what the one-line hooks in .husky call. Local and fast; the gate is elsewhere. */
import { type Call, type Command, runIfMain } from './command.ts';
import { doctorExitCode } from './core/doctor.ts';
import { manifestPath } from './core/manifest.ts';
import { type ExitCode, exitCodes, Refusal } from './core/outcome.ts';
import { type PushedTip, pushedTips } from './core/pushed.ts';
import { openDiagnosis } from './diagnose.ts';
import { openGit, type RunGit } from './effects/git.ts';
import { lintStaged } from './effects/lint-staged.ts';
import { findRepository } from './effects/repository.ts';
import { formatDoctor, styleFor } from './report/terminal.ts';

const usage = `
loopbreaker hook pre-commit
loopbreaker hook pre-push < lines of "<local ref> <local sha> <remote ref> <remote sha>"

What the git hooks call. pre-commit: the doctor on the index of this very commit, then lint-staged where it is
configured, without its stash and only to check. pre-push: the doctor on every commit that is pushed; deleted refs and
commits from before the manifest was adopted are skipped, and said.

Exit codes: 0 go on, 1 refused, 75 something could not be checked (git refuses too), 2 wrong usage.

Example: echo "HEAD $(git rev-parse HEAD) refs/heads/main 0" | loopbreaker hook pre-push
`;

/** The doctor on one tree; says one line when it is green and everything when it is not. */
async function examine(call: Call, tree: string, what: string): Promise<ExitCode> {
  const result = await openDiagnosis({ directory: call.directory, tree, env: call.env });
  const exitCode = doctorExitCode(result);
  if (exitCode === exitCodes.ok) call.stderr.write(`loopbreaker: ${what}: ${result.population}, fit to run\n`);
  else {
    const report = formatDoctor(result, styleFor(call.stderr, call.env), { troubleOnly: true });
    call.stderr.write(`loopbreaker: ${what} is refused\n${report}`);
  }
  return exitCode;
}

async function preCommit(call: Call): Promise<number> {
  const exitCode = await examine(call, 'index', 'this commit');
  if (exitCode !== exitCodes.ok) return exitCode;
  const { root } = await findRepository(openGit(call.directory, call.env), call.directory);
  if (await lintStaged(root)) return exitCodes.ok;
  call.stderr.write('loopbreaker: this commit is refused by lint-staged\n');
  call.stderr.write('  to mend it: mend what is printed above, then git add it\n');
  return exitCodes.refused;
}

async function standardInput(call: Call): Promise<string> {
  if (call.stdin.isTTY) {
    const problem = 'hook pre-push reads the pushed refs on stdin, as git writes them.';
    throw new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'loopbreaker hook --help' });
  }
  const chunks: string[] = [];
  call.stdin.setEncoding('utf8');
  for await (const chunk of call.stdin) chunks.push(String(chunk));
  return chunks.join('');
}

/** The commit behind a pushed object, through any tag; undefined for a tag of a tree or blob, which runs nothing. */
async function commitBehind(git: RunGit, sha: string): Promise<string | undefined> {
  const asked = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${sha}^{commit}`]);
  return asked.exitCode === 0 ? asked.stdout.trim() : undefined;
}

/** What is known of a commit without a manifest: was there never one, or did a commit remove it? */
async function removal(git: RunGit, commit: string): Promise<'present' | 'never' | 'removed'> {
  const here = await git(['ls-tree', '--full-tree', '--name-only', '--end-of-options', commit, manifestPath]);
  if (here.exitCode !== 0 || here.stdout !== '') return 'present'; // What cannot be listed is for the doctor to judge.
  const log = await git(['log', '-1', '--full-history', '--format=%h', '--end-of-options', commit, '--', manifestPath]);
  return log.exitCode === 0 && log.stdout.trim() === '' ? 'never' : 'removed';
}

async function examineTip(call: Call, git: RunGit, tip: PushedTip): Promise<ExitCode> {
  const say = (text: string): void => void call.stderr.write(`loopbreaker: ${tip.localRef}: ${text}\n`);
  const commit = await commitBehind(git, tip.sha);
  if (commit === undefined) {
    say('skipped, it is no commit');
    return exitCodes.ok;
  }
  switch (await removal(git, commit)) {
    case 'never':
      say(`skipped, ${commit.slice(0, 10)} is from before ${manifestPath} was adopted`);
      return exitCodes.ok;
    case 'removed':
      say(`refused, ${commit.slice(0, 10)} has no ${manifestPath}, but commits before it have`);
      call.stderr.write(
        `  to mend it: git log -1 --full-history -- ${manifestPath} names the commit; restore it from there\n`,
      );
      return exitCodes.refused;
    case 'present':
      return await examine(call, commit, tip.localRef);
  }
}

async function prePush(call: Call): Promise<number> {
  const git = openGit(call.directory, call.env);
  const codes: ExitCode[] = [];
  const { tips, deleted } = pushedTips(await standardInput(call));
  for (const ref of deleted) call.stderr.write(`loopbreaker: ${ref}: skipped, it is deleted\n`);
  for (const tip of tips) codes.push(await examineTip(call, git, tip));
  const refused = codes.find((code) => code === exitCodes.refused);
  return refused ?? codes.find((code) => code !== exitCodes.ok) ?? exitCodes.ok;
}

export const command: Command = {
  name: 'hook',
  summary: 'what the husky hooks call',
  usage,
  options: {},
  run: (call) => {
    switch (call.positionals[0]) {
      case 'pre-commit':
        return preCommit(call);
      case 'pre-push':
        return prePush(call);
      default: {
        const problem = `hook takes pre-commit or pre-push, not "${call.positionals[0] ?? ''}".`;
        throw new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'loopbreaker hook --help' });
      }
    }
  },
};

await runIfMain(import.meta.url, command);
