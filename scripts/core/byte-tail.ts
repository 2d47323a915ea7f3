/** The last part of a stream of bytes, in a room of fixed size: an agent may print gigabytes (fact 21). */

export interface ByteTail {
  readonly push: (chunk: Buffer) => void;
  /** True when more was pushed than is kept. */
  readonly isCut: () => boolean;
  /** What is kept, decoded as UTF-8; a character that was cut at the beginning is left out. */
  readonly text: () => string;
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Keeps the last `max` bytes in twice that room, whatever the size of the chunks. */
export function byteTail(max: number): ByteTail {
  const room = Buffer.alloc(max * 2);
  let length = 0;
  let pushed = 0;
  return {
    push: (chunk) => {
      pushed += chunk.length;
      if (chunk.length >= max) {
        length = chunk.copy(room, 0, chunk.length - max);
        return;
      }
      if (length + chunk.length > room.length) {
        room.copyWithin(0, length - max, length);
        length = max;
      }
      length += chunk.copy(room, length);
    },
    isCut: () => pushed > max,
    text: () => {
      let from = Math.max(0, length - max);
      if (pushed > max) while (from < length && isContinuation(room[from])) from += 1;
      return room.toString('utf8', from, length);
    },
  };
}
