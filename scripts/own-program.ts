/** How a command of this program is started as a child: by this Node, with what lets it read TypeScript. */
import { fileURLToPath } from 'node:url';

/** The program that the loop starts for a promotion: the file beside this one. */
export const promoteEntryPoint = fileURLToPath(new URL('./auto-promote.ts', import.meta.url));

/** The doctor, as the loop asks it. */
export const doctorEntryPoint = fileURLToPath(new URL('./doctor.ts', import.meta.url));

/**
 * Options of Node that let it run an entry point: TypeScript needs tsx, found from here and not from the work tree.
 * Found now, while it is there: by the time of a promotion the agent may have emptied node_modules.
 */
const runnerOptions = promoteEntryPoint.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];

/** The command line that runs one of our entry points. */
export function ownProgram(entryPoint: string, ...args: readonly string[]): readonly [string, ...string[]] {
  return [process.execPath, ...runnerOptions, entryPoint, ...args];
}
