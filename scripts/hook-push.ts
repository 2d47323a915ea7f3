/** The pre-push hook: the doctor on every commit that is pushed. */
import type { Call } from './command.ts';
import { manifestPath } from './core/manifest.ts';
import { type ExitCode, exitCodes, Refusal } from './core/outcome.ts';
import { type PushedTip, pushedTips } from './core/pushed.ts';
import { openDiagnosis } from './diagnose.ts';
import { forgetBypasses } from './effects/bypasses.ts';
import { openGit, type RunGit } from './effects/git.ts';
import { output } from './effects/git-output.ts';
import { findRepository, type Repository } from './effects/repository.ts';
import { announce } from './hook-report.ts';

async function examine(call: Call, repository: Repository, tree: string, what: string): Promise<ExitCode> {
  const { directory, env } = call;
  return await announce(call, what, await openDiagnosis({ directory, tree, env, repository }));
}

async function standardInput(call: Call): Promise<string> {
  if (call.stdin.isTTY) {
    const problem = 'hook pre-push reads the pushed refs on stdin, as git writes them.';
    throw new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'npx loopbreaker hook --help' });
  }
  const chunks: string[] = [];
  call.stdin.setEncoding('utf8');
  for await (const chunk of call.stdin) chunks.push(String(chunk));
  return chunks.join('');
}

/** The commit behind a pushed object, through any tag; null for a tree or a blob, which runs nothing. Throws GitFailed. */
async function commitBehind(git: RunGit, sha: string): Promise<string | null> {
  const type = await output(git, ['cat-file', '-t', `${sha}^{}`]);
  if (type.trim() !== 'commit') return null;
  return (await output(git, ['rev-parse', '--verify', '--end-of-options', `${sha}^{commit}`])).trim();
}

/** What is known of a commit without a manifest: was there never one, or did a commit remove it? */
async function removal(git: RunGit, commit: string): Promise<'present' | 'never' | 'removed'> {
  const here = await git(['ls-tree', '--full-tree', '--name-only', '--end-of-options', commit, manifestPath]);
  if (here.exitCode !== 0 || here.stdout !== '') return 'present'; // What cannot be listed is for the doctor to judge.
  const log = await git(['log', '-1', '--full-history', '--format=%h', '--end-of-options', commit, '--', manifestPath]);
  return log.exitCode === 0 && log.stdout.trim() === '' ? 'never' : 'removed';
}

async function examineTip(call: Call, repository: Repository, tip: PushedTip): Promise<ExitCode> {
  const say = (text: string): void => void call.stderr.write(`loopbreaker: ${tip.localRef}: ${text}\n`);
  const git = openGit(repository.root, call.env);
  const commit = await commitBehind(git, tip.sha);
  if (commit === null) {
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
      return await examine(call, repository, commit, tip.localRef);
  }
}

/** The exit code for the refs that git names on stdin. Throws a Refusal (2) when stdin is a terminal. */
export async function prePush(call: Call): Promise<number> {
  const repository = await findRepository(openGit(call.directory, call.env), call.directory);
  const codes: ExitCode[] = [];
  const { tips, deleted } = pushedTips(await standardInput(call));
  for (const ref of deleted) call.stderr.write(`loopbreaker: ${ref}: skipped, it is deleted\n`);
  for (const tip of tips) codes.push(await examineTip(call, repository, tip));
  const refused = codes.find((code) => code === exitCodes.refused);
  const bad = refused ?? codes.find((code) => code !== exitCodes.ok);
  if (bad === undefined && codes.length > 0) await forgetBypasses(repository, 'pre-push');
  return bad ?? exitCodes.ok;
}
