/** What a hook file on disk is, beside the one that this program writes. Pure. */
import { type HookFileFacts, hookFileEdition, hookFileText } from './hook-file.ts';
import { sealOf } from './hook-file-seal.ts';
import { withUnixEnds } from './line-ends.ts';
import { wordsOf } from './shell-words.ts';

export type HookFileStanding =
  /** It is what this program writes. */
  | 'current'
  /** As some program wrote it, of an older edition or for another package manager. */
  | 'outdated'
  /** It is not as any program wrote it. */
  | 'edited'
  /** A newer program wrote it. */
  | 'newer';

/** The words behind a mark at the start of a line. */
function wordsBehind(text: string, mark: string): readonly string[] {
  const line = text.split(/\r?\n/).find((one) => one.startsWith(mark));
  return line === undefined ? [] : wordsOf(line.slice(mark.length)).map((word) => word.text);
}

/** What a hook file says of its repository; empty where it says nothing. */
export function factsIn(text: string): HookFileFacts {
  return { programs: wordsBehind(text, 'set -- '), install: wordsBehind(text, 'install=')[0] ?? '' };
}

/** The facts to write, in place of a file: a place that the file knows and that was not looked at from here stays. */
export function renewedFacts(text: string, wanted: HookFileFacts): HookFileFacts {
  const { programs } = factsIn(text);
  return wanted.programs.every((one) => programs.includes(one)) ? { ...wanted, programs } : wanted;
}

/** What is to be thought of the text, where these are the facts of the repository. */
export function standingOf(text: string, wanted: HookFileFacts): HookFileStanding {
  const plain = withUnixEnds(text);
  const facts = renewedFacts(plain, wanted);
  if (plain === hookFileText(facts)) return 'current';
  const seal = sealOf(plain);
  if (seal !== null && seal.edition > hookFileEdition) return 'newer';
  return seal?.isUntouched === true ? 'outdated' : 'edited';
}
