/** Whether the loop could start its agent here: it would find out hours later, when nobody is looking. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import type { LoopPolicy } from '../core/policy.ts';
import type { PolicySource } from '../core/policy-sense.ts';
import type { CheckContext } from './check.ts';
import { isCi } from './ci.ts';
import { placeAt } from './place.ts';

/** npm run puts these programs in front of PATH, and the loop is mostly started by it. */
const packagePrograms = 'node_modules/.bin';

/** Where the system looks when there is no PATH. */
const defaultPath = '/usr/bin:/bin';

/** Whether one of the folders, absolute or from the root of the work tree, holds a program of that name. */
export function holdProgram({ disk }: CheckContext, folders: readonly string[], program: string): boolean {
  return folders.some((folder) => {
    const file = path.join(folder, program);
    // Asked first: into a folder of PATH that is another user's nobody may look, and nobody starts a program there.
    if (!disk.isExecutable(file)) return false;
    const real = disk.realPath(file);
    return real !== null && disk.kindOf(real) === 'file';
  });
}

/** Whether the program would be found as it is when the loop starts it, in the root of the work tree. */
function isFound(context: CheckContext, program: string): boolean {
  const folders = [packagePrograms, ...(context.env.PATH ?? defaultPath).split(path.delimiter)];
  return holdProgram(context, program.includes('/') ? [''] : folders, program);
}

/**
 * A warning when "agent.command" names no program of this machine: a clone in which the loop never runs is fine without.
 * Asked of the work tree only, and not in CI.
 */
export function agentFindings(context: CheckContext, loop: PolicySource<LoopPolicy> | undefined): readonly Finding[] {
  const program = loop?.value.agent.command[0];
  if (loop === undefined || program === undefined) return [];
  if (context.tree.kind !== 'worktree' || isCi(context.env) || isFound(context, program)) return [];
  const where = program.includes('/') ? 'no file here that can be executed' : 'not on PATH';
  const problem = `The agent "${program}" is ${where}: npm run loop would stop at its first run.`;
  const remedy = `install it, or name another in "agent.command" of ${loop.path}; where the loop never runs it is not needed`;
  const place = placeAt(loop.path, context.documents.locate(loop.text, '/agent/command/0')?.line);
  return [{ code: 'agent-missing', severity: 'warning', problem, remedy, commands: [], ...place }];
}
