/** `loopbreaker init`: adopts an existing repository, or takes out again what it put in. It asks nothing. */
import { type Call, type Command, runIfMain } from './command.ts';
import type { FileEdit } from './core/init-facts.ts';
import { exitCodes } from './core/outcome.ts';
import { withContext } from './diagnose.ts';
import { diffOf } from './effects/init-files.ts';
import { gatherFacts } from './init-facts.ts';
import { inWordsOfInit, requireFinished, requireTexts, requireWritable } from './init-refusals.ts';
import { adoption, removal } from './init-work.ts';
import { type InitReport, initText } from './report/init.ts';
import { styleFor } from './report/terminal.ts';

function howOf({ before, after }: FileEdit): InitReport['files'][number]['how'] {
  if (after === null) return 'remove';
  return before === null ? 'create' : 'edit';
}

export interface InitRequest {
  /** Where it was called: the repository, or a package in it. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly dryRun?: boolean;
  readonly remove?: boolean;
}

export interface InitResult {
  readonly report: InitReport;
  /** What would be changed, as git shows it; null where it was changed. */
  readonly diff: string | null;
}

/** Adopts, removes, or with `dryRun` only tells. Throws a Refusal (75, 78) for what it cannot work with. */
export async function initialise({ directory, env, dryRun = false, remove = false }: InitRequest): Promise<InitResult> {
  const opened = withContext({ directory, tree: 'worktree', env }, async (context) => {
    if (!dryRun) await requireFinished(context);
    const facts = await gatherFacts(context, directory);
    const work = remove ? await removal(context, facts) : await adoption(env, context, facts);
    requireTexts(context.disk.root, facts, work.edits);
    if (!dryRun) requireWritable(context.disk.root, facts, work.edits);
    const rest = dryRun ? { notes: work.foretold, next: [] } : await work.perform();
    const files = work.edits.map((edit) => ({ path: edit.path, how: howOf(edit) }));
    const notes = [...work.notes, ...rest.notes];
    const asked = remove ? 'remove' : 'adopt';
    const report: InitReport = { ok: true, asked, did: work.did, dryRun, files, notes, next: rest.next };
    return { report, diff: dryRun ? await diffOf(context.git, work.edits) : null };
  });
  return await opened.catch((error: unknown) => {
    throw inWordsOfInit(error, directory);
  });
}

async function run({ directory, env, stdout, json, values }: Call): Promise<number> {
  const [dryRun, remove] = [values['dry-run'] === true, values.remove === true];
  const { report, diff } = await initialise({ directory, env, dryRun, remove });
  if (json) stdout.write(`${JSON.stringify(report)}\n`);
  else stdout.write((diff ?? '') + initText(report, styleFor(stdout, env).width));
  return exitCodes.ok;
}

const usage = `
npx loopbreaker init [--dry-run] [--remove] [--json]

Adopts an existing repository: the contract (runtime-manifest.json) of what its package scripts run, the policies, the
npm scripts, the hooks (joined to husky, lefthook or simple-git-hooks where one is in use) and the doctor in CI. It asks
nothing, keeps what a person wrote, and changes nothing when it is run again.

  --dry-run  print the changes as a diff, touch nothing
  --remove   take out what it put in; what was changed since stays, and is told

Exit codes: 0 set up, or already was · 2 wrong usage · 75 git refused · 78 no repository or work tree, no package.json,
something that cannot be read or written, a merge that is not ended, worktrees of runs that --remove would forget
Examples: npx loopbreaker init --dry-run
          npx loopbreaker init
`;

export const command: Command = {
  name: 'init',
  summary: 'adopt it in an existing repository',
  usage,
  options: { 'dry-run': { type: 'boolean' }, remove: { type: 'boolean' } },
  run,
};

runIfMain(import.meta.filename, command);
