/** `loopbreaker hook install`: what a package manager runs after an install, so that git finds the hooks. */
import type { Call } from './command.ts';
import { exitCodes } from './core/outcome.ts';
import { openGit } from './effects/git.ts';
import { installHusky } from './effects/init-files.ts';
import { findRepository } from './effects/repository.ts';

/** Installs husky's files for the work tree, in a folder from its root, as husky's own command does. Returns the exit code. */
export async function installHooks({ directory, env, stderr }: Call, folder: string): Promise<number> {
  const { root } = await findRepository(openGit(directory, env), directory);
  const said = await installHusky(root, folder, env);
  if (said !== '') stderr.write(`loopbreaker: husky says: ${said}\n`);
  return exitCodes.ok;
}
