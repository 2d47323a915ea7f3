/** The output of a child between our own lines: passed on as it is, without a mark on what we say after it. */

/** A stream, or something that takes text as one does. */
export interface Sink {
  readonly write: (text: string | Uint8Array, taken?: () => void) => unknown;
  readonly isTTY?: boolean;
  /** Bytes that were written and nobody has taken yet. */
  readonly writableLength?: number;
}

const lineFeed = 10;

/** Ends a control string that was begun, resets colours, shows the cursor. */
const terminalReset = '\u001b\\\u001b[0m\u001b[?25h';

/** When so many bytes wait for the one who reads, the child has to wait too, until no more than the half of it do. */
const waitingBytesMax = 256 * 1024;

/** Passes the bytes of children on, escapes and all; `leave` is called before a line of our own. */
export function openChildOutput(sink: Sink) {
  let lastByte = lineFeed;
  let wrote = false;
  let waiting: { readonly promise: Promise<void>; readonly end: () => void } | null = null;
  const wait = (): Promise<void> => {
    let end: () => void = () => undefined;
    const promise = new Promise<void>((resolve) => {
      end = resolve;
    });
    waiting = { promise, end };
    return promise;
  };
  /** Called for what was lost, too: a reader that went away is no reason to wait. */
  const taken = () => {
    if (waiting === null || (sink.writableLength ?? 0) > waitingBytesMax / 2) return;
    waiting.end();
    waiting = null;
  };
  return {
    /** Returns a promise when the one who reads is slower; it is kept when there is room again. */
    write: (chunk: Buffer): Promise<void> | undefined => {
      lastByte = chunk.at(-1) ?? lastByte;
      wrote = true;
      sink.write(chunk, taken);
      return (sink.writableLength ?? 0) > waitingBytesMax ? (waiting?.promise ?? wait()) : undefined;
    },
    /** Our own line begins on a line of its own; on a terminal also in its own colours. */
    leave: (): void => {
      if (!wrote) return;
      wrote = false;
      const reset = sink.isTTY === true ? terminalReset : '';
      const text = `${reset}${lastByte === lineFeed ? '' : '\n'}`;
      if (text !== '') sink.write(text);
      lastByte = lineFeed;
    },
  };
}
