/** The last part of a stream of bytes, bounded, in memory of its own: an agent may print gigabytes (fact 21). */

export interface ByteTail {
  /** Copies what it keeps: the chunk may be used again. */
  readonly push: (chunk: Buffer) => void;
  /** True when more was pushed than is kept. */
  readonly isCut: () => boolean;
  /** What is kept, decoded as UTF-8; a character that was cut at the beginning is left out. */
  readonly text: () => string;
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Keeps the last `max` bytes, in a ring: `at` is where the next one is written, over the oldest. */
export function byteTail(max: number): ByteTail {
  const ring = Buffer.allocUnsafeSlow(max);
  let at = 0;
  let isFull = false;
  let isCut = false;
  return {
    push: (chunk) => {
      const bytes = chunk.subarray(-max);
      isCut ||= bytes.length < chunk.length || (isFull ? bytes.length > 0 : at + bytes.length > max);
      const before = bytes.copy(ring, at);
      const after = bytes.copy(ring, 0, before);
      isFull ||= at + bytes.length >= max;
      at = after > 0 ? after : (at + before) % max;
    },
    isCut: () => isCut,
    text: () => {
      const bytes = isFull ? Buffer.concat([ring.subarray(at), ring.subarray(0, at)]) : ring.subarray(0, at);
      let from = 0;
      if (isCut) while (isContinuation(bytes[from])) from += 1;
      return bytes.toString('utf8', from);
    },
  };
}
