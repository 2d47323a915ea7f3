/**
 * How the output of a long child comes here: through pipes of the kernel, read into one piece of memory that is used
 * again and again. Node's own way is a pair of sockets: of those a child cannot open /dev/stdout, they are half as fast,
 * and every read leaves 64 KiB behind, of which 32 MiB come together before they are taken away.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';

/** Takes output as it comes. The bytes are others as soon as it returns, unless it pauses the stream. */
export type TakeOutput = (chunk: Buffer, stream: Readable) => void;

export interface ChildPipes {
  /** What the child is started with as its stdout and stderr. */
  readonly stdio: readonly [stdout: number | 'pipe', stderr: number | 'pipe'];
  /** Begins to read, once the child was started, or could not be. */
  readonly begin: (child: ChildProcess) => readonly Readable[];
}

/** What one read takes: what a pipe holds. */
const readBytesMax = 64 * 1024;

/** A piece below this is small. Where there are cores to spare half a pipe comes at once, and waiting is what costs. */
const smallBytes = readBytesMax / 8;

/**
 * After a small piece the pipe is given this long to fill, ms. A child that prints without a pause would wake us for
 * every few KiB, and a GiB would take three times as long; one that prints now and then does not notice.
 */
const fillMs = 0.1;

/** Nobody ever wakes who waits for it. */
const nobody = new Int32Array(new SharedArrayBuffer(4));

/** The ends of a new pipe, which has no name any more; null where there is no mkfifo, or no place for it. */
function makePipe(): { readonly readEnd: number; readonly writeEnd: number } | null {
  const file = path.join(tmpdir(), `loopbreaker-${process.pid}-${randomBytes(6).toString('hex')}`);
  if (spawnSync('mkfifo', ['-m', '600', file], { stdio: 'ignore' }).status !== 0) return null;
  try {
    // Without O_NONBLOCK each end would wait for the other one.
    const readEnd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    return { readEnd, writeEnd: openSync(file, constants.O_WRONLY) };
  } finally {
    rmSync(file, { force: true });
  }
}

function readInto(fd: number, take: TakeOutput): Readable {
  const buffer = Buffer.allocUnsafeSlow(readBytesMax);
  const callback = (count: number): boolean => {
    take(buffer.subarray(0, count), stream);
    if (count < smallBytes) Atomics.wait(nobody, 0, 0, fillMs);
    return !stream.isPaused();
  };
  const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
    fd,
    readable: true,
    writable: false,
    onread: { buffer, callback },
  };
  const stream = new Socket(options);
  return stream.resume();
}

/** Pipes for the stdout and stderr of one child; `begin` must be called, or they stay open. */
export function openChildPipes(takeStdout: TakeOutput, takeStderr: TakeOutput): ChildPipes {
  const [stdout, stderr] = [makePipe(), makePipe()];
  return {
    stdio: [stdout?.writeEnd ?? 'pipe', stderr?.writeEnd ?? 'pipe'],
    begin: (child) => {
      const listen = (pipe: typeof stdout, ofNode: Readable | null, take: TakeOutput): readonly Readable[] => {
        if (pipe === null) return ofNode === null ? [] : [ofNode.on('data', (chunk: Buffer) => take(chunk, ofNode))];
        // Ours, so that the pipe ends with the last process that holds the child's.
        closeSync(pipe.writeEnd);
        return [readInto(pipe.readEnd, take)];
      };
      return [...listen(stdout, child.stdout, takeStdout), ...listen(stderr, child.stderr, takeStderr)];
    },
  };
}
