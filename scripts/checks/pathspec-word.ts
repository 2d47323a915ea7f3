import { shellWord } from '../core/shell-word.ts';

/** A path as one word of a shell that git takes for that very path, although it may look like a pattern of git's. */
export function pathspecWord(path: string): string {
  return shellWord(/^:|[*?[\\]/.test(path) ? `:(literal)${path}` : path);
}
