/**
 * Reads git's index without git, for a hook that would wait longer for git than for all else. Only a plain one (gitformat-index,
 * versions 2 and 3): where anything else stands in it, git is asked.
 */
import { readSmallBytes } from './atomic-file.ts';

/** What a commit of an index would contain. */
export interface IndexContent {
  /** Modes and paths, in git's order. */
  readonly shape: string;
  /** The blob of a path. */
  readonly shaOf: (file: string) => string | undefined;
}

/** Some 2000 files. Of more than that the tree is asked for, which takes no longer with 100,000. */
const bytesMax = 256 * 1024;

/** Whether nothing follows the entries but what git calls optional: a split or a sparse index is no list of files. */
export function endsPlainly(bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at + 8 <= end) {
    const letter = bytes[at] ?? 0;
    if (letter < 0x41 || letter > 0x5a) return false;
    at += 8 + bytes.readUInt32BE(at + 4);
  }
  return at === end;
}

/** The low half of a mode, all that differs, as it lies in the index: a file, a program, a link, a submodule. */
const modes: readonly string[] = ['\x81\xa4', '\x81\xed', '\xa0\x00', '\xe0\x00'];
const beginnings: readonly string[] = ['DIRC\0\0\0\x02', 'DIRC\0\0\0\x03'];
const flagBits = { extended: 0x4000, stages: 0x3000, announced: 0x2000, length: 0xfff } as const;

/**
 * The content; null where the file is not there, larger, not plain, or not whole. `shaBytes` is 20, or 32 for SHA-256. Texts
 * of one letter a byte: Node cuts them faster than it reads numbers from bytes, and a name need not be UTF-8.
 */
export function readIndex(file: string, shaBytes: number): IndexContent | null {
  const bytes = readSmallBytes(file, bytesMax);
  const text = bytes?.toString('latin1') ?? '';
  if (bytes === null || !beginnings.includes(text.slice(0, 8)) || bytes.length < 12 + shaBytes) return null;
  const [count, end] = [bytes.readUInt32BE(8), bytes.length - shaBytes];
  const places = new Map<string, number>();
  const twoBytes = (at: number): number => (text.charCodeAt(at) << 8) | text.charCodeAt(at + 1);
  let [shape, at] = ['', 12];
  for (let number = 0; number < count; number += 1) {
    const flagsAt = at + 40 + shaBytes;
    const flags = twoBytes(flagsAt);
    const isExtended = (flags & flagBits.extended) !== 0;
    const nameAt = flagsAt + (isExtended ? 4 : 2);
    const nameEnd = nameAt + (flags & flagBits.length);
    const mode = text.slice(at + 26, at + 28);
    // Unmerged, a folder of a sparse index, a name whose length is not told, or no index at all.
    const isPlain = (flags & flagBits.stages) === 0 && modes.includes(mode) && text[nameEnd] === '\0';
    if (!isPlain || nameEnd >= end || nameEnd - nameAt === flagBits.length) return null;
    // Announced by git add -N: not of the commit.
    if (!isExtended || (twoBytes(flagsAt + 2) & flagBits.announced) === 0) {
      const name = text.slice(nameAt, nameEnd);
      places.set(name, at + 40);
      shape += `${mode}${name}\0`;
    }
    // One to eight zeroes, so that an entry is a multiple of eight bytes.
    at += (nameEnd - at + 8) & ~7;
  }
  const shaOf = (name: string): string | undefined => {
    const place = places.get(Buffer.from(name).toString('latin1'));
    return place === undefined ? undefined : bytes.toString('hex', place, place + shaBytes);
  };
  return at <= end && endsPlainly(bytes, at, end) ? { shape, shaOf } : null;
}
