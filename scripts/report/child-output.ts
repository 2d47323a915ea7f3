/** The output of a child between our own lines: passed on as it is, without a mark on what we say after it. */

/** A stream, or something that takes text as one does. */
export interface Sink {
  readonly write: (text: string | Uint8Array, taken?: () => void) => unknown;
  readonly isTTY?: boolean;
  /** Bytes that were written and nobody has taken yet. */
  readonly writableLength?: number;
  readonly once?: (event: 'close', gone: () => void) => unknown;
}

const lineFeed = 10;

/** Ends a control string that was begun, resets colours, shows the cursor. */
const terminalReset = '\u001b\\\u001b[0m\u001b[?25h';

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
  const go = () => {
    waiting?.end();
    waiting = null;
  };
  let isGone = false;
  const isHeld = () => !isGone && (sink.writableLength ?? 0) > 0;
  const taken = () => {
    if (!isHeld()) go();
  };
  // A reader that went away is no reason to wait.
  sink.once?.('close', () => {
    isGone = true;
    go();
  });
  return {
    /** Returns a promise when the one who reads is slower; until it is kept, the chunk must stay as it is. */
    write: (chunk: Buffer): Promise<void> | undefined => {
      lastByte = chunk.at(-1) ?? lastByte;
      wrote = true;
      sink.write(chunk, taken);
      return isHeld() ? (waiting?.promise ?? wait()) : undefined;
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
