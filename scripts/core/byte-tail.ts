/** The last part of a stream of bytes, bounded, without copying what comes in large pieces: an agent may print gigabytes (fact 21). */

export interface ByteTail {
  readonly push: (chunk: Buffer) => void;
  /** True when more was pushed than is kept. */
  readonly isCut: () => boolean;
  /** What is kept, decoded as UTF-8; a character that was cut at the beginning is left out. */
  readonly text: () => string;
}

/** More pieces than these are put together, so that a chunk of one byte does not cost a whole buffer. */
const piecesMax = 64;

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Keeps the last `max` bytes, and no more than one chunk besides, whatever the size of the chunks. */
export function byteTail(max: number): ByteTail {
  let pieces: Buffer[] = [];
  let kept = 0;
  let isCut = false;
  const last = () => Buffer.concat(pieces).subarray(-max);
  return {
    push: (chunk) => {
      pieces.push(chunk);
      kept += chunk.length;
      isCut ||= kept > max;
      while (kept - (pieces[0]?.length ?? 0) >= max) kept -= pieces.shift()?.length ?? 0;
      if (pieces.length <= piecesMax) return;
      pieces = [last()];
      kept = pieces[0]?.length ?? 0;
    },
    isCut: () => isCut,
    text: () => {
      const bytes = last();
      let from = 0;
      if (isCut) while (isContinuation(bytes[from])) from += 1;
      return bytes.toString('utf8', from);
    },
  };
}
