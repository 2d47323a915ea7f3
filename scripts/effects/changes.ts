/** Waiting for a file to change: cheaply, by its times and not its content, which is the asker's to read. */
import { type FSWatcher, statSync, watch } from 'node:fs';
import path from 'node:path';
import { hasErrorCode } from '../core/outcome.ts';
import type { World } from './world.ts';

/** Size, time and number of each file, or that it is not there: equal as long as nobody has written to any of them. */
export function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      try {
        const stat = statSync(file, { throwIfNoEntry: false });
        return stat === undefined ? '-' : `${stat.size} ${stat.mtimeMs} ${stat.ctimeMs} ${stat.ino}`;
      } catch (error) {
        if (hasErrorCode(error, 'ENOTDIR', 'EACCES', 'ELOOP')) return '-'; // Not to be read now; it may be later.
        throw error;
      }
    })
    .join('\n');
}

export interface Waiting {
  readonly world: Pick<World, 'sleep' | 'clock'>;
  readonly files: readonly string[];
  /** Noticed at once where the platform tells of changes; it is looked at like the others too. */
  readonly urgent: string;
  readonly ms: number;
  readonly signal: AbortSignal;
}

/** How often the files are looked at. */
const pollMs = 1000;

/** Tells of changes to one file by its folder, because it is replaced and not written to. null: the platform cannot. */
function listen(file: string, wake: () => void): FSWatcher | null {
  try {
    const watcher = watch(path.dirname(file), { persistent: false }, (_kind, name) => {
      if (name === path.basename(file)) wake();
    });
    // Without it the file is looked at once a second all the same.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch (error) {
    if (hasErrorCode(error, 'ENOSPC', 'EMFILE', 'ENOENT', 'ENOSYS', 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM')) return null;
    throw error;
  }
}

/**
 * Resolves when one of the files has changed, the time is over or the signal aborts. The time is counted by a clock
 * that goes on while the machine sleeps, in short steps, so that waking up late costs one step at most.
 */
export async function waitForChange({ world, files, urgent, ms, signal }: Waiting): Promise<void> {
  const all = [...files, urgent];
  const before = stampOf(all);
  const endMs = world.clock().monotonicMs + ms;
  let step = new AbortController();
  const wake = () => step.abort();
  signal.addEventListener('abort', wake);
  const watcher = listen(urgent, wake);
  try {
    for (;;) {
      const leftMs = endMs - world.clock().monotonicMs;
      if (signal.aborted || leftMs <= 0 || stampOf(all) !== before) return;
      await world.sleep(Math.min(leftMs, pollMs), step.signal);
      if (step.signal.aborted) step = new AbortController();
    }
  } finally {
    watcher?.close();
    signal.removeEventListener('abort', wake);
  }
}
