/** What a gate command has changed of the repository around it, and the command that puts it back. Pure. */
import { shellWord } from './shell-word.ts';

export interface ChangedFile {
  /** Absolute. */
  readonly file: string;
  /** As a person sees it, from the root of the work tree. */
  readonly name: string;
  /** Where its content from before is kept; null when it was not there. */
  readonly kept: string | null;
  /** Of a configuration file: the keys whose values differ. Values are never told, they may be secret. */
  readonly keys: readonly string[];
  /** Git cannot read this configuration any more: until it is put back no git command works here. */
  readonly unreadable: boolean;
  /** It is again what it was. */
  readonly isBack: boolean;
  /** Where the content that it was given is kept: a person may have written it while the gate ran. */
  readonly gateCopy: string | null;
}

/** Values of each key of a git configuration, in their order. */
export type ConfigEntries = ReadonlyMap<string, readonly string[]>;

/** Reads the output of `git config --list -z`. */
export function parseEntries(text: string): ConfigEntries {
  const entries = new Map<string, string[]>();
  for (const entry of text.split('\0').filter((each) => each !== '')) {
    const end = entry.indexOf('\n');
    const key = end === -1 ? entry : entry.slice(0, end);
    const values = entries.get(key) ?? [];
    // A key without a value is not the same as one with an empty value.
    values.push(end === -1 ? '\0' : entry.slice(end + 1));
    entries.set(key, values);
  }
  return entries;
}

/** Keys whose values differ, sorted. */
export function changedKeys(before: ConfigEntries, after: ConfigEntries): readonly string[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys.filter((key) => before.get(key)?.join('\n') !== after.get(key)?.join('\n'));
}

/**
 * git itself notes in `branch.*` which upstream a branch has, whenever anybody makes or pushes one in another worktree
 * while a gate runs. It changes nothing that a gate or a promotion obeys, so it is not held against the gate.
 */
export function isBookkeeping(keys: readonly string[]): boolean {
  return keys.length > 0 && keys.every((key) => key.startsWith('branch.'));
}

const shownMax = 6;

/** What changed, for a sentence: each file with its keys. */
export function changesText(changes: readonly ChangedFile[]): string {
  const shown = changes.slice(0, shownMax).map(({ name, kept, keys, unreadable, isBack, gateCopy }) => {
    const copy = gateCopy === null ? '' : `; what it had become is kept in ${gateCopy}`;
    const what =
      keys.length > 0 ? ` (${keys.slice(0, shownMax).join(', ')}${keys.length > shownMax ? ', …' : ''})` : '';
    return `${name}${what}${kept === null ? ', which was not there' : ''}${unreadable ? ', which git cannot read any more' : ''}${isBack ? ` (put back${copy})` : ''}`;
  });
  return (
    shown.join('; ') +
    (changes.length > shownMax ? `; and ${changes.length - shownMax} more, whose copies lie beside those` : '')
  );
}

/** One line for a shell that makes the files that are shown what they were; a kept copy has the mode of its file. */
export function putBackCommand(changes: readonly ChangedFile[]): string {
  return changes
    .slice(0, shownMax)
    .map(({ file, kept }) =>
      kept === null ? `rm -f ${shellWord(file)}` : `cp -pf ${shellWord(kept)} ${shellWord(file)}`,
    )
    .join(' && ');
}
