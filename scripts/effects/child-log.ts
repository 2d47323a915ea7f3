/** Logs of long children: bounded, readable by their owner only, and without the secrets of the child's environment. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { hasErrorCode } from '../core/outcome.ts';
import { withoutSecrets } from '../core/secrets.ts';

const logBytesMax = 16 * 1024 * 1024;

/** A line that is longer is cut; a secret is never cut in two all the same. */
const lineBytesMax = 8 * 1024;

/**
 * Masks values in a stream of bytes, line by line, because a chunk may end in the middle of one. Latin-1 gives every byte
 * a character of its own, so that other encodings pass unharmed.
 */
export function maskedStream(values: readonly string[]) {
  const secrets = values.map((value) => Buffer.from(value).toString('latin1'));
  const longest = Math.max(0, ...secrets.map((secret) => secret.length));
  let rest = '';
  return {
    push: (chunk: Buffer): Buffer => {
      const text = withoutSecrets(rest + chunk.toString('latin1'), secrets);
      const line = text.lastIndexOf('\n') + 1;
      const cut = text.length - line > lineBytesMax + longest ? text.length - longest : line;
      rest = text.slice(cut);
      return Buffer.from(text.slice(0, cut), 'latin1');
    },
    end: (): Buffer => Buffer.from(rest, 'latin1'),
  };
}

/** Opens a log to append to. Throws when it cannot be opened; a disk that is full later ends the log, not the run. */
export function openChildLog(file: string, secrets: readonly string[]) {
  const masked = maskedStream(secrets);
  const fd = openSync(file, 'a', 0o600);
  let written = 0;
  const write = (chunk: Buffer) => {
    if (written >= logBytesMax) return;
    try {
      written += writeSync(fd, chunk);
    } catch (error) {
      // The log is for people: a full disk ends the log and not the run, which will say so itself.
      if (!hasErrorCode(error, 'ENOSPC', 'EDQUOT', 'EIO')) throw error;
      written = logBytesMax;
    }
  };
  return {
    push: (chunk: Buffer) => write(masked.push(chunk)),
    end: () => {
      write(masked.end());
      closeSync(fd);
    },
  };
}
