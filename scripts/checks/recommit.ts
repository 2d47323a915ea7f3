/** What mends a commit is another commit: the work tree and the index are not what was graded. */
import type { Finding } from '../core/doctor.ts';
import type { CheckContext } from './check.ts';

/** The file that a command brings into the index or takes out of it, as the word that it is written with. */
const staged = /^git (?:add(?: -f)?|rm|checkout \S+ --|update-index --chmod=\+x) (.+)$/;

async function isHead({ git, tree }: CheckContext): Promise<boolean> {
  const names = ['HEAD', tree.name];
  const asked = names.map((name) => git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]));
  const [head, graded] = await Promise.all(asked);
  return head?.exitCode === 0 && head.stdout === graded?.stdout;
}

function withCommit(finding: Finding, onHead: boolean): Finding {
  const word = finding.commands.map((command) => staged.exec(command)?.[1]).find((one) => one !== undefined);
  if (word === undefined) return finding;
  // Commands for another branch than the one that is checked out would mend the wrong one.
  if (!onHead) return { ...finding, remedy: `${finding.remedy}, on the branch of this commit`, commands: [] };
  const isRemoval = finding.commands.some((command) => command.startsWith('git rm '));
  const message = isRemoval ? 'take out what is left behind' : 'hold what is needed';
  return { ...finding, commands: [...finding.commands, `git commit -m '${message}' -- ${word}`] };
}

/** The findings of a revision, with the commit that their commands need; those of other trees as they are. */
export async function committing(context: CheckContext, findings: readonly Finding[]): Promise<readonly Finding[]> {
  if (context.tree.kind !== 'revision' || findings.every((finding) => finding.commands.length === 0)) return findings;
  const onHead = await isHead(context);
  return findings.map((finding) => withCommit(finding, onHead));
}
