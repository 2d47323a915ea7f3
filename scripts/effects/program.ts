/** Where this program itself is: a checkout that runs its sources, or a package that runs what they were bundled to. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const self = import.meta.filename;

/** The nearest folder upward that has a package.json, else the topmost. */
function homeOf(folder: string): string {
  const above = path.dirname(folder);
  return above === folder || existsSync(path.join(folder, 'package.json')) ? folder : homeOf(above);
}

/** The program's own folder, absolute: the one with its package.json. */
export const home: string = homeOf(path.dirname(self));

/** Whether this is the built package, of which scripts/build.ts tells. */
export const isBuilt: boolean = path.extname(self) === '.cjs';

/** A copy of this program: its sources, or what they were bundled to. */
export interface Program {
  /** The folder that holds it, absolute: the one with its package.json. */
  readonly home: string;
  /** Folders below home that hold all that the program consists of, but its packages. */
  readonly folders: readonly string[];
  /** Options of Node without which it cannot run the commands. */
  readonly runnerOptions: readonly string[];
  /** The file of a command, relative to home: `scripts/loop.ts`, in the package `dist/loop.cjs`. */
  readonly commandFile: (name: string) => string;
}

/** The program below a folder: in `dist/` when it is built, else in `scripts/`. */
export function programIn(folder: string, built: boolean): Program {
  const [place, ending] = built ? ['dist', '.cjs'] : ['scripts', '.ts'];
  return {
    home: folder,
    folders: [place, 'policy/schema'],
    runnerOptions: built ? [] : ['--import', 'tsx'],
    commandFile: (name) => `${place}/${name}${ending}`,
  };
}

/** The program that is running. */
export const thisProgram: Program = programIn(home, isBuilt);

/** The version of this program, from its own package.json. Throws when that cannot be read or names none. */
export function ownVersion(): string {
  const own: unknown = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'));
  if (typeof own === 'object' && own !== null && 'version' in own) return String(own.version);
  throw new Error('package.json of loopbreaker has no version');
}
