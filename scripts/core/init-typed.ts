/** Commands as a person types them where init was called, be it the root or a package below. Pure. */
import path from 'node:path';
import type { InitFacts } from './init-facts.ts';
import { shellWord } from './shell-word.ts';

type Standing = Pick<InitFacts, 'place'>;

const fromPlace = ({ place }: Standing, file: string): string => path.posix.relative(place, file) || '.';

/** A path, from the root of the work tree or absolute, as one word of a command. */
export function typedPath(facts: Standing, file: string): string {
  return shellWord(path.posix.isAbsolute(file) ? file : fromPlace(facts, file));
}

/** A command that has to be run in a folder, which is named from the root. */
export function typedIn(facts: Standing, folder: string, command: string): string {
  const way = fromPlace(facts, folder);
  return way === '.' ? command : `(cd ${shellWord(way)} && ${command})`;
}
