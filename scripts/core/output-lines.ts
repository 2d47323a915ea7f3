/** Lines of a stream of bytes, however it is cut: gigabytes without a newline, and characters split between chunks. */

/** A longer line is not kept and not judged. The largest real events are tool results that nobody needs here. */
export const lineBytesMax = 8 * 1024 * 1024;

/** So much of a line is shown to `isIdle`. */
const headBytes = 160;

export interface LineListener {
  /** Takes a line, decoded, without its line end. */
  readonly onLine: (line: string) => void;
  /** Asked once a line, with its first bytes as Latin-1: true when nobody needs the rest. */
  readonly isIdle: (head: string) => boolean;
}

export interface LineSplitter {
  readonly push: (chunk: Buffer) => void;
  /** Ends the last line, which may lack its newline. */
  readonly end: () => void;
  /** How many lines were longer than `lineBytesMax`. */
  readonly overlong: () => number;
}

/** The unfinished line: bytes are copied, so that a chunk of one byte costs one byte. */
function lineRoom() {
  let room = Buffer.alloc(64 * 1024);
  let size = 0;
  return {
    size: () => size,
    clear: () => {
      size = 0;
    },
    add: (bytes: Buffer) => {
      if (size + bytes.length > room.length) {
        const larger = Buffer.alloc(Math.min(lineBytesMax, Math.max(room.length * 2, size + bytes.length)));
        room.copy(larger, 0, 0, size);
        room = larger;
      }
      size += bytes.copy(room, size);
    },
    head: () => room.toString('latin1', 0, Math.min(size, headBytes)),
    text: () => room.toString('utf8', 0, size),
  };
}

/** Splits into lines at \n; a \r before it is part of the line. */
export function lineSplitter({ onLine, isIdle }: LineListener): LineSplitter {
  const pending = lineRoom();
  let ignoring = false;
  let asked = false;
  let overlong = 0;

  /** Adds to the unfinished line; from the moment that nobody needs it, nothing of it is kept. */
  const add = (bytes: Buffer) => {
    if (ignoring || bytes.length === 0) return;
    if (pending.size() + bytes.length > lineBytesMax) {
      overlong += 1;
      ignoring = true;
    } else {
      pending.add(bytes);
      if (!asked && pending.size() >= headBytes) {
        asked = true;
        ignoring = isIdle(pending.head());
      }
    }
    if (ignoring) pending.clear();
  };
  const finish = () => {
    const isWanted = !ignoring && pending.size() > 0 && (asked || !isIdle(pending.head()));
    const line = isWanted ? pending.text() : null;
    pending.clear();
    ignoring = false;
    asked = false;
    if (line !== null) onLine(line);
  };
  /** A line that lies whole in one chunk, as nearly all do, is never copied. */
  const whole = (chunk: Buffer, from: number, to: number) => {
    if (to - from > lineBytesMax) overlong += 1;
    else if (to > from && !isIdle(chunk.toString('latin1', from, Math.min(to, from + headBytes)))) {
      onLine(chunk.toString('utf8', from, to));
    }
  };
  return {
    push: (chunk) => {
      let from = 0;
      for (let to = chunk.indexOf(10); to !== -1; to = chunk.indexOf(10, from)) {
        if (pending.size() === 0 && !ignoring) whole(chunk, from, to);
        else {
          add(chunk.subarray(from, to));
          finish();
        }
        from = to + 1;
      }
      add(chunk.subarray(from));
    },
    end: finish,
    overlong: () => overlong,
  };
}
