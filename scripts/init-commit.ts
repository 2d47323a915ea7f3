/** What the hook will say of the commit that init is about to print: the doctor is asked before the person is refused. */
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { CheckContext } from './checks/check.ts';
import type { DoctorResult } from './core/doctor.ts';
import { type InitNote, warning } from './core/init-facts.ts';
import { checkIds, openDiagnosis } from './diagnose.ts';
import { output } from './effects/git-output.ts';
import { optionsFor } from './effects/index-listing.ts';

/** Of more findings than these the doctor tells itself. */
const shownMax = 5;

/** Without `hooks`: what hooks are not installed refuses nothing yet, and init has said of them what there is to say. */
const asked = checkIds.filter((id) => id !== 'hooks');

function notesOf({ checks }: DoctorResult): readonly InitNote[] {
  const unknown = checks.flatMap(({ status, title, reason }) =>
    status === 'unknown'
      ? [warning(`The commit below will be refused, for "${title}" cannot be checked: ${reason}`)]
      : [],
  );
  const wrong = checks.flatMap(({ findings }) => findings.filter(({ severity }) => severity === 'error'));
  const told = wrong.map(({ problem, remedy, commands }) =>
    warning(
      `The commit below will be refused: ${problem} To mend it: ${remedy}.`,
      commands.length === 0 ? null : commands.join(' && '),
    ),
  );
  const all = [...told, ...unknown];
  const rest = `There are ${all.length - shownMax} findings more that refuse it; once its files are added:`;
  const more = all.length > shownMax ? [warning(rest, 'npx loopbreaker doctor --tree index')] : [];
  return [...all.slice(0, shownMax), ...more];
}

/**
 * What refuses a commit of these files as they are on disk, beside what is staged. They are added to a copy of the index, so that
 * the doctor looks at what the hook will look at. Throws GitFailed when git cannot add them.
 */
export async function refusalsOf(
  { git, disk }: CheckContext,
  env: NodeJS.ProcessEnv,
  files: readonly string[],
): Promise<readonly InitNote[]> {
  const directory = (await output(git, ['rev-parse', '--absolute-git-dir'])).trim();
  const index = path.join(directory, 'index');
  const copy = path.join(directory, `loopbreaker-index-${process.pid}`);
  try {
    if (existsSync(index)) copyFileSync(index, copy);
    const literal = files.map((file) => `:(top,literal)${file}`);
    if (files.length > 0) await output(git, ['add', '--force', '--', ...literal], optionsFor(copy));
    const request = { directory: disk.root, tree: 'index', env: { ...env, GIT_INDEX_FILE: copy }, only: asked };
    return notesOf(await openDiagnosis(request));
  } finally {
    for (const file of [copy, `${copy}.lock`]) rmSync(file, { force: true });
  }
}
