/** `loopbreaker init`: adopts an existing repository, or takes out again what it put in. It asks nothing. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { CheckContext } from './checks/check.ts';
import { type Call, type Command, runIfMain } from './command.ts';
import { type FileEdit, type InitFacts, type InitNote, note, warning } from './core/init-facts.ts';
import { planInit } from './core/init-plan.ts';
import { planRemoval, wholeFiles } from './core/init-remove.ts';
import { exitCodes } from './core/outcome.ts';
import { addCommand } from './core/package-managers.ts';
import { withContext } from './diagnose.ts';
import { applyEdits, diffOf, installHusky, trackGenerated } from './effects/init-files.ts';
import { gatherFacts } from './init-facts.ts';
import { adoptionHistory } from './init-history.ts';
import { type InitReport, initText } from './report/init.ts';
import { styleFor } from './report/terminal.ts';

/** What is to be done, and how the rest of it is done once the files are written. */
interface Work {
  readonly did: InitReport['did'];
  readonly edits: readonly FileEdit[];
  readonly notes: readonly InitNote[];
  readonly next: readonly string[];
  /** Does the rest; returns what there is to say about it. */
  readonly finish: () => Promise<readonly InitNote[]>;
}

function howOf({ before, after }: FileEdit): InitReport['files'][number]['how'] {
  if (after === null) return 'remove';
  return before === null ? 'create' : 'edit';
}

function missingProgram(context: CheckContext, { programs, manager }: InitFacts): readonly InitNote[] {
  // Where the hook file looks too: linked worktrees share the packages of the main one.
  const roots = [context.disk.root, context.commonDirectory.replace(/\/\.git$/, '')];
  if (roots.some((root) => programs.some((file) => existsSync(path.join(root, file))))) return [];
  return [
    warning('loopbreaker is not installed in this repository; without it every hook refuses.', addCommand(manager)),
  ];
}

function adoption(env: NodeJS.ProcessEnv, context: CheckContext, facts: InitFacts): Work {
  const plan = planInit(facts);
  const { husky } = plan;
  const isNew = facts.hooks.kind === 'husky' && facts.hooks.isNew;
  const finish = async (): Promise<readonly InitNote[]> => {
    if (husky?.isToRun !== true) return [];
    const said = await installHusky(context.disk.root, husky.folder, env);
    if (said !== '') return [warning(`husky did not install the hooks: ${said}.`, 'npx husky')];
    await trackGenerated(context.git, husky.folder, 'add');
    const staged = `${husky.folder}/_ was staged, although husky ignores it: tracked, it is in every worktree, so hooks run there too.`;
    const before = 'On branches from before this commit the folder is gone until your package manager installs again.';
    return [note(`${staged}${isNew ? '' : ` ${before}`}`)];
  };
  const did = plan.edits.length === 0 && husky?.isToRun !== true ? 'nothing' : 'adopted';
  return { ...plan, did, notes: [...missingProgram(context, facts), ...plan.notes], finish };
}

async function removal(context: CheckContext, facts: InitFacts): Promise<Work> {
  const files = [...wholeFiles(facts), ...facts.texts.keys()];
  const plan = planRemoval(facts, await adoptionHistory(context.git, [...new Set(files)]));
  const { hooks, areGeneratedTracked } = facts;
  const isTracked = hooks.kind === 'husky' && areGeneratedTracked;
  const finish = async (): Promise<readonly InitNote[]> => {
    if (!isTracked) return [];
    await trackGenerated(context.git, hooks.folder, 'remove');
    if (!hooks.isNew) return [note(`${hooks.folder}/_ is husky's own again: not in git, and still at work.`)];
    return [note('git still looks for hooks where husky had put them.', 'git config --unset core.hooksPath')];
  };
  const isNothing = plan.edits.length === 0 && !isTracked;
  return { ...plan, did: isNothing ? 'nothing' : 'removed', next: [], finish };
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
  return await withContext({ directory, tree: 'worktree', env }, async (context) => {
    const facts = await gatherFacts(context, directory);
    const work = remove ? await removal(context, facts) : adoption(env, context, facts);
    if (!dryRun) applyEdits(context.disk.root, work.edits);
    const more = dryRun ? [] : await work.finish();
    const files = work.edits.map((edit) => ({ path: edit.path, how: howOf(edit) }));
    const notes = [...work.notes, ...more];
    const report: InitReport = { ok: true, did: work.did, dryRun, files, notes, next: dryRun ? [] : work.next };
    return { report, diff: dryRun ? await diffOf(context.git, work.edits) : null };
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

Exit codes: 0 set up, or already was · 2 wrong usage · 75 git refused · 78 no repository, no package.json
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
