/** Ctrl-C and a polite kill, as an AbortSignal: the first asks for a clean end, a later one ends at once (exit 130). */
import { exitCodes } from './core/outcome.ts';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** What is done, without waiting for anything, before the process ends at once. */
  readonly beforeEnding: (act: () => void) => void;
  readonly dispose: () => void;
}

/**
 * One Ctrl-C can arrive twice: from the terminal, which tells the whole process group, and from npm, which tells its
 * child. Those come within milliseconds; a person who means it twice takes longer.
 */
const sameSignalMs = 300;

/** Listens for SIGINT, SIGTERM and SIGHUP until disposed. */
export function interruptSignal(): Interrupt {
  const controller = new AbortController();
  let firstMs = 0;
  let lastAct: () => void = () => undefined;
  const endAtOnce = () => {
    try {
      lastAct();
    } finally {
      process.exit(exitCodes.interrupted);
    }
  };
  const listen = () => {
    if (!controller.signal.aborted) {
      firstMs = performance.now();
      controller.abort();
    } else if (performance.now() - firstMs > sameSignalMs) endAtOnce();
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, listen);
  return {
    signal: controller.signal,
    beforeEnding: (act) => {
      lastAct = act;
    },
    dispose: () => {
      for (const name of names) process.off(name, listen);
    },
  };
}
