/** How a command of this program is started as a child: by this Node, with what lets it read TypeScript. */
import path from 'node:path';
import { thisProgram } from './effects/program.ts';

const { home, commandFile, runnerOptions } = thisProgram;

/** The program that the loop starts for a promotion, absolute. */
export const promoteEntryPoint: string = path.join(home, commandFile('auto-promote'));

/** The doctor, as the loop asks it, absolute. */
export const doctorEntryPoint: string = path.join(home, commandFile('doctor'));

/**
 * Options of Node that let it run an entry point: TypeScript needs tsx, found from here and not from the work tree.
 * Found now, while it is there: by the time of a promotion the agent may have emptied node_modules.
 */
const runner = runnerOptions.map((word) => (word.startsWith('-') ? word : import.meta.resolve(word)));

/** The command line that runs one of our entry points. */
export function ownProgram(entryPoint: string, ...args: readonly string[]): readonly [string, ...string[]] {
  return [process.execPath, ...runner, entryPoint, ...args];
}
