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

const [sources = ''] = path.relative(home, self).split(path.sep);
const ending = path.extname(self);

/** Whether this is the built package, of which scripts/build.ts tells. */
export const isBuilt: boolean = ending === '.cjs';

/** Folders below home that hold all that the program consists of, but its packages. */
export const programFolders: readonly string[] = [sources, 'policy/schema'];

/** The file of one of our commands, relative to home: `scripts/loop.ts`, in the package `dist/loop.js`. */
export function commandFile(name: string): string {
  return `${sources}/${name}${ending}`;
}

/** Options of Node without which it cannot run our commands. */
export const runnerOptions: readonly string[] = ending === '.ts' ? ['--import', 'tsx'] : [];

/** The version of this program, from its own package.json. Throws when that cannot be read or names none. */
export function ownVersion(): string {
  const own: unknown = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'));
  if (typeof own === 'object' && own !== null && 'version' in own) return String(own.version);
  throw new Error('package.json of loopbreaker has no version');
}
