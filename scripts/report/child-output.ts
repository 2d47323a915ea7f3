/** The output of a child between our own lines: passed on as it is, without a mark on what we say after it. */

/** A stream, or something that takes text as one does. */
export interface Sink {
  readonly write: (text: string | Uint8Array) => unknown;
  readonly isTTY?: boolean;
  /** Bytes that were written and nobody has taken yet. */
  readonly writableLength?: number;
  readonly once?: (event: 'drain' | 'close' | 'error', listener: () => void) => unknown;
  readonly off?: (event: 'drain' | 'close' | 'error', listener: () => void) => unknown;
}

const lineFeed = 10;

/** Ends a control string that was begun, resets colours, shows the cursor. */
const terminalReset = '\u001b\\\u001b[0m\u001b[?25h';

/** So many bytes may wait for the one who reads, before the child has to wait too. */
const waitingBytesMax = 1024 * 1024;

/** Kept when the stream takes more, or never will: a reader that went away is no reason to wait. */
function room(sink: Sink): Promise<void> | undefined {
  const { once, off, writableLength = 0 } = sink;
  if (writableLength <= waitingBytesMax || once === undefined || off === undefined) return undefined;
  const events = ['drain', 'close', 'error'] as const;
  return new Promise((resolve) => {
    const done = () => {
      for (const event of events) off.call(sink, event, done);
      resolve();
    };
    for (const event of events) once.call(sink, event, done);
  });
}

/** Passes the bytes of children on, escapes and all; `leave` is called before a line of our own. */
export function openChildOutput(sink: Sink) {
  let lastByte = lineFeed;
  let wrote = false;
  return {
    /** Returns a promise when the one who reads is slower; it is kept when there is room again. */
    write: (chunk: Buffer): Promise<void> | undefined => {
      lastByte = chunk.at(-1) ?? lastByte;
      wrote = true;
      sink.write(chunk);
      return room(sink);
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
